import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Dispatcher } from 'undici';
import type { Catalog, Entry } from '../../../modules/catalog/index.ts';
import type { Identity } from '../../../modules/identity/index.ts';
import type { Caller } from '../../../platform/caller.ts';
import { defineErrors, type Locale } from '../../../platform/errors.ts';
import { problemOf } from '../../../platform/http/problem.ts';
import type { Logger } from '../../../platform/log/log.ts';
import { forward, headersToInside, targetOf } from './forward.ts';
import { createRecent } from './recent.ts';
import { createMount, type Mount } from './rewrite.ts';
import { passUpgrades } from './upgrade.ts';

const errors = defineErrors('entry', {
  none: { kind: 'notFound', ja: 'このアドレスはありません', en: 'There is no such address' },
  noAddress: {
    kind: 'conflict',
    ja: 'アプリケーションのアドレスが定義されていません',
    en: 'The application has no address',
  },
  scheme: {
    kind: 'forbidden',
    ja: 'アプリケーションは {wanted} で提供されているため、{given} からは開けません',
    en: 'The application is served over {wanted} and is not opened from {given}',
  },
});

export type EntryDependencies = {
  catalog: Catalog;
  identity: Pick<Identity, 'authenticateBearer' | 'sessions'>;
  /** Guarded connections. */
  dispatcher: Dispatcher;
  log: Logger;
  locale: () => Locale;
};

type Visitor = { caller: Caller; sessionId: string; byHeader: boolean };

