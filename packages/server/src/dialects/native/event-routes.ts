import { PassThrough } from 'node:stream';
import { Type } from 'typebox';
import type { Planning } from '../../modules/planning/index.ts';
import { accessOf, type Records } from '../../modules/records/index.ts';
import { type Caller, isAdmin } from '../../platform/caller.ts';
import { defineErrors } from '../../platform/errors.ts';
import { everything, type Live, type Topic } from '../../platform/live/live.ts';
import type { NativeRoutes } from './index.ts';
import { Problem, strict } from './schemas.ts';

const errors = defineErrors('native', {
  tooManyStreams: {
    kind: 'tooMany',
    ja: '開かれているイベントの受信が多すぎます。使っていない画面を閉じてください',
    en: 'Too many streams of events are open; close pages that are not in use',
  },
  stopping: {
    kind: 'conflict',
    ja: 'サーバーは停止中です',
    en: 'The server is being stopped',
  },
});

/** Streams that a process holds open, in all and for one user; one costs a connection and some kilobytes. */
const most = 1000;
const mostOfUser = 30;
/** Between two signs of life, each of which also asks whether the caller may still be here, in milliseconds. */
const heartbeat = 15_000;
/** A reader that leaves this much unread is let go, in bytes; he comes back and reads everything again. */
const unread = 64 * 1024;

/** What a caller may be told of. */
type View = { admin: boolean; apps: Set<number>; administered: Set<number>; planning: Set<string> };

function mayKnow({ admin, apps, administered, planning }: View, topic: Topic): boolean {
  const [, kind, of = ''] = /^([^:]*):?(.*)$/s.exec(topic)!;
  switch (kind) {
    case everything:
    case 'workspace':
    case 'subscriptions':
      return true; // they say nothing but that somebody should look again
    case 'records':
      return apps.has(Number(of));
    case 'deliveries':
      return administered.has(Number(of));
    case 'planning':
      return planning.has(of);
    case 'access-log':
    case 'traffic':
      return admin;
    default:
      return false;
  }
}

/** News of changes as server-sent events: the console's lists follow them. */
export function eventRoutes(deps: { live: Live; records: Records; planning: Planning }): NativeRoutes {
  const { live, records, planning } = deps;
  const streams = new Map<number, number>();
  let open = 0;

  async function viewOf(caller: Caller): Promise<View> {
    const [apps, applications] = await Promise.all([records.apps(caller), planning.listApplications(caller)]);
    const administered = apps.filter((app) => accessOf(app, caller, app.lookups).allows('administer'));
    return {
      admin: isAdmin(caller),
      apps: new Set(apps.map(({ id }) => id)),
      administered: new Set(administered.map(({ id }) => id)),
      planning: new Set(applications.map(({ label }) => label)),
    };
  }

  function take(user: number): () => void {
    const own = streams.get(user) ?? 0;
    if (open >= most || own >= mostOfUser) throw errors.tooManyStreams();
    open += 1;
    streams.set(user, own + 1);
    return () => {
      open -= 1;
      const left = streams.get(user)! - 1;
      if (left > 0) streams.set(user, left);
      else streams.delete(user);
    };
  }

  return (app, authenticate) => {
    app.get(
      '/v1/events',
      {
        config: { endless: true },
        schema: {
          tags: ['events'],
          summary: 'Server-sent events that tell which lists should be read again',
          description:
            'Events of type `changed` with the data `{"topics":[…]}`: `records:{app}`, `deliveries:{app}`, ' +
            '`planning:{application}`, `subscriptions`, `workspace`, and for administrators `access-log` and ' +
            '`traffic`; `*` when what was told is not known. At most four a second. A comment every 15 seconds ' +
            'shows that the connection lives; it ends with the token or the session.',
          querystring: Type.Object({}, strict),
          response: { '4xx': Problem, '5xx': Problem },
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        if (live.ended()) throw errors.stopping();
        const leaveSeat = take(caller.user);
        const stream = new PassThrough();
        let pulse: NodeJS.Timeout | undefined;
        let following: { leave: () => void } | undefined;
        stream.once('close', () => {
          leaveSeat();
          clearInterval(pulse);
          following?.leave();
        });
        try {
          let view = await viewOf(caller);
          const send = (text: string) => {
            if (!stream.writableEnded && !stream.write(text) && stream.writableLength > unread)
              stream.destroy();
          };
          const tell = (topics: readonly Topic[]) => {
            const known = topics.filter((topic) => mayKnow(view, topic));
            if (known.length > 0) send(`event: changed\ndata: ${JSON.stringify({ topics: known })}\n\n`);
          };
          const look = async () => {
            view = await viewOf(await authenticate(request));
          };
          following = await live.follow(
            (topics) => {
              // rights are part of the workspace
              if (topics.has('workspace') || topics.has(everything)) {
                look().then(
                  () => tell([...topics]),
                  () => stream.end(),
                );
              } else tell([...topics]);
            },
            () => stream.end(),
          );
          if (stream.destroyed) following.leave();
          pulse = setInterval(() => {
            look().then(
              () => send(':\n\n'),
              () => stream.end(), // the session has ended
            );
          }, heartbeat);
          send('retry: 2000\nevent: ready\ndata: {}\n\n');
        } catch (error) {
          stream.destroy();
          throw error;
        }
        return reply
          .type('text/event-stream')
          .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
          .send(stream);
      },
    );
  };
}
