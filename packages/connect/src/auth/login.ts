import { OperationalError } from '../errors.ts';
import type { Authorizer, HttpClient } from '../http/client.ts';
import type { Log } from '../log.ts';
import { refusal } from '../rest/refusals.ts';
import { inTurn } from './tokens.ts';

/** A service that gives a token for a name and a password. */
export interface Login {
  /** Complete address that takes the POST. */
  url: string;
  /** JSON fields of the request, filled in. */
  body: Record<string, string>;
  /** Field of the JSON answer that holds the token. */
  token: string;
}

const latest = new Map<string, string>();

/**
 * Signs in when a token is first needed and again after a 401, once for all connections of the process with
 * the same name and password: services may let only the latest token of a user live.
 */
export function createLogin({ url, body, token }: Login, http: HttpClient, log: Log): Authorizer {
  const key = JSON.stringify([url, body]);

  async function signIn(signal: AbortSignal): Promise<string> {
    log.write('AUTH', 1, `signing in at ${url}`);
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const answer = await http.send(
      { method: 'POST', url: new URL(url), headers, body: JSON.stringify(body) },
      signal,
    );
    if (answer.status !== 200) throw refusal(answer, 'POST', log);
    const found: unknown = JSON.parse(answer.body)?.[token];
    if (typeof found !== 'string') throw new OperationalError(`${url} answered without ${token}`);
    log.hide(found);
    latest.set(key, found);
    return found;
  }

  return {
    async headers(signal) {
      const known = latest.get(key);
      const value = known ?? (await inTurn(key, async () => latest.get(key) ?? signIn(signal)));
      log.hide(value);
      return { authorization: `Bearer ${value}` };
    },
    async renew(used, signal) {
      await inTurn(key, async () => {
        if (`Bearer ${latest.get(key)}` === used.authorization) await signIn(signal);
      });
      return true;
    },
  };
}
