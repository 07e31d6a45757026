import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Directory, How, Identity } from '../../modules/identity/index.ts';
import type { Processes } from '../../modules/processes/index.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Locale } from '../../platform/errors.ts';
import { requestLocale } from '../../platform/http/problem.ts';
import type { Logger } from '../../platform/log/log.ts';
import { attachmentRoutes } from './attachment-routes.ts';
import { authRoutes } from './auth-routes.ts';
import { bearerToken } from './bearer-token.ts';
import { errors, sendError } from './errors.ts';
import { parseJson } from './json-body.ts';
import { processRoutes } from './process-routes.ts';
import { createUpstreamAuth } from './upstream-auth.ts';

export type SsmDependencies = {
  tokens: Identity['ssm'];
  directory: Directory;
  processes: Processes;
  locale: () => Locale;
  /** What happens to tags that rich text may not hold. */
  disallowedTags: () => 'sanitize' | 'reject';
  log: Logger;
  /** Settings of the listener; lives in seconds. */
  accessTokenTtl: number;
  refreshTokenTtl: number;
  publishHealthcheck: boolean;
  /** Base of the access URLs; undefined: both are empty. */
  accessUrlSource: string | undefined;
  /** Passwords are checked there; undefined: here. */
  upstreamAuthUrl: string | undefined;
  /** Whether that server's certificate must be trusted. */
  tlsVerify: boolean;
};

/** What the routes share. */
export type Ssm = SsmDependencies & { how(request: FastifyRequest): How };

/** A part of the address space whose bodies are typed by their schemas. */
export type Area = ReturnType<typeof typed>;
function typed(app: FastifyInstance) {
  return app.withTypeProvider<TypeBoxTypeProvider>();
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose access token came with the request; set on every route of `/api`. */
    ssmCaller: Caller;
  }
}

/** Bodies are read up to this many bytes (contract §7): a rich-text item beyond its limit is no error. */
const bodyLimit = 64 * 1024 * 1024;

/** The Senju Service Manager WEBAPI: /auth, /api and /healthcheck (contract §4). */
export function createSsm(dependencies: SsmDependencies): FastifyPluginAsync {
  const { tokens, locale, log, upstreamAuthUrl, publishHealthcheck } = dependencies;
  const ssm: Ssm = {
    ...dependencies,
    how: (request) => ({
      via: 'ssm',
      locale: requestLocale(request) ?? locale(),
      requestId: request.id,
      address: request.ip,
    }),
  };

  return async (app) => {
    const upstream = upstreamAuthUrl ? createUpstreamAuth(upstreamAuthUrl, dependencies) : undefined;
    app.addHook('onClose', async () => upstream?.close());

    await app.register(async (area) => {
      area.setErrorHandler((error, request, reply) =>
        sendError(error, request, reply, { locale: locale(), log }),
      );
      area.get('/healthcheck', async () => {
        if (!publishHealthcheck) throw errors.notPublished();
        return { status: 'ok' };
      });
    });
    await app.register(
      jsonArea(ssm, async (area) => authRoutes(area, ssm, upstream?.check)),
      { prefix: '/auth' },
    );
    await app.register(
      jsonArea(ssm, async (area) => {
        area.decorateRequest('ssmCaller', null as unknown as Caller);
        // before the body is read: a stranger's 64 MB are not
        area.addHook('onRequest', async (request) => {
          request.ssmCaller = await tokens.authenticate(bearerToken(request), ssm.how(request));
        });
        area.get('/access_urls', async () => accessUrls(ssm));
        processRoutes(area, ssm);
        await attachmentRoutes(area, ssm);
      }),
      { prefix: '/api' },
    );
  };
}

/** A part of the address space in which everything, refusals included, is JSON of this dialect. */
function jsonArea(ssm: Ssm, routes: (area: Area) => Promise<void>): FastifyPluginAsync {
  return async (area) => {
    area.setValidatorCompiler(TypeBoxValidatorCompiler);
    area.removeContentTypeParser(['application/json', 'text/plain']);
    area.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer', bodyLimit },
      async (_request: FastifyRequest, body: Buffer) => parseJson(body),
    );
    const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendError(error, request, reply, { locale: ssm.locale(), log: ssm.log });
    area.setErrorHandler(refuse);
    area.onUndecodable(area.prefix, refuse);
    area.setNotFoundHandler((request) => {
      throw errors.unknownPath({ path: `${request.method} ${request.url.split('?')[0]}` });
    });
    // in a context of their own: what their hooks ask for is not asked for on unknown paths
    await area.register(async (inner) => routes(typed(inner)));
  };
}

/** Where people sign in (ssm §1.1 fact 10); how the product makes the second one is not known (ssm §3 unknown 11). */
function accessUrls({ accessUrlSource }: Ssm): { access_url: string; saml_access_url: string } {
  if (accessUrlSource === undefined) return { access_url: '', saml_access_url: '' };
  return { access_url: accessUrlSource, saml_access_url: `${accessUrlSource.replace(/\/+$/, '')}/saml` };
}
