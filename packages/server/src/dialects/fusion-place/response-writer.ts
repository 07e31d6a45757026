import { isAscii } from 'node:buffer';
import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Locale } from '../../platform/errors.ts';
import { encodeWindows31j } from '../../platform/text/windows31j.ts';
import { toLocalTime } from '../../platform/time-zone.ts';
import { escapeAttribute, escapeText } from '../../platform/xml/escape.ts';

/** How the caller wants to be answered (fusion_place §1.2). */
export type Manner = { locale: Locale; charset: Charset; gzip: boolean };

type Charset = { name: string; encode(text: string): Buffer };

const utf8: Charset = { name: 'UTF-8', encode: (text) => Buffer.from(text, 'utf8') };
const windows31j = (name: string): Charset => ({
  name,
  encode: (text) => encodeWindows31j(text, (character) => `&#${character.codePointAt(0)};`),
});
const charsets: Readonly<Record<string, Charset>> = {
  'utf-8': utf8,
  'utf-16': { name: 'UTF-16LE', encode: (text) => Buffer.from(text, 'utf16le') },
  'windows-31j': windows31j('Windows-31J'),
  ms932: windows31j('Windows-31J'),
  cp932: windows31j('Windows-31J'),
  shift_jis: windows31j('Shift_JIS'),
};

/**
 * Language, charset and compression of the answer. Of several languages or charsets only the first counts; a
 * language other than Japanese becomes English; a charset that is not known becomes UTF-8 (the declaration says so).
 */
export function mannerOf({ headers }: FastifyRequest, defaultLocale: Locale): Manner {
  const first = (value: string | undefined) => value?.split(',')[0]?.split(';')[0]?.trim().toLowerCase();
  const language = first(headers['accept-language']);
  const charset = first(headers['accept-charset']?.toString()) ?? '';
  const encodings = (headers['accept-encoding'] ?? '').toString();
  return {
    locale: language ? (/^ja\b/.test(language) ? 'ja' : 'en') : defaultLocale,
    charset: Object.hasOwn(charsets, charset) ? charsets[charset]! : utf8,
    gzip: /(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q\s*=\s*(?!0(?:\.0*)?\s*(?:,|$))[\d.]+)?\s*(?:,|$)/i.test(
      encodings,
    ),
  };
}

export type ResultCode = 'SUCCESSFUL' | 'WARNED' | 'ERROR' | 'FAILED';

export type Outcome = {
  code: ResultCode;
  messages: readonly string[];
  /** Text that is not escaped yet. */
  returned?: Iterable<string> | AsyncIterable<string | Buffer>;
  /** Gives up what `returned` would have read, in case nobody ever reads it. */
  discard?(): void;
};

export type Envelope = { type: string; desc: string; startedAt: Date; zone: string };

/** How long a client may take no byte of an answer, in milliseconds. */
const longestPause = 600_000;

/** Sends the response envelope (fusion_place §2.2); returned contents are streamed. */
export function sendResponse(
  reply: FastifyReply,
  manner: Manner,
  envelope: Envelope,
  outcome: Outcome,
): FastifyReply {
  const { charset, gzip } = manner;
  reply
    .code(200)
    .header('content-type', `application/xml;charset=${charset.name}`)
    .header('vary', 'accept-encoding');
  const body = Readable.from(pieces(charset, envelope, outcome), {
    objectMode: false,
    highWaterMark: 128 * 1024,
  });
  reply.raw.once('close', () => outcome.discard?.());
  // who does not read for so long does not come back; what waits for him is held in the database
  reply.raw.setTimeout(longestPause);
  if (!gzip) return reply.send(body);
  reply.header('content-encoding', 'gzip');
  const packed = createGzip({ level: 1 });
  body.once('error', (error) => packed.destroy(error));
  packed.once('close', () => body.destroy());
  return reply.send(body.pipe(packed));
}

async function* pieces(
  charset: Charset,
  envelope: Envelope,
  { code, messages, returned = [] }: Outcome,
): AsyncGenerator<Buffer> {
  const { type, desc, startedAt, zone } = envelope;
  yield charset.encode(
    `<?xml version="1.0" encoding="${charset.name}"?>\n` +
      `<response type="${escapeAttribute(type)}" desc="${escapeAttribute(desc)}">\n  <returned-contents>`,
  );
  const decoder = new StringDecoder('utf8');
  for await (const part of returned) {
    if (typeof part === 'string') yield charset.encode(escapeText(part));
    else if (charset === utf8 && isPlain(part)) yield part;
    else yield charset.encode(escapeText(decoder.write(part)));
  }
  yield charset.encode(
    `</returned-contents>\n  <result>\n    <code>${code}</code>\n` +
      `    <started-at time-zone="${zone}">${stamp(startedAt, zone)}</started-at>\n` +
      `    <ended-at time-zone="${zone}">${stamp(new Date(), zone)}</ended-at>\n` +
      `    <messages>${escapeText(messages.join('\n'))}</messages>\n  </result>\n</response>\n`,
  );
}

const toEscape = [...'&<>\r'].map((character) => character.charCodeAt(0));

/** Nothing to escape and no character cut in two: most of what PostgreSQL sends. */
function isPlain(bytes: Buffer): boolean {
  return isAscii(bytes) && !toEscape.some((code) => bytes.includes(code));
}

/** `yyyy/MM/dd HH:mm:ss.SSS` in a zone. */
function stamp(at: Date, zone: string): string {
  const milliseconds = String(at.getMilliseconds()).padStart(3, '0');
  return `${toLocalTime(at, zone).replaceAll('-', '/').replace('T', ' ')}.${milliseconds}`;
}
