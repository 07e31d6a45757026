import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** How long a nonce is good for, in seconds. */
export const nonceLife = 3600;

/** What a client answers a challenge with (RFC 2617), unquoted. */
export type DigestAnswer = {
  username: string;
  realm: string;
  nonce: string;
  uri: string;
  response: string;
  qop: string;
  nc: string;
  cnonce: string;
};

const part = /([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi;

/** Reads the parameters of `Authorization: Digest …`; undefined when one that is needed is missing. */
export function parseDigest(parameters: string): DigestAnswer | undefined {
  const found: Record<string, string> = {};
  for (const [, name = '', quoted, plain = ''] of parameters.matchAll(part)) {
    found[name.toLowerCase()] = quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1');
  }
  const { username, realm, nonce, uri, response, qop, nc, cnonce, algorithm = 'MD5' } = found;
  if (!username || !realm || !nonce || !uri || !response || !cnonce) return undefined;
  if (qop !== 'auth' || !nc || !/^[0-9a-f]{8}$/i.test(nc) || algorithm.toUpperCase() !== 'MD5')
    return undefined;
  return { username, realm, nonce, uri, response, qop, nc, cnonce };
}

/** The response that belongs to a challenge (fusion_place §5.1). */
export function digestResponse(
  ha1: string,
  method: string,
  { nonce, nc, cnonce, uri }: Pick<DigestAnswer, 'nonce' | 'nc' | 'cnonce' | 'uri'>,
): string {
  const ha2 = md5(`${method}:${uri}`);
  return md5(`${ha1}:${nonce}:${nc}:${cnonce}:auth:${ha2}`);
}

export function isSameText(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * Nonces of 32 hexadecimal digits that need no storage until they are used: the second of issue and a signature.
 */
export function createNonces(secretKey: Uint8Array) {
  const sign = (head: string) =>
    createHmac('sha256', secretKey).update(`fusion_place nonce ${head}`).digest('hex').slice(0, 20);
  return {
    issue(): string {
      // four bytes of time, two that count
      const head =
        Math.floor(Date.now() / 1000)
          .toString(16)
          .padStart(8, '0') + nextCount();
      return head + sign(head);
    },
    isFresh(nonce: string): boolean {
      if (!/^[0-9a-f]{32}$/.test(nonce)) return false;
      const head = nonce.slice(0, 12);
      const age = Date.now() / 1000 - Number.parseInt(head.slice(0, 8), 16);
      return isSameText(sign(head), nonce.slice(12)) && age < nonceLife;
    },
  };
}

let counter = Math.floor(Math.random() * 0x10000);

/** Two challenges of one second differ. */
function nextCount(): string {
  counter = (counter + 1) % 0x10000;
  return counter.toString(16).padStart(4, '0');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
