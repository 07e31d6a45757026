import type { Beginning } from '../../../platform/http/exchanges.ts';
import { hidden, isSecretName, maskForm, maskText } from './secrets.ts';

/** Bytes kept of each body. */
export const keptBytes = 4096;

/** Bodies that are secrets by themselves or hold them in forms that nobody can tell: workspace files. */
const neverKept = /^\/v1\/(?:workspace|access-keys|api-keys)(?:[/?]|$)/;
const textType = /^(?:text\/|application\/(?:[\w.+-]*(?:json|xml|yaml|javascript)|x-www-form-urlencoded))/i;

export type Body = {
  url: string;
  type: string | undefined;
  encoding: string | undefined;
  /** Names of password parameters. */
  secretNames: ReadonlySet<string>;
};

/** What is shown of a body: its masked beginning, or in brackets why there is none; undefined when it was empty. */
export function bodyText({ bytes, pieces }: Beginning, body: Body): string | undefined {
  if (bytes === 0) return undefined;
  const { url, type = '', encoding = '', secretNames } = body;
  if (neverKept.test(url)) return '(not kept: may hold secrets)';
  if (encoding !== '' && encoding !== 'identity') return `(${encoding})`;
  if (pieces.length === 0) return undefined;
  const text = storable(decoderOf(type).decode(Buffer.concat(pieces)));
  if (/^multipart\//i.test(type)) return maskParts(text, type, secretNames);
  if (type !== '' && !textType.test(type)) return `(${type})`;
  if (/^application\/x-www-form-urlencoded/i.test(type)) return maskForm(text, secretNames);
  return maskText(withoutPasswordColumn(text, url), secretNames);
}

function decoderOf(type: string) {
  const [, label] = /charset="?([\w-]+)/i.exec(type) ?? [];
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}

/** User accounts come as rows whose column PASSWORD says nothing about itself: what follows it is not shown. */
function withoutPasswordColumn(text: string, url: string): string {
  if (!url.startsWith('/fusionplace')) return text;
  const at = text.search(/PASSWORD/i);
  return at < 0 ? text : `${text.slice(0, at + 'PASSWORD'.length)} ${hidden}`;
}

/** The parts of a form by name; files only by theirs. */
function maskParts(text: string, type: string, secretNames: ReadonlySet<string>): string {
  const [, boundary] = /boundary="?([^";]+)/i.exec(type) ?? [];
  if (boundary === undefined) return `(${type})`;
  const parts = text.split(`--${boundary}`).slice(1);
  return parts
    .flatMap((part) => {
      const end = part.indexOf('\r\n\r\n');
      const head = end < 0 ? part : part.slice(0, end);
      const [, name] = /\bname="([^"]*)"/i.exec(head) ?? [];
      if (name === undefined) return [];
      const [, file] = /\bfilename\*?="?([^";\r]*)/i.exec(head) ?? [];
      if (file !== undefined) return [`${name}=(file ${file})`];
      const secret = isSecretName(name) || secretNames.has(name);
      const content = end < 0 ? '' : part.slice(end + 4).replace(/\r\n$/, '');
      return [`${name}=${secret ? hidden : maskText(content, secretNames)}`];
    })
    .join('\n');
}

/** PostgreSQL takes neither NUL nor broken surrogates in text. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replaceAll(/\p{Surrogate}/gu, '\uFFFD');
}
