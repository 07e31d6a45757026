import { OperationalError } from '../errors.ts';
import type { Authorizer, HttpClient } from '../http/client.ts';
import type { Log } from '../log.ts';
import { refusal } from '../rest/refusals.ts';
import { inTurn } from './tokens.ts';

/** A service that gives tokens for a user's name and password to clients that register themselves (fusion_place §1.4). */
export interface PasswordGrant {
  /** Complete address at which a client registers. */
  clientUrl: string;
  /** Complete address of the token endpoint. */
  tokenUrl: string;
  scope: string;
  user: string;
  password: string;
}

const latest = new Map<string, string>();

/**
 * Registers a client and signs in when a token is first needed, and again after a 401: once for all connections of
 * the process with the same user, as clients and tokens both expire.
 */
export function createPasswordGrant(grant: PasswordGrant, http: HttpClient, log: Log): Authorizer {
  const { clientUrl, tokenUrl, scope, user, password } = grant;
  const key = JSON.stringify([tokenUrl, user, password]);

  async function post(url: string, headers: Record<string, string>, body: string, signal: AbortSignal) {
    const accept = { accept: 'application/json', ...headers };
    const answer = await http.send({ method: 'POST', url: new URL(url), headers: accept, body }, signal);
    if (answer.status < 200 || answer.status > 299) {
      throw new OperationalError(refusal(answer, 'POST', log).message, { status: answer.status });
    }
    const fields = JSON.parse(answer.body) as Record<string, unknown>;
    return (name: string): string => {
      const value = fields[name];
      if (typeof value !== 'string') throw new OperationalError(`${url} answered without ${name}`);
      log.hide(value);
      return value;
    };
  }

  async function signIn(signal: AbortSignal): Promise<string> {
    log.write('AUTH', 1, `signing in at ${tokenUrl}`);
    const registration = {
      grant_types: ['password', 'refresh_token'],
      scope,
      client_name: 'renkei-connect',
    };
    const json = { 'content-type': 'application/json' };
    const client = await post(clientUrl, json, JSON.stringify(registration), signal);
    const proof = Buffer.from(`${client('client_id')}:${client('client_secret')}`).toString('base64');
    log.hide(proof);
    const form = new URLSearchParams({ username: user, password, grant_type: 'password', scope });
    const headers = {
      authorization: `Basic ${proof}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const token = (await post(tokenUrl, headers, form.toString(), signal))('access_token');
    latest.set(key, token);
    return token;
  }

  return {
    async headers(signal) {
      const value = latest.get(key) ?? (await inTurn(key, async () => latest.get(key) ?? signIn(signal)));
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
