import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { errors } from './errors.ts';

/** A file of a multipart request, kept on disk until the whole request has arrived. */
export type SentFile = { name: string; mediaType: string; path: string };

/** What a request says, wherever it says it: query string, urlencoded body or multipart (appsuite §2.1). */
export type Parameters = {
  /** The last value of a parameter; the body's before the query string's. */
  one(name: string): string | undefined;
  /** All values by name, in order. */
  all: ReadonlyMap<string, readonly string[]>;
  files: ReadonlyMap<string, readonly SentFile[]>;
  /** Removes what was kept on disk. */
  discard(): Promise<void>;
};

const megabyte = 1024 * 1024;
/** Of an urlencoded body, and of one text of a multipart body, in bytes. */
const textLimit = 64 * megabyte;
/** Of one file, in bytes. */
const fileLimit = 2048 * megabyte;

/** @throws AppError `encoding`, `bodyType`, `bodyTooLarge`, `bodyBroken` */
export async function readParameters(request: FastifyRequest): Promise<Parameters> {
  const all = new Map<string, string[]>();
  const query = request.raw.url!.indexOf('?');
  if (query >= 0) addEncoded(all, request.raw.url!.slice(query + 1));
  if (request.method === 'GET') return parametersOf(all, new Map(), async () => undefined);

  const type = request.headers['content-type'] ?? '';
  const sent = new Map<string, string[]>();
  if (/^multipart\/form-data/i.test(type)) return readMultipart(request, all, sent);
  const isEmpty = type === '' && (request.headers['content-length'] ?? '0') === '0';
  if (!/^application\/x-www-form-urlencoded/i.test(type) && !isEmpty) {
    request.raw.resume();
    throw errors.bodyType({ type: type.slice(0, 100) || '?' });
  }
  addEncoded(sent, await readText(request));
  return parametersOf(merged(all, sent), new Map(), async () => undefined);
}

function merged(query: Map<string, string[]>, body: Map<string, string[]>): Map<string, string[]> {
  return new Map([...query, ...body]);
}

function parametersOf(
  all: Map<string, string[]>,
  files: Map<string, SentFile[]>,
  discard: () => Promise<void>,
): Parameters {
  return { one: (name) => all.get(name)?.at(-1), all, files, discard };
}

async function readText(request: FastifyRequest): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.raw as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= textLimit) chunks.push(chunk);
    else chunks.length = 0; // the rest is read away, so that the client gets to the answer
  }
  if (size > textLimit) throw errors.bodyTooLarge({ limit: textLimit / megabyte });
  return Buffer.concat(chunks).toString('latin1');
}

/** Adds `a=b&c=d`, URL-encoded in names and values. */
function addEncoded(all: Map<string, string[]>, text: string): void {
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    add(all, name, value);
  }
}

function add<T>(all: Map<string, T[]>, name: string, value: T): void {
  const values = all.get(name);
  if (values) values.push(value);
  else all.set(name, [value]);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(text: string): string {
  if (!/[%+\x80-\xff]/.test(text)) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    // bytes beyond ASCII that a client left unencoded stand for themselves
    const raw = /[\x80-\xff]/.test(spaced) ? utf8.decode(Buffer.from(spaced, 'latin1')) : spaced;
    return decodeURIComponent(raw);
  } catch {
    throw errors.encoding();
  }
}

/** Files go to disk as they arrive: who sends them may be known only from a later part. */
async function readMultipart(
  request: FastifyRequest,
  query: Map<string, string[]>,
  sent: Map<string, string[]>,
): Promise<Parameters> {
  const files = new Map<string, SentFile[]>();
  let folder: string | undefined;
  const discard = async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    const parts = request.parts({
      limits: {
        fieldSize: textLimit,
        fileSize: fileLimit,
        fields: 2000,
        files: 100,
        parts: 2100,
        fieldNameSize: 4000,
      },
    });
    let n = 0;
    for await (const part of parts) {
      if (part.type === 'field') {
        if (part.valueTruncated) throw errors.bodyTooLarge({ limit: textLimit / megabyte });
        add(sent, part.fieldname, String(part.value));
        continue;
      }
      folder ??= await mkdtemp(join(tmpdir(), 'renkei-upload-'));
      const path = join(folder, String(n++));
      await pipeline(part.file, createWriteStream(path));
      if (part.file.truncated) throw errors.bodyTooLarge({ limit: fileLimit / megabyte });
      // a file input that was left empty is sent as a part without name and content
      if (part.filename === '' && part.file.bytesRead === 0) continue;
      add(files, part.fieldname, { name: part.filename || 'file', mediaType: part.mimetype, path });
    }
  } catch (error) {
    await discard();
    throw error;
  }
  return parametersOf(merged(query, sent), files, discard);
}
