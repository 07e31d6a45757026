import type { DelegatedCheck } from '../../modules/identity/index.ts';
import type { Logger } from '../../platform/log/log.ts';
import { createOutbound } from '../../platform/outbound/outbound.ts';

export type UpstreamAuth = { check: DelegatedCheck; close(): Promise<void> };

const timeoutMs = 20_000;

/**
 * Asks another server whether a password is right (contract §7): `POST` with JSON `{"username","password"}`; 2xx means
 * yes, 401 and 403 no. Anything else, an unreachable server or an untrusted certificate throws, and the login is a 500
 * (ssm §1.7). The operator names the server, so it may have an internal address.
 */
export function createUpstreamAuth(url: string, options: { tlsVerify: boolean; log: Logger }): UpstreamAuth {
  const outbound = createOutbound({ ...options, allow: [new URL(url).host] });
  return {
    async check(username, password) {
      const answer = await outbound.send({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ username, password }),
        timeoutMs,
        maxResponseBytes: 64 * 1024,
      });
      if (!answer.ok) {
        options.log.error({ error: answer.error.message }, 'the password could not be checked upstream');
        throw answer.error;
      }
      const { status } = answer;
      if (status >= 200 && status < 300) return 'yes';
      if (status === 401 || status === 403) return 'no';
      options.log.error({ status }, 'the upstream server gave no clear answer about a password');
      throw new Error(`the upstream server answered ${status}`);
    },
    close: () => outbound.close(),
  };
}
