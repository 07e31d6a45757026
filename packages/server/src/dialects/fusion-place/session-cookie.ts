import { createHmac } from 'node:crypto';
import { isSameText } from './digest.ts';

/** The name that the product's servlet container gives it. */
const cookieName = 'JSESSIONID';

/**
 * Sessions of Digest and Basic clients (fusion_place §1.3): who carries the cookie is not challenged, so that he may
 * send chunked. The cookie names the user and its end, signed; nothing is stored.
 */
export function createSessionCookies(secretKey: Uint8Array, life: number) {
  const sign = (text: string) =>
    createHmac('sha256', secretKey).update(`fusion_place session ${text}`).digest('base64url');
  return {
    /** The value of `Set-Cookie`; the session ends `life` seconds from now. */
    issue(user: number, secure: boolean): string {
      const text = `${user}.${Math.floor(Date.now() / 1000) + life}`;
      const attributes = `Path=/fusionplace; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
      return `${cookieName}=${text}.${sign(text)}; ${attributes}`;
    },
    /** The user's number behind a request's cookies. */
    read(header: string | undefined): number | undefined {
      const value = new RegExp(`(?:^|;\\s*)${cookieName}=([^;]*)`).exec(header ?? '')?.[1] ?? '';
      const [user = '', end = '', signature = ''] = value.split('.');
      if (!isSameText(sign(`${user}.${end}`), signature)) return undefined;
      return Number(end) * 1000 > Date.now() ? Number(user) : undefined;
    },
  };
}
