import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { AppError } from '../platform/errors.ts';
import { escapeAttribute, escapeText } from '../platform/xml/escape.ts';
import { createXmlReader, type XmlElement } from '../platform/xml/reader.ts';
import type { Terminal } from './terminal.ts';

export type RequesterOptions = {
  /** Where the responses go; the request file's name with `.response.xml` behind it if absent. */
  output?: string | undefined;
  /** The server's base, `http://127.0.0.1:49152/fusionplace`. */
  url: string;
  user: string;
  password: string;
};

/** What became of a run, as the process exit status: warnings are 2, as in the product's batch tool. */
const exitStatus = { SUCCESSFUL: 0, WARNED: 2, ERROR: 1, FAILED: 1 } as const;
type Code = keyof typeof exitStatus;

/** Larger than any file that fits a disk. */
const largestFile = Number.MAX_SAFE_INTEGER;

/**
 * `renkei requester FILE`: sends each `<request>` of a `<requests>` file to a fusion_place server, one after the
 * other, and writes their responses as `<responses>`. Contents are streamed, so files of any size will do. A request
 * that ends in ERROR or FAILED ends the run. Returns 0, 2 when there were warnings, 1 on errors.
 */
export async function runRequester(
  path: string,
  options: RequesterOptions,
  terminal: Terminal,
): Promise<number> {
  const { output = `${path.replace(/\.xml$/i, '')}.response.xml` } = options;
  let session: Session | undefined;
  let result: WriteStream | undefined;
  try {
    const { size } = await stat(path);
    session = await signIn(options);
    result = createWriteStream(output);
    await once(result, 'open');
    result.write('<?xml version="1.0" encoding="UTF-8"?>\n<responses>\n');
    const status = await sendAll(path, size, session, result, terminal);
    result.end('</responses>\n');
    await once(result, 'finish');
    return status;
  } catch (error) {
    terminal.complain(
      `${path}: ${error instanceof AppError ? error.text(terminal.locale) : (error as Error).message}`,
    );
    return 1;
  } finally {
    result?.destroy();
    await session?.end();
  }
}

type Session = {
  url: string;
  authorization(): string;
  /** Makes sure that the token is still good: a request's contents are sent once, so it must not be refused. */
  keep(): Promise<void>;
  end(): Promise<void>;
};

