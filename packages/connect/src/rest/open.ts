import type { Dispatcher } from 'undici';
import { createLogin } from '../auth/login.ts';
import { createOAuth, type OAuth } from '../auth/oauth.ts';
import { createTokenEndpoint, type OAuthDescription } from '../auth/oauth-endpoints.ts';
import { createPasswordGrant } from '../auth/password-grant.ts';
import { ProgrammingError } from '../errors.ts';
import { type Authorizer, createHttpClient, type HttpClient } from '../http/client.ts';
import { createDispatchers } from '../http/dispatcher.ts';
import { sharedRateLimiter } from '../http/rate-limit.ts';
import { type Log, openLog } from '../log.ts';
import { readSettings, type Settings } from '../settings/connection-string.ts';
import { commonProperties } from '../settings/properties.ts';
import type { AuthDescription, SourceDescription } from './description.ts';
import { createRestSource, type RestSource } from './rest-source.ts';
import { fill } from './template.ts';

export interface OpenOptions {
  openBrowser(address: string): void;
  now(): number;
  userAgent: string;
  callbackTimeout: number;
  dispatcher?: Dispatcher;
}

/** OAuth as the stored procedures need it. */
export interface OAuthParts {
  description: OAuthDescription;
  oauth: OAuth;
  endpoint: ReturnType<typeof createTokenEndpoint>;
}

/** What a connection to a REST service is made of. */
export interface RestConnection {
  source: RestSource;
  settings: Settings;
  log: Log;
  http: HttpClient;
  oauth: OAuthParts | undefined;
  /** Milliseconds since 1970. */
  now(): number;
  close(): Promise<void>;
}

/**
 * Reads a connection string against its description, without opening anything.
 *
 * @throws ProgrammingError for what is unknown, missing or wrong in it
 */
export function readServiceSettings(description: SourceDescription, connectionString: string) {
  const settings = readSettings(connectionString, [
    ...commonProperties.map((property) => withDefaultScheme(property, description)),
    ...(description.properties ?? []),
  ]);
  const auth = schemeOf(description, settings);
  const baseUrl = lazily(() => baseUrlOf(description, settings));
  if (!isForProcedures(auth, settings)) baseUrl();
  return { settings, auth, baseUrl };
}

/** Puts a source together from its description and a connection string. */
export async function openRestConnection(
  description: SourceDescription,
  connectionString: string,
  options: OpenOptions,
): Promise<RestConnection> {
  const { settings, auth, baseUrl } = readServiceSettings(description, connectionString);
  const log = openLog(settings);
  const dispatchers = createDispatchers(settings);
  const dispatcher = (host: string) => options.dispatcher ?? dispatchers.to(host);
  const timeout = Math.max(0, settings.integer('Timeout') ?? 60);
  const client = { dispatcher, timeout, userAgent: options.userAgent, log };

  let oauth: OAuthParts | undefined;
  if (auth.type === 'oauth') {
    const own: OAuthDescription = {
      ...auth,
      authorizationUrl: settings.text('OAuthAuthorizationURL') || auth.authorizationUrl,
      tokenUrl: settings.text('OAuthAccessTokenURL') || auth.tokenUrl,
    };
    const endpoint = createTokenEndpoint(own, createHttpClient(client), log, options.now);
    const { openBrowser, now, callbackTimeout } = options;
    oauth = {
      description: own,
      endpoint,
      oauth: createOAuth({
        settings,
        source: description.name,
        description: own,
        endpoint,
        openBrowser,
        now,
        callbackTimeout,
        log,
      }),
    };
    if (settings.text('InitiateOAuth').toUpperCase() !== 'OFF' && !settings.flag('Offline')) {
      try {
        await oauth.oauth.prepare(new AbortController().signal);
      } catch (error) {
        await dispatchers.close();
        throw error;
      }
    }
  }
  const http = createHttpClient({
    ...client,
    authorizer: oauth?.oauth ?? ownAuthorizer(auth, settings, log, baseUrl, createHttpClient(client)),
    ...(description.limits ? { limiter: () => sharedRateLimiter(baseUrl(), description.limits!) } : {}),
  });
  const pushDown = settings.text('PushDown');
  const withoutPushDown = new Set(
    /^(true|false)$/i.test(pushDown) ? [] : settings.list('PushDown').map((name) => name.toLowerCase()),
  );
  const shown = new Set(settings.list('PseudoColumns').map((pair) => pair.replace(/\s/g, '').toLowerCase()));
  const source = createRestSource({
    description,
    http,
    baseUrl,
    property: (name) => settings.text(name),
    pushesDown: (table) => !/^false$/i.test(pushDown) && !withoutPushDown.has(table.toLowerCase()),
    shows: (table, column) =>
      shown.has('*=*') ||
      shown.has(`${table}=${column}`.toLowerCase()) ||
      shown.has(`${table}=*`.toLowerCase()),
    log,
  });
  return { source, settings, log, http, oauth, now: options.now, close: () => dispatchers.close() };
}

