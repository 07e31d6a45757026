import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { FakeHighrise } from './fake-highrise.ts';

/** 37signals Launchpad as its guide describes it (connector §2.2): draft 5 parameters, one-time codes. */
export class FakeLaunchpad {
  readonly posts: URLSearchParams[] = [];
  readonly codes = new Set<string>();
  /** Refresh tokens that still work. */
  readonly refreshTokens = new Set<string>();
  /** Answer to every refresh, in place of the fake's own. */
  refusal: { status: number; body: string } | undefined;
  expiresIn = 1_209_600;
  private issued = 0;
  private readonly highrise: FakeHighrise;
  private readonly server: Server;

  private constructor(highrise: FakeHighrise) {
    this.highrise = highrise;
    this.server = createServer(async (request, response) => {
      const url = new URL(request.url!, this.url);
      let body = '';
      for await (const part of request) body += part;
      if (url.pathname !== '/authorization/token' || request.method !== 'POST') {
        response.writeHead(404).end();
        return;
      }
      const form = new URLSearchParams(body || url.search);
      this.posts.push(form);
      const [status, answer] = this.token(form);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(answer);
    });
  }

  static async start(highrise: FakeHighrise): Promise<FakeLaunchpad> {
    const fake = new FakeLaunchpad(highrise);
    await new Promise<void>((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      fake.server.closeAllConnections();
      await new Promise((resolve) => fake.server.close(resolve));
    });
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Connection properties that point at this Launchpad and its Highrise. */
  get properties(): string {
    return `AuthScheme=OAuth;OAuthClientId=client;OAuthClientSecret=sssh-secret;URL=${this.highrise.url};OAuthAuthorizationURL=${this.url}/authorization/new;OAuthAccessTokenURL=${this.url}/authorization/token;`;
  }

  /** What a user's browser does with a consent address: agree, and follow the redirect. */
  async consent(address: string, change: (redirect: URL) => void = () => undefined): Promise<Response> {
    const asked = new URL(address).searchParams;
    const code = `code-${asked.get('state')}`;
    this.codes.add(code);
    const redirect = new URL(asked.get('redirect_uri')!);
    redirect.searchParams.set('code', code);
    redirect.searchParams.set('state', asked.get('state')!);
    change(redirect);
    return fetch(redirect);
  }

  /** Ends the life of all access tokens. */
  expire(): void {
    for (const credential of this.highrise.credentials) {
      if (!credential.startsWith('Bearer ')) continue;
      this.highrise.credentials.delete(credential);
      this.highrise.expired.add(credential.slice('Bearer '.length));
    }
  }

  private token(form: URLSearchParams): [number, string] {
    if (form.get('client_id') !== 'client' || form.get('client_secret') !== 'sssh-secret')
      return [401, '{"error":"invalid_client"}'];
    if (form.get('type') === 'web_server') {
      if (!this.codes.delete(form.get('code') ?? '')) return [400, '{"error":"authorization_expired"}'];
      const refresh = `refresh-token-${++this.issued}`;
      this.refreshTokens.add(refresh);
      return [200, this.grant({ refresh_token: refresh })];
    }
    if (form.get('type') !== 'refresh') return [400, '{"error":"unsupported_type"}'];
    if (this.refusal) return [this.refusal.status, this.refusal.body];
    if (!this.refreshTokens.has(form.get('refresh_token') ?? ''))
      return [400, '{"error":"authorization_expired"}'];
    return [200, this.grant({})];
  }

  private grant(more: object): string {
    const access = `access-token-${++this.issued}`;
    this.highrise.credentials.add(`Bearer ${access}`);
    return JSON.stringify({ access_token: access, expires_in: this.expiresIn, ...more });
  }
}