/** Signs in as the guide tells clients to: registration, password grant, and an end at the end (fusion_place §1.4). */
async function signIn({ url, user, password }: RequesterOptions): Promise<Session> {
  const base = url.replace(/\/+$/, '');
  const post = async (path: string, headers: Record<string, string>, body: string) => {
    const response = await fetch(`${base}${path}`, { method: 'POST', headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`signing in was refused (${response.status} ${text.slice(0, 200)})`);
    return (text === '' ? {} : JSON.parse(text)) as Record<string, string>;
  };
  const registration = {
    grant_types: ['password', 'refresh_token'],
    scope: 'webapi',
    client_name: 'renkei requester',
  };
  const client = await post(
    '/rest/v1/oauth/client',
    { 'content-type': 'application/json' },
    JSON.stringify(registration),
  );
  const credentials = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
  const form = { authorization: `Basic ${credentials}`, 'content-type': 'application/x-www-form-urlencoded' };
  const grant = { username: user, password, grant_type: 'password', scope: 'webapi' };
  const take = (fields: Record<string, string>) =>
    post('/rest/v1/oauth/token', form, String(new URLSearchParams(fields)));
  let { access_token: token = '', refresh_token: refresh = '' } = await take(grant);
  const requests = `${base}/api/1.2/requests`;
  const authorization = () => `Bearer ${token}`;
  return {
    url: requests,
    authorization,
    async keep() {
      const headers = { authorization: authorization() };
      const { status } = await fetch(requests, { method: 'POST', headers, body: '<connect/>' });
      if (status !== 401) return;
      ({ access_token: token = '', refresh_token: refresh = '' } = await take({
        refresh_token: refresh,
        grant_type: 'refresh_token',
      }));
    },
    async end() {
      await post('/rest/v1/process/terminate', form, String(new URLSearchParams({ token }))).catch(
        () => undefined,
      );
    },
  };
}

type Step = { kind: 'begin' | 'end' } | { kind: 'write'; text: string };

/** Follows the request file: where a request begins and ends, and what it is as a document of its own. */
function requestSteps(steps: Step[]) {
  const path: string[] = [];
  const write = (text: string) => steps.push({ kind: 'write', text });
  return {
    open({ name, attributes }: XmlElement) {
      const depth = path.push(name);
      if (depth === 1 && name !== 'requests')
        throw new Error(`the root element is "${name}", not "requests"`);
      if (depth === 2) {
        if (name !== 'request') throw new Error(`"${name}" is no request`);
        steps.push({ kind: 'begin' });
      }
      if (depth < 2) return;
      const all = Object.values(attributes).map(
        (attribute) => ` ${attribute.name}="${escapeAttribute(attribute.value)}"`,
      );
      write(`<${name}${all.join('')}>`);
    },
    close({ name }: { name: string }) {
      const depth = path.length;
      path.pop();
      if (depth < 2) return;
      write(`</${name}>`);
      if (depth === 2) steps.push({ kind: 'end' });
    },
    text(piece: string) {
      if (path.length > 1) write(escapeText(piece));
    },
  };
}

async function sendAll(
  path: string,
  size: number,
  session: Session,
  result: WriteStream,
  terminal: Terminal,
): Promise<number> {
  const steps: Step[] = [];
  const reader = createXmlReader(requestSteps(steps), { maxBytes: largestFile });
  let running: Running | undefined;
  let status = 0;
  let read = 0;
  let count = 0;

  async function follow(): Promise<boolean> {
    for (const step of steps.splice(0)) {
      if (step.kind === 'begin') {
        count += 1;
        await session.keep();
        running = startRequest(session, result);
      } else if (step.kind === 'write') {
        await running!.write(step.text);
      } else {
        const code = await running!.finish();
        running = undefined;
        terminal.print(
          `${count}: ${terminal.paint(code === 'SUCCESSFUL' ? 'green' : code === 'WARNED' ? 'yellow' : 'red', code)}`,
        );
        status = exitStatus[code] === 1 ? 1 : Math.max(status, exitStatus[code]);
        if (status === 1) return false;
      }
    }
    return true;
  }

  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      reader.write(chunk);
      if (!(await follow())) return status;
      read += chunk.length;
      showProgress(terminal, read / size);
    }
    reader.end();
    await follow();
    return status;
  } finally {
    running?.abort();
    if (terminal.interactive) process.stderr.write('\r\x1b[K');
  }
}

function showProgress(terminal: Terminal, share: number): void {
  if (!terminal.interactive) return;
  const width = 30;
  const done = Math.round(share * width);
  process.stderr.write(`\r[${'#'.repeat(done)}${'.'.repeat(width - done)}] ${Math.round(share * 100)} %`);
}

type Running = { write(text: string): Promise<void>; finish(): Promise<Code>; abort(): void };

/** One request on its way: what is written goes out at once, in chunks. */
function startRequest({ url, authorization }: Session, result: WriteStream): Running {
  const body = new PassThrough();
  const stop = new AbortController();
  const answered = fetch(url, {
    method: 'POST',
    headers: { authorization: authorization(), 'content-type': 'application/xml' },
    body: body as unknown as ReadableStream,
    duplex: 'half',
    signal: stop.signal,
  } as RequestInit);
  // the server may answer (and close) before it has read everything; finish() reports it
  answered.catch(() => body.destroy());
  body.on('error', () => undefined);
  return {
    async write(text) {
      if (!body.destroyed && !body.write(text))
        await Promise.race([once(body, 'drain'), answered]).catch(() => undefined);
    },
    async finish() {
      body.end();
      const response = await answered;
      if (response.status !== 200)
        throw new Error(`the server answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
      return copyResponse(response, result);
    },
    abort: () => stop.abort(),
  };
}

/** Appends the response without its XML declaration; gives its result code. */
async function copyResponse(response: Response, result: WriteStream): Promise<Code> {
  const place: string[] = [];
  let code = '';
  const reader = createXmlReader(
    {
      open: ({ name }) => void place.push(name),
      close: () => void place.pop(),
      text: (piece) => {
        if (place.join('/') === 'response/result/code') code += piece;
      },
    },
    { maxBytes: largestFile },
  );
  let head = true;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    reader.write(chunk);
    const start = head ? Buffer.from(chunk).indexOf('<response') : 0;
    head = false;
    if (!result.write(chunk.subarray(Math.max(start, 0)))) await once(result, 'drain');
  }
  reader.end();
  if (!Object.hasOwn(exitStatus, code)) throw new Error(`the server's result code "${code}" is not known`);
  return code as Code;
}
