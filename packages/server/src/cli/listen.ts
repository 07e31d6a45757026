/** `renkei listen`: a webhook receiver for trying things out, which shows what comes in and misbehaves on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

/** What a request gets: `{"result":"ok"}`, AppSuite's `ng` with a message, a status, or no answer at all. */
export type ListenAnswer =
  | { kind: 'ok' }
  | { kind: 'ng'; message: string }
  | { kind: 'status'; status: number }
  | { kind: 'hang' };

export type ListenOptions = {
  /** 0 picks a free one; 9900 unless the user says otherwise. */
  port: number;
  host: string;
  answer: ListenAnswer;
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
  /** Lines typed while it runs change the answer; undefined: none are read. */
  stdin?: NodeJS.ReadableStream | undefined;
  /** Ends it; the command aborts this on Ctrl-C. */
  signal: AbortSignal;
};

export const defaultListenPort = 9900;
const help = 'ok | ng MESSAGE | status CODE | hang';
/** What is kept of a body; the rest is counted and thrown away. */
const longestBody = 1_048_576;
/** Headers that say something about the message; the others are the connection's business. */
const shownHeaders = /^(?:content-type|authorization|user-agent|idempotency-key|webhook-.*|x-.*)$/;

/** Reads `ok`, `ng MESSAGE`, `status CODE` or `hang`; undefined when it is none of them. */
export function parseAnswer(line: string): ListenAnswer | undefined {
  const [, word, rest = ''] = /^\s*(\S+)\s*(.*?)\s*$/s.exec(line) ?? [];
  if (word === 'ng') return { kind: 'ng', message: rest || 'ng' };
  if (word === 'status' && /^[1-5]\d\d$/.test(rest) && Number(rest) >= 200) {
    return { kind: 'status', status: Number(rest) };
  }
  if ((word === 'ok' || word === 'hang') && rest === '') return { kind: word };
  return undefined;
}

/**
 * Listens until `signal` is aborted, prints each request and answers as told. Resolves to the exit status: 0, or 1
 * when the port cannot be had.
 */
export async function listen(options: ListenOptions): Promise<number> {
  const { port, host, stdout, stderr, stdin, signal } = options;
  let { answer } = options;
  const server = createServer((request, response) => {
    receive(request).then(
      (body) => {
        stdout.write(describeRequest(request, body, answer));
        reply(response, answer);
      },
      () => stdout.write(`${clock()} ${request.method} ${printable(request.url ?? '')} was cut off\n\n`),
    );
  });
  server.on('clientError', (_error, socket) => socket.destroy());

  try {
    await new Promise<void>((done, fail) => server.once('error', fail).listen(port, host, done));
  } catch (error) {
    stderr.write(`renkei listen: ${(error as Error).message}\n`);
    return 1;
  }
  const { port: taken } = server.address() as AddressInfo;
  stdout.write(`Listening on http://${host.includes(':') ? `[${host}]` : host}:${taken}/ (Ctrl-C ends it)\n`);

  const lines = stdin && createInterface({ input: stdin, terminal: false });
  if (lines) stdout.write(`Answers ${describeAnswer(answer)}; type another: ${help}\n`);
  stdout.write('\n');
  lines?.on('line', (line) => {
    if (line.trim() === '') return;
    const next = parseAnswer(line);
    if (next === undefined) {
      stderr.write(`Not understood; type ${help}\n`);
      return;
    }
    answer = next;
    stdout.write(`Answers ${describeAnswer(answer)} from now on\n`);
  });

  await new Promise<void>((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done(), { once: true });
  });
  lines?.close();
  const closed = new Promise((done) => server.close(done));
  server.closeAllConnections();
  await closed;
  return 0;
}

type Body = { bytes: Buffer; size: number };

async function receive(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (size < longestBody) chunks.push(chunk.subarray(0, longestBody - size));
    size += chunk.length;
  }
  return { bytes: Buffer.concat(chunks), size };
}

function reply(response: ServerResponse, answer: ListenAnswer): void {
  const json = (value: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
  switch (answer.kind) {
    case 'ok':
      json({ result: 'ok' });
      break;
    case 'ng':
      json({ result: 'ng', error_message: answer.message });
      break;
    case 'status':
      response.writeHead(answer.status).end();
      break;
    case 'hang':
      break;
  }
}

function describeAnswer(answer: ListenAnswer): string {
  if (answer.kind === 'ng') return `ng "${answer.message}"`;
  if (answer.kind === 'status') return `status ${answer.status}`;
  return answer.kind === 'hang' ? 'nothing at all (hang)' : 'ok';
}

function describeRequest(request: IncomingMessage, { bytes, size }: Body, answer: ListenAnswer): string {
  const headers = Object.entries(request.headers)
    .filter(([name]) => shownHeaders.test(name))
    .map(([name, value]) => `  ${name}: ${printable(String(value))}`);
  const head = `${clock()} ${request.method} ${printable(request.url ?? '')} → ${describeAnswer(answer)}`;
  const cut = size > bytes.length ? [`  … ${size - bytes.length} more bytes`] : [];
  const body =
    size === 0
      ? ['  (no body)']
      : prettyBody(bytes)
          .split('\n')
          .map((line) => `  ${line}`);
  return `${[head, ...headers, ...body, ...cut].join('\n')}\n\n`;
}

/** JSON over several lines with its characters as they are; other text as it came; the size of what is neither. */
function prettyBody(bytes: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return `(${bytes.length} bytes that are no UTF-8 text)`;
  }
  try {
    return printable(JSON.stringify(JSON.parse(text), undefined, 2));
  } catch {
    return printable(text);
  }
}

/** Without the control characters that would steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function clock(): string {
  const now = new Date();
  const two = (value: number, width = 2) => String(value).padStart(width, '0');
  return `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${two(now.getMilliseconds(), 3)}`;
}
