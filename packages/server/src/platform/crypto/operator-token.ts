import { hkdfSync } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';

/**
 * How the command line proves to a running server that it holds the same secret key: a token that lives a minute,
 * signed with a key derived from the secret key for this purpose alone, so that no other token can stand in for it.
 */
const audience = 'renkei-operator';
const lifetime = 60;

function signingKey(secretKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secretKey, '', 'renkei operator token', 32));
}

/** A token for one request by who operates the server. */
export function createOperatorToken(secretKey: Uint8Array): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'operator+jwt' })
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${lifetime}s`)
    .sign(signingKey(secretKey));
}

/** Whether a bearer token is an operator's; the clocks may differ by half a minute. */
export async function isOperatorToken(token: string, secretKey: Uint8Array): Promise<boolean> {
  try {
    await jwtVerify(token, signingKey(secretKey), {
      algorithms: ['HS256'],
      audience,
      typ: 'operator+jwt',
      requiredClaims: ['exp'],
      maxTokenAge: lifetime,
      clockTolerance: 30,
    });
    return true;
  } catch {
    return false;
  }
}
