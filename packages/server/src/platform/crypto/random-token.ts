import { createHash, randomBytes } from 'node:crypto';

/** A token nobody can guess: `bytes` random bytes (256 bits by default) in base64url, safe in URLs and headers. */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/**
 * SHA-256 of a token, for storage and look-up: who reads the database gets no token. Without salt or cost, which
 * only guessable secrets need.
 */
export function tokenDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
