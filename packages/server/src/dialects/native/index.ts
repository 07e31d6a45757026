import cookie from '@fastify/cookie';
import multipart from '@fastify/multipart';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { Audit } from '../../modules/audit/index.ts';
import type { Identity } from '../../modules/identity/index.ts';
import type { Records } from '../../modules/records/index.ts';
import type { Locale } from '../../platform/errors.ts';
import { problemOf } from '../../platform/http/problem.ts';
import type { Logger } from '../../platform/log/log.ts';
import { registerAccessLogRoutes } from './access-log-routes.ts';
import { registerAppRoutes } from './app-routes.ts';
import { type Authenticate, createAuthenticate } from './authenticate.ts';
import { registerRecordRoutes } from './record-routes.ts';
import { registerSessionRoutes } from './session-routes.ts';
import { registerUserRoutes } from './user-routes.ts';
import { useTypeboxSchemas } from './validation.ts';
import { registerWorkspaceRoutes, type WorkspaceService } from './workspace-routes.ts';

export { builtConsole, createConsole } from './console-plugin.ts';
export type { WorkspaceRequest, WorkspaceService } from './workspace-routes.ts';

/** Routes of further modules, given the way to find out who asks. */
export type NativeRoutes = (app: FastifyInstance, authenticate: Authenticate) => void;

export type NativeDependencies = {
  identity: Identity;
  records: Records;
  audit: Audit;
  workspace: WorkspaceService;
  secretKey: Uint8Array;
  log: Logger;
  locale: () => Locale;
  /** Lives of the tokens, in seconds. */
  lives: { access: number; refresh: number };
  version: string;
  more: readonly NativeRoutes[];
};

/** The native REST API under /v1, its description at /openapi.json and its pages at /docs. */
export function createNative(deps: NativeDependencies): FastifyPluginAsync {
  const { identity, locale, log } = deps;
  const authenticate = createAuthenticate(identity, deps.secretKey, locale);

  return async (app) => {
    useTypeboxSchemas(app);
    app.setErrorHandler((error, request, reply) => {
      const { status, body, headers } = problemOf(error, request, log, locale());
      return reply.code(status).headers(headers).type('application/problem+json').send(JSON.stringify(body));
    });
    await app.register(cookie);
    await app.register(multipart);
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'Renkei', version: deps.version, description: 'The native REST API of Renkei' },
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
        security: [{ bearer: [] }],
      },
    });
    await app.register(swaggerUi, { routePrefix: '/docs' });
    app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());

    registerSessionRoutes(app, { ...deps, authenticate });
    registerAppRoutes(app, { ...deps, authenticate });
    registerRecordRoutes(app, { ...deps, authenticate });
    registerUserRoutes(app, { identity, authenticate });
    registerAccessLogRoutes(app, { ...deps, authenticate });
    registerWorkspaceRoutes(app, { ...deps, authenticate });
    // each in a context of its own, so that body formats that one of them reads are not accepted everywhere
    for (const register of deps.more) await app.register(async (scope) => register(scope, authenticate));
  };
}