/** `/opt/{hex key}/…`: the way into a subscribed application, and the reverse proxy to it (oscm §4.3, §4.4). */
export async function registerEntry(app: FastifyInstance, deps: EntryDependencies): Promise<void> {
  const { catalog, dispatcher, log, locale } = deps;
  const visitors = createRecent<Visitor>();
  const accesses = createRecent<Mount>();

  await app.register(async (inner) => {
    // bodies pass as they come
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    inner.setErrorHandler((error, request, reply) => {
      const { status, body, headers } = problemOf(error, request, log, locale());
      return reply.code(status).headers(headers).type('application/problem+json').send(JSON.stringify(body));
    });
    inner.all('/opt/:hex', (request, reply) => enter(request as EntryRequest, reply, '/'));
    inner.all('/opt/:hex/*', (request, reply) => {
      const { url, params } = request as EntryRequest;
      return enter(request as EntryRequest, reply, url.slice(`/opt/${params.hex}`.length));
    });
  });
  passUpgrades(app.server, dispatcher, findForUpgrade, log);

  async function enter(request: EntryRequest, reply: FastifyReply, path: string): Promise<FastifyReply> {
    const key = keyOf(request.params.hex);
    const visitor = await recognise(request.headers, request.id, request.ip);
    const isEntry = /^\/?(?:\?.*)?$/.test(path);
    const place = `${key} ${visitor.caller.user} ${visitor.sessionId}`;
    const known = isEntry ? undefined : await accesses.get(place);
    if (known !== undefined) return pass(request, reply, known, path, visitor);
    const kind = await catalog.accessOf(visitor.caller, key);
    switch (kind.accessType) {
      case 'LOGIN':
        if (!isEntry) throw errors.none();
        return redirectIn(request, reply, await catalog.openSession(visitor.caller, key, visitor.sessionId));
      case 'PLATFORM': {
        const entry = await catalog.openSession(visitor.caller, key, visitor.sessionId);
        if (entry.token !== undefined) return signIn(request, reply, entry, visitor);
        return pass(request, reply, keep(place, request.params.hex, entry.baseUrl), path, visitor);
      }
      case 'PROXY':
        return pass(request, reply, keep(place, request.params.hex, kind.baseUrl), path, visitor);
      case 'USER':
        if (kind.baseUrl !== undefined) return reply.redirect(kind.baseUrl);
        return reply.type('text/plain; charset=utf-8').send(kind.accessInfo ?? '');
      case 'DIRECT':
      case 'EXTERNAL':
        return reply.type('text/plain; charset=utf-8').send(kind.accessInfo ?? '');
    }
  }

  function keep(place: string, hex: string, baseUrl: string | undefined): Mount {
    const mount = mountOf(hex, baseUrl);
    accesses.keep(place, Promise.resolve(mount));
    return mount;
  }

  /** Sends the browser to the token handler with everything it needs, or straight in when he is in already. */
  function redirectIn(request: EntryRequest, reply: FastifyReply, entry: Entry): FastifyReply {
    const { baseUrl } = entry;
    if (baseUrl === undefined) throw errors.noAddress();
    const wanted = new URL(baseUrl).protocol.replace(':', '');
    if (wanted !== request.protocol) throw errors.scheme({ wanted, given: request.protocol });
    if (entry.token === undefined) return reply.redirect(baseUrl);
    const address = baseUrl.replace(/\/$/, '') + (entry.loginPath ?? '/');
    return reply.redirect(`${address}${address.includes('?') ? '&' : '?'}${tokenParameters(entry)}`);
  }

  /** The same parameters as the body of a POST through the proxy (oscm §4.4). */
  function signIn(
    request: EntryRequest,
    reply: FastifyReply,
    entry: Entry,
    visitor: Visitor,
  ): Promise<FastifyReply> {
    const mount = mountOf(request.params.hex, entry.baseUrl);
    const target = targetOf(mount, entry.loginPath ?? '/');
    if (target === undefined) throw errors.none();
    const headers = headersToInside(request, mount, visitor.byHeader);
    const body = tokenParameters(entry).toString();
    headers['content-type'] = 'application/x-www-form-urlencoded';
    headers['content-length'] = String(Buffer.byteLength(body));
    return forward(dispatcher, mount, target, { method: 'POST', headers, body }, reply);
  }

  function pass(
    request: EntryRequest,
    reply: FastifyReply,
    mount: Mount,
    path: string,
    visitor: Visitor,
  ): Promise<FastifyReply> {
    const target = targetOf(mount, path);
    if (target === undefined) throw errors.none();
    const headers = headersToInside(request, mount, visitor.byHeader);
    const body = (request.body as Readable | undefined) ?? null;
    return forward(dispatcher, mount, target, { method: request.method, headers, body }, reply);
  }

  async function findForUpgrade(request: IncomingMessage, hex: string) {
    const visitor = await recognise(request.headers, 'upgrade', request.socket.remoteAddress ?? '');
    const access = await catalog.accessOf(visitor.caller, keyOf(hex));
    if (access.accessType !== 'PROXY' && access.accessType !== 'PLATFORM') throw errors.none();
    return { mount: mountOf(hex, access.baseUrl), dropAuthorization: visitor.byHeader };
  }

  /** Who comes, by the console's cookie or a bearer token, and the name of his session there: `bssId`. */
  async function recognise(
    headers: IncomingHttpHeaders,
    requestId: string,
    address: string,
  ): Promise<Visitor> {
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    const token = bearer ?? /(?:^|;\s*)renkei_access=([^;]+)/.exec(headers.cookie ?? '')?.[1];
    const name = `${bearer === undefined} ${token ?? ''}`;
    const known = visitors.get(name);
    if (known !== undefined) return known;
    const found = identify(token, bearer !== undefined, requestId, address);
    visitors.keep(name, found);
    return found;
  }

  async function identify(
    token: string | undefined,
    byHeader: boolean,
    requestId: string,
    address: string,
  ): Promise<Visitor> {
    const how = { via: 'oscm' as const, locale: locale(), requestId, address };
    const caller = await deps.identity.authenticateBearer(token, how);
    const session = await deps.identity.sessions.ofAccessToken(token).catch(() => undefined);
    const sessionId =
      session?.id ??
      createHash('sha256')
        .update(token ?? '')
        .digest('hex')
        .slice(0, 32);
    return { caller, sessionId, byHeader };
  }
}

type EntryRequest = FastifyRequest<{ Params: { hex: string } }>;

function keyOf(hex: string): number {
  if (!/^[0-9a-f]{1,13}$/.test(hex)) throw errors.none();
  return Number.parseInt(hex, 16);
}

function mountOf(hex: string, baseUrl: string | undefined): Mount {
  if (baseUrl === undefined) throw errors.noAddress();
  return createMount(`/opt/${hex}`, baseUrl);
}

function tokenParameters(entry: Entry): URLSearchParams {
  const { key, token = '', sessionId, instanceId = '', language } = entry;
  return new URLSearchParams({
    usertoken: token,
    subKey: String(key),
    bssId: sessionId,
    saasId: `${key.toString(16)}_${sessionId}`,
    instanceId,
    language,
  });
}
