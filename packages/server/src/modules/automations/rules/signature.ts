import { createHmac } from 'node:crypto';

/**
 * Headers of Standard Webhooks: an id that stays the same over all tries, the second of this try, and the signature of
 * both with the body. A secret that begins with `whsec_` is base64, any other is taken as it is.
 */
export function signatureHeaders(
  secret: string,
  id: string,
  now: Date,
  body: string,
): Readonly<Record<string, string>> {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** Seconds to wait before the next try after `tries` tries: 5 s doubling to an hour, each from half of it on. */
export function retryDelay(tries: number): number {
  const full = Math.min(3600, 5 * 2 ** (tries - 1));
  return full / 2 + (Math.random() * full) / 2;
}
