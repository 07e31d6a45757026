import { OperationalError } from '../errors.ts';
import type { HttpClient } from '../http/client.ts';
import type { Log } from '../log.ts';
import type { Tokens } from './tokens.ts';

/**
 * How a service speaks OAuth. `type` is the parameter of OAuth 2 draft 5 that 37signals Launchpad wants
 * (`web_server`, `refresh`); other services want `grant_type` and `response_type` (connector §2.2).
 */
export interface OAuthDescription {
  authorizationUrl: string;
  tokenUrl: string;
  style: 'draft5' | 'standard';
  /** Scopes asked for when the caller names none. */
  scope?: string;
}

export interface Application {
  clientId: string;
  clientSecret: string;
  callbackUrl: string;
}

/** The service refused a refresh token: it is dead and must never be sent again. */
export class GrantRefused extends OperationalError {}

/** Address at which the user gives consent. */
export function authorizationAddress(
  description: OAuthDescription,
  application: Pick<Application, 'clientId' | 'callbackUrl'>,
  options: { state?: string; permissions?: string; type?: 'web_server' | 'user_agent' },
): string {
  const url = new URL(description.authorizationUrl);
  const type = options.type ?? 'web_server';
  if (description.style === 'draft5') url.searchParams.set('type', type);
  else url.searchParams.set('response_type', type === 'web_server' ? 'code' : 'token');
  url.searchParams.set('client_id', application.clientId);
  url.searchParams.set('redirect_uri', application.callbackUrl);
  if (options.state) url.searchParams.set('state', options.state);
  const scope = options.permissions || description.scope;
  if (scope) url.searchParams.set('scope', scope);
  return url.toString();
}

/** Calls the token endpoint. */
export function createTokenEndpoint(
  description: OAuthDescription,
  http: HttpClient,
  log: Log,
  now: () => number,
) {
  const draft5 = description.style === 'draft5';

  async function post(
    form: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Tokens & { expiresIn?: number }> {
    const answer = await http.send(
      {
        method: 'POST',
        url: new URL(description.tokenUrl),
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: new URLSearchParams(form).toString(),
      },
      signal,
    );
    const reply = parse(answer.body);
    const refreshing = (form.type ?? form.grant_type)!.startsWith('refresh');
    if (answer.status >= 400 && answer.status < 500) {
      const reason = log.masked(String(reply.error_description ?? reply.error ?? answer.body).slice(0, 300));
      const Refusal = refreshing ? GrantRefused : OperationalError;
      throw new Refusal(
        refreshing
          ? `The authorization is no longer valid (${answer.status} ${reason}): authorize again`
          : `The authorization service refused the code (${answer.status} ${reason})`,
        { status: answer.status },
      );
    }
    const accessToken = reply.access_token;
    if (answer.status !== 200 || typeof accessToken !== 'string' || accessToken === '') {
      throw new OperationalError(`${answer.url} answered ${answer.status} without an access token`, {
        status: answer.status,
      });
    }
    const refreshToken = typeof reply.refresh_token === 'string' ? reply.refresh_token : form.refresh_token;
    const expiresIn = Number(reply.expires_in);
    log.hide(accessToken);
    log.hide(refreshToken);
    return {
      accessToken,
      ...(refreshToken ? { refreshToken } : {}),
      ...(expiresIn > 0 ? { expiresIn, expiresAt: now() + expiresIn * 1000 } : {}),
    };
  }

  return {
    exchange: (application: Application, code: string, signal: AbortSignal) =>
      post(
        {
          [draft5 ? 'type' : 'grant_type']: draft5 ? 'web_server' : 'authorization_code',
          client_id: application.clientId,
          redirect_uri: application.callbackUrl,
          client_secret: application.clientSecret,
          code,
        },
        signal,
      ),
    refresh: (application: Application, refreshToken: string, signal: AbortSignal) =>
      post(
        {
          [draft5 ? 'type' : 'grant_type']: draft5 ? 'refresh' : 'refresh_token',
          refresh_token: refreshToken,
          client_id: application.clientId,
          redirect_uri: application.callbackUrl,
          client_secret: application.clientSecret,
        },
        signal,
      ),
  };
}

export type TokenEndpoint = ReturnType<typeof createTokenEndpoint>;

function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
