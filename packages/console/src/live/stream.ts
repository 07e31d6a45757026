import { request } from '../api/request.ts';

/**
 * The one stream of news that a page holds (`GET /v1/events`). Browsers open few connections to one server, so that
 * only a page in sight that follows something has one; whoever comes back into sight looks at everything again.
 */
export type Topics = readonly string[];
/** What was told is not known. */
const everything: Topics = ['*'];
/** A page that is left for the next one keeps the stream, in milliseconds. */
const linger = 2_000;
const firstPause = 2_000;
const longestPause = 30_000;

const followers = new Set<(topics: Topics) => void>();
const watchers = new Set<() => void>();
let source: EventSource | undefined;
let up = false;
let pause = firstPause;
let timer: ReturnType<typeof setTimeout> | undefined;
/** Whether something may have been told that nobody here heard. */
let missed = false;

function setUp(now: boolean): void {
  if (up === now) return;
  up = now;
  for (const watcher of watchers) watcher();
}

function hand(topics: Topics): void {
  for (const follower of followers) follower(topics);
}

function close(): void {
  clearTimeout(timer);
  timer = undefined;
  source?.close();
  source = undefined;
  setUp(false);
}

function open(): void {
  clearTimeout(timer);
  timer = undefined;
  if (source || followers.size === 0 || document.visibilityState === 'hidden') return;
  const fresh = new EventSource('/v1/events');
  source = fresh;
  fresh.addEventListener('ready', () => {
    pause = firstPause;
    setUp(true);
    if (missed) hand(everything);
    missed = true; // from now on, whenever it is away
  });
  fresh.addEventListener('changed', ({ data }: MessageEvent<string>) => {
    hand((JSON.parse(data) as { topics: Topics }).topics);
  });
  fresh.addEventListener('error', () => {
    setUp(false);
    if (fresh.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    close();
    timer = setTimeout(openAgain, pause);
    pause = Math.min(pause * 2, longestPause);
  });
}

/** A refused stream is mostly an expired token: any call renews it. */
async function openAgain(): Promise<void> {
  try {
    await request('GET', '/v1/me');
  } catch {
    // signed out, or the server is away: the next attempt tells
  }
  open();
}

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') close();
  else open();
});

/** Calls `onTopics` with what has changed. @returns how to stop that */
export function follow(onTopics: (topics: Topics) => void): () => void {
  if (followers.size === 0) missed = false; // what is shown is read now
  followers.add(onTopics);
  open();
  return () => {
    followers.delete(onTopics);
    setTimeout(() => {
      if (followers.size === 0) close();
    }, linger);
  };
}

export function isUp(): boolean {
  return up;
}

/** Calls `onChange` whenever the stream comes or goes. @returns how to stop that */
export function watchUp(onChange: () => void): () => void {
  watchers.add(onChange);
  return () => watchers.delete(onChange);
}
