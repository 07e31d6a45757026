import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts the secrets that the database keeps: access tokens of webhooks, passwords of connections. */
export type SecretBox = {
  /** `text` encrypted, as `v1.` and base64url; another result each time. */
  seal(text: string): string;
  /** What was sealed. Throws when the value was changed, is no sealed value, or was sealed with another key. */
  open(sealed: string): string;
};

const version = 'v1.';
const nonceLength = 12;
const tagLength = 16;

/**
 * AES-256-GCM under a key of its own, derived (HKDF-SHA256) from the server's secret key, so that tokens and boxes
 * share no key. Random nonces are safe for 2^32 values per key.
 */
export function createSecretBox(secretKey: Uint8Array): SecretBox {
  const key = new Uint8Array(hkdfSync('sha256', secretKey, '', 'renkei secret box v1', 32));
  return {
    seal(text) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
      const body = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return version + body.toString('base64url');
    },
    open(sealed) {
      const body = Buffer.from(sealed.slice(version.length), 'base64url');
      if (!sealed.startsWith(version) || body.length < nonceLength + tagLength) {
        throw new Error('The stored secret is not in a form that this version reads');
      }
      const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, nonceLength), {
        authTagLength: tagLength,
      });
      decipher.setAuthTag(body.subarray(-tagLength));
      try {
        const text = decipher.update(body.subarray(nonceLength, -tagLength));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        throw new Error(
          'The stored secret does not open: RENKEI_SECRET_KEY is not the key it was sealed with',
        );
      }
    },
  };
}
