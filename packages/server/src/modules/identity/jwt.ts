import { createSecretKey, hkdfSync } from 'node:crypto';
import { type JWTPayload, errors as jose, jwtVerify, SignJWT } from 'jose';
import { errors } from './errors.ts';

export type Claims = JWTPayload & { exp: number };

export type Jwts = {
  /** Adds `iat`, `nbf` and `exp`. */
  sign(claims: JWTPayload, ttl: number): Promise<string>;
  /** @throws malformedToken, badSignature, expiredToken (in this order of checks: signature, then expiry) */
  verify(token: string | undefined): Promise<Claims>;
};

/** A longer text is no token of ours, and not worth hashing. */
const maxLength = 4096;
/** Tokens whose signature is remembered. */
const remembered = 20_000;

/**
 * Signs and verifies the tokens of one purpose (HS256); each purpose has a key of its own, so that no token passes
 * for another. A signature that held is remembered: it holds for ever, and the hot path must not compute it again.
 */
export function createJwts(secretKey: Uint8Array, purpose: string): Jwts {
  const derived = hkdfSync('sha256', secretKey, '', `renkei ${purpose} tokens`, 32);
  const key = createSecretKey(new Uint8Array(derived));
  const verified = new Map<string, Claims>();

  return {
    sign(claims, ttl) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ ...claims, iat: now, nbf: now, exp: now + ttl })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .sign(key);
    },
    async verify(token) {
      if (token === undefined || token === '') throw errors.missingToken();
      if (token.length > maxLength) throw errors.malformedToken();
      let claims = verified.get(token);
      if (claims === undefined) {
        claims = await verifySignature(token, key);
        if (verified.size >= remembered) verified.delete(verified.keys().next().value as string);
        verified.set(token, claims);
      }
      if (claims.exp * 1000 <= Date.now()) {
        verified.delete(token);
        throw errors.expiredToken();
      }
      return claims;
    },
  };
}

async function verifySignature(token: string, key: ReturnType<typeof createSecretKey>): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      requiredClaims: ['exp'],
      clockTolerance: 60, // for `nbf` of a process with another clock; `exp` is looked at again, to the second
    });
    return payload as Claims;
  } catch (error) {
    if (error instanceof jose.JWTExpired) throw errors.expiredToken();
    if (error instanceof jose.JWSSignatureVerificationFailed) throw errors.badSignature();
    if (error instanceof jose.JOSEAlgNotAllowed) throw errors.badSignature();
    throw errors.malformedToken();
  }
}
