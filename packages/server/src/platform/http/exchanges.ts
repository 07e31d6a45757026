import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** A request and its answer as they went over the wire. */
export type Exchange = {
  at: Date;
  /** The request id. */
  id: string;
  method: string;
  /** Path and query as they came: secrets included. */
  url: string;
  address: string;
  requestHeaders: IncomingHttpHeaders;
  requestBody: Beginning;
  /** Undefined while it is not answered; stays so when the client left before. */
  status: number | undefined;
  /** Of a request whose bodies are not watched, too; asked for only where it is kept. */
  responseHeaders(): Record<string, number | string | string[] | undefined>;
  responseBody: Beginning;
  /** Milliseconds until the last byte was sent or the client had left. */
  ms: number;
};

/** The beginning of a body, and how many bytes it had in all (what `content-length` says where it is not watched). */
export type Beginning = { bytes: number; pieces: Buffer[] };

/** Whoever looks at exchanges. */
export type ExchangeObserver = {
  /**
   * What to watch of a request: undefined nothing at all, else up to so many bytes of each body; without `keptBytes`
   * only that it ends.
   */
  begins(url: string): { keptBytes?: number } | undefined;
  /** The request has an id by which callers are known (`Caller.requestId`). */
  begun(exchange: Exchange): void;
  ended(exchange: Exchange): void;
};

type Push = (chunk: unknown, encoding?: BufferEncoding) => boolean;

/**
 * Tells of every request that reaches a route or none. Bodies are seen where they pass anyway (the request's `push`,
 * the answer's `write` and `end`): to listen for `data` would make a body flow before its reader is there, and a
 * stream in between costs more than the request.
 */
export function observeExchanges(app: FastifyInstance, observer: ExchangeObserver): void {
  // the first hook of all, and not asynchronous: nothing of the body has come yet
  app.addHook('onRequest', (request, reply, done) => {
    const wanted = observer.begins(request.raw.url ?? '');
    if (wanted) watch(request, reply, wanted.keptBytes, observer);
    done();
  });
}

function watch(
  { raw, id, ip, headers }: FastifyRequest,
  reply: FastifyReply,
  keptBytes: number | undefined,
  observer: ExchangeObserver,
): void {
  const { raw: answer } = reply;
  const started = performance.now();
  const exchange: Exchange = {
    at: new Date(),
    id,
    method: raw.method ?? '',
    url: raw.url ?? '',
    address: ip,
    requestHeaders: headers,
    requestBody: { bytes: keptBytes === undefined ? lengthOf(headers) : 0, pieces: [] },
    status: undefined,
    responseHeaders: () => ({ ...reply.getHeaders(), ...answer.getHeaders() }),
    responseBody: { bytes: 0, pieces: [] },
    ms: 0,
  };

  if (keptBytes !== undefined) watchBodies(exchange, raw, answer, keptBytes);
  answer.once('close', () => {
    exchange.ms = performance.now() - started;
    if (answer.headersSent) exchange.status = answer.statusCode;
    if (keptBytes === undefined) exchange.responseBody.bytes = lengthOf(reply.getHeaders());
    observer.ended(exchange);
  });
  observer.begun(exchange);
}

function watchBodies(
  exchange: Exchange,
  raw: FastifyRequest['raw'],
  answer: FastifyReply['raw'],
  keptBytes: number,
): void {
  const push = raw.push as Push;
  raw.push = ((chunk: unknown, encoding?: BufferEncoding) => {
    take(exchange.requestBody, chunk, encoding, keptBytes);
    return Reflect.apply(push, raw, [chunk, encoding]);
  }) as typeof raw.push;
  const { write, end } = answer;
  answer.write = ((chunk: unknown, ...more: unknown[]) => {
    take(exchange.responseBody, chunk, more[0], keptBytes);
    return Reflect.apply(write, answer, [chunk, ...more]);
  }) as typeof write;
  answer.end = ((chunk: unknown, ...more: unknown[]) => {
    take(exchange.responseBody, chunk, more[0], keptBytes);
    return Reflect.apply(end, answer, [chunk, ...more]);
  }) as typeof end;
}

function lengthOf(headers: { 'content-length'?: unknown }): number {
  return Number(headers['content-length'] ?? 0) || 0;
}

function take(body: Beginning, chunk: unknown, encoding: unknown, keptBytes: number): void {
  const room = keptBytes - body.bytes;
  if (chunk instanceof Uint8Array) {
    // a copy: what is kept would hold on to the whole of a large piece
    if (room > 0) body.pieces.push(Buffer.from(chunk.subarray(0, room)));
    body.bytes += chunk.length;
  } else if (typeof chunk === 'string') {
    const known = typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8';
    // a character is at most four bytes, so that the beginning is in the first `room` characters
    if (room > 0) body.pieces.push(Buffer.from(chunk.slice(0, room), known).subarray(0, room));
    body.bytes += Buffer.byteLength(chunk, known);
  }
}
