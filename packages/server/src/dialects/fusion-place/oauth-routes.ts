import formbody from '@fastify/formbody';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../../modules/identity/index.ts';
import { digestRealm } from '../../modules/identity/index.ts';
import type { Planning } from '../../modules/planning/index.ts';
import { AppError } from '../../platform/errors.ts';
import { parseBasic } from './authentication.ts';

export type OAuthDeps = {
  identity: Pick<Identity, 'callerOfPassword'>;
  planning: Planning;
  /** Seconds. */
  accessTokenTtl: number;
  refreshTokenTtl: number;
};

const paths = {
  client: '/fusionplace/rest/v1/oauth/client',
  token: '/fusionplace/rest/v1/oauth/token',
  terminate: '/fusionplace/rest/v1/process/terminate',
};
const scope = 'webapi';
const grantTypes = ['password', 'refresh_token'];

/** RFC 6749 §5.2 */
type OAuthFault =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_client_metadata';

/** Client registration, tokens and their end (fusion_place §1.4). */
export function createOAuthRoutes({
  identity,
  planning,
  accessTokenTtl,
  refreshTokenTtl,
}: OAuthDeps): FastifyPluginAsync {
  const lives = { access: accessTokenTtl, refresh: refreshTokenTtl };

  /** The client behind the request's Basic credentials; else the answer is `invalid_client`. */
  async function clientOf(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined> {
    const [, credentials = ''] = /^\s*basic\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '') ?? [];
    const pair = parseBasic(credentials);
    if (pair && (await planning.webTokens.isClient(pair.name, pair.secret))) return pair.name;
    reply.header('www-authenticate', `Basic realm="${digestRealm}"`);
    refuse(reply, 'invalid_client', 401);
    return undefined;
  }

  return async (app) => {
    await app.register(formbody);
    app.addHook('onSend', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) throw error;
      return refuse(reply, 'invalid_request', status);
    });

    for (const url of Object.values(paths)) {
      const method = ['GET', 'PUT', 'PATCH', 'DELETE'];
      app.route({
        method,
        url,
        handler: (_request, reply) => reply.code(405).header('allow', 'POST').send(''),
      });
    }

    app.post(paths.client, async (request, reply) => {
      const { body: given } = request;
      if (typeof given !== 'object' || given === null || Array.isArray(given))
        return refuse(reply, 'invalid_client_metadata');
      const body = given as Record<string, unknown>;
      const { client_name: name = '', grant_types: grants = grantTypes, scope: wanted = scope } = body;
      const known = Array.isArray(grants) && grants.every((grant) => grantTypes.includes(grant as string));
      if (typeof name !== 'string' || name.length > 200 || name.includes('\0') || !known || wanted !== scope)
        return refuse(reply, 'invalid_client_metadata');
      const client = await planning.webTokens.register(name);
      return reply.send({
        grant_types: grants,
        client_secret_expires_at: String(client.expiresAt),
        scope,
        client_secret: client.secret,
        client_id_issued_at: String(client.issuedAt),
        client_name: name,
        token_endpoint_auth_method: 'client_secret_basic',
        client_id: client.id,
      });
    });

    app.post(paths.token, async (request, reply) => {
      const client = await clientOf(request, reply);
      if (client === undefined) return reply;
      const form = textFields(request.body);
      if (form.scope !== undefined && form.scope !== scope) return refuse(reply, 'invalid_scope');
      if (form.grant_type === 'refresh_token') {
        if (!form.refresh_token) return refuse(reply, 'invalid_request');
        const next = await planning.webTokens.rotate(client, form.refresh_token, lives);
        return next ? reply.send(tokenAnswer(next)) : refuse(reply, 'invalid_grant');
      }
      if (form.grant_type !== 'password')
        return refuse(reply, form.grant_type ? 'unsupported_grant_type' : 'invalid_request');
      const { username, password } = form;
      if (username === undefined || password === undefined) return refuse(reply, 'invalid_request');
      const how = { via: 'fusion_place', locale: 'ja', requestId: request.id, address: request.ip } as const;
      try {
        const caller = await identity.callerOfPassword({ username, password }, how);
        return reply.send(tokenAnswer(await planning.webTokens.issue(client, caller.user, lives)));
      } catch (error) {
        if (!(error instanceof AppError) || error.kind === 'internal') throw error;
        return error.kind === 'tooMany'
          ? refuse(reply, 'invalid_grant', 429)
          : refuse(reply, 'invalid_grant');
      }
    });

    app.post(paths.terminate, async (request, reply) => {
      const client = await clientOf(request, reply);
      if (client === undefined) return reply;
      const { token } = textFields(request.body);
      if (!token) return refuse(reply, 'invalid_request');
      await planning.webTokens.terminate(client, token);
      return reply.send('');
    });
  };
}

function tokenAnswer({ access, refresh }: { access: string; refresh: string }) {
  return { access_token: access, refresh_token: refresh, scope, token_type: 'Bearer' };
}

function refuse(reply: FastifyReply, error: OAuthFault, status = 400): FastifyReply {
  return reply.code(status).send({ error });
}

/** Form fields that are given exactly once. */
function textFields(body: unknown): Record<string, string | undefined> {
  const fields = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(
    fields.filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}
