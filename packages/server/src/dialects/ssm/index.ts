import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { DelegatedCheck, Directory, How, Identity } from '../../modules/identity/index.ts';
import type { Processes } from '../../modules/processes/index.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Locale } from '../../platform/errors.ts';
import { requestLocale } from '../../platform/http/problem.ts';
import type { Logger } from '../../platform/log/log.ts';
import { authRoutes } from './auth-routes.ts';
import { errors, sendError } from './errors.ts';
import { parseJson } from './json-body.ts';
import { processRoutes } from './process-routes.ts';

export type SsmDependencies = {
  tokens: Identity['ssm'];
  directory: Directory;
  processes: Processes;
  /** From the workspace's settings. */
  locale: () => Locale;
  disallowedTags: () => 'sanitize' | 'reject';
  log: Logger;
  /** Settings of the listener; lives in seconds. */
  accessTokenTtl: number;
  refreshTokenTtl: number;
  publishHealthcheck: boolean;
  /** Base of the access URLs; undefined: both are empty. */
  accessUrlSource: string | undefined;
  /** Checks passwords elsewhere; undefined: here. */
  delegate?: DelegatedCheck | undefined;
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
  const ssm: Ssm = {
    ...dependencies,
    how: (request) => ({
      via: 'ssm',
      locale: requestLocale(request) ?? dependencies.locale(),
      requestId: request.id,
      address: request.ip,
    }),
  };
  return async (app) => {
    await app.register(jsonArea(ssm, authRoutes), { prefix: '/auth' });
    await app.register(jsonArea(ssm, processRoutes), { prefix: '/api' });
  };
}

/** A part of the address space in which everything, refusals included, is JSON of this dialect. */
function jsonArea(ssm: Ssm, routes: (area: Area, ssm: Ssm) => void): FastifyPluginAsync {
  return async (area) => {
    area.setValidatorCompiler(TypeBoxValidatorCompiler);
    area.removeContentTypeParser(['application/json', 'text/plain']);
    area.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer', bodyLimit },
      async (_request: FastifyRequest, body: Buffer) => parseJson(body),
    );
    area.setErrorHandler((error, request, reply) =>
      sendError(error, request, reply, { locale: ssm.locale(), log: ssm.log }),
    );
    area.setNotFoundHandler((request) => {
      throw errors.unknownPath({ path: `${request.method} ${request.url.split('?')[0]}` });
    });
    // in a context of their own: what their hooks ask for is not asked for on unknown paths
    await area.register(async (inner) => routes(typed(inner), ssm));
  };
}