const withDefaultScheme = (
  property: (typeof commonProperties)[number],
  description: SourceDescription,
): (typeof commonProperties)[number] => {
  if (property.name !== 'AuthScheme') return property;
  const schemes = description.auth.map(({ scheme }) => scheme);
  return { ...property, values: schemes, default: schemes[0] ?? '' };
};

function schemeOf(description: SourceDescription, settings: Settings): AuthDescription {
  const wanted = settings.text('AuthScheme').toLowerCase();
  const auth = description.auth.find(({ scheme }) => scheme.toLowerCase() === wanted);
  if (!auth) return { scheme: 'None', type: 'none' };
  for (const name of auth.needs ?? []) {
    if (settings.isSet(name)) continue;
    const what = settings.properties.find((property) => property.name === name)?.description;
    throw new ProgrammingError(`AuthScheme=${auth.scheme} needs ${name}${what ? `: ${what}` : ''}`);
  }
  return auth;
}

/**
 * Whether a connection may be open only for the stored procedures, and so without an account: in the web flow it
 * is given a client id and secret and nothing else (connector §1 fact 13).
 */
const isForProcedures = (auth: AuthDescription, settings: Settings): boolean =>
  auth.type === 'oauth' &&
  settings.text('InitiateOAuth').toUpperCase() === 'OFF' &&
  !settings.isSet('OAuthAccessToken');

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function baseUrlOf(description: SourceDescription, settings: Settings): string {
  const text = settings.text('URL') || fill(description.baseUrl, (name) => settings.text(name));
  const missing = /\{(\w+)\}/g;
  if (!settings.text('URL')) {
    for (const [, name] of description.baseUrl.matchAll(missing)) {
      const value = settings.text(name!);
      if (!value) throw new ProgrammingError(`Connection property ${name} is missing`);
      if (!/^[\w.-]+$/.test(value) && description.baseUrl.includes(`//{${name}}`)) {
        throw new ProgrammingError(`Connection property ${name}: "${value}" is not part of a host name`);
      }
    }
  }
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (!address || !/^https?:$/.test(address.protocol)) {
    throw new ProgrammingError(`Connection property URL: "${text}" is not an http or https address`);
  }
  return `${address.origin}${address.pathname}`.replace(/\/+$/, '');
}

function ownAuthorizer(
  auth: AuthDescription,
  settings: Settings,
  log: Log,
  baseUrl: () => string,
  http: HttpClient,
): Authorizer {
  const value = (template: string) => fill(template, (name) => settings.text(name));
  if (auth.type === 'login') {
    const fields = Object.entries(auth.body).map(([name, template]) => [name, value(template)]);
    return createLogin(
      { url: baseUrl() + auth.path, body: Object.fromEntries(fields), token: auth.token },
      http,
      log,
    );
  }
  if (auth.type === 'passwordGrant') {
    const { clientPath, tokenPath, scope } = auth;
    const [user, password] = [value(auth.user), value(auth.password)];
    const [clientUrl, tokenUrl] = [baseUrl() + clientPath, baseUrl() + tokenPath];
    return createPasswordGrant({ clientUrl, tokenUrl, scope, user, password }, http, log);
  }
  const headers: Record<string, string> = {};
  if (auth.type === 'basic') {
    const proof = Buffer.from(`${value(auth.user)}:${value(auth.password)}`).toString('base64');
    log.hide(proof);
    headers.authorization = `Basic ${proof}`;
  }
  if (auth.type === 'header') headers[auth.name.toLowerCase()] = value(auth.value);
  return { headers: async () => headers, renew: async () => false };
}
