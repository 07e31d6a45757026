import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Identity, SessionTokens } from '../../modules/identity/index.ts';
import type { Locale } from '../../platform/errors.ts';
import { type Authenticate, callerToken, howOf } from './authenticate.ts';
import { clearCookies, isFromConsole, keepInCookies, refreshFromCookie } from './console-session.ts';
import { answers, defaultLimit, NoContent, PageQuery, page, strict } from './schemas.ts';

const Tokens = Type.Object({
  access_token: Type.Optional(Type.String({ description: 'Not for the console, which gets a cookie' })),
  refresh_token: Type.Optional(Type.String({ description: 'Not for the console, which gets a cookie' })),
  expires_in: Type.Integer({ description: 'Seconds' }),
});
const Credentials = Type.Object(
  { username: Type.String({ minLength: 1, maxLength: 200 }), password: Type.String({ maxLength: 1000 }) },
  strict,
);
const RefreshRequest = Type.Object({ refresh_token: Type.String({ maxLength: 1000 }) }, strict);
const NewKey = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    scopes: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50 })),
  },
  strict,
);
const Key = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Union([Type.Array(Type.String()), Type.Null()]),
  createdAt: Type.String({ format: 'date-time' }),
});

/** Sessions, API keys, and who one is. */
export function registerSessionRoutes(
  app: FastifyInstance,
  deps: {
    identity: Identity;
    authenticate: Authenticate;
    locale: () => Locale;
    lives: { access: number; refresh: number };
  },
): void {
  const { identity, authenticate, locale, lives } = deps;

  /** Tokens go into the answer, or for the console into cookies. */
  function handOver(request: FastifyRequest, reply: FastifyReply, tokens: SessionTokens) {
    return isFromConsole(request) ? keepInCookies(request, reply, tokens, lives.refresh) : tokens;
  }

  app.post<{ Body: { username: string; password: string } }>(
    '/v1/sessions',
    { schema: { tags: ['sessions'], summary: 'Sign in', body: Credentials, response: answers(201, Tokens) } },
    async (request, reply) => {
      const tokens = await identity.sessions.signIn(request.body, howOf(request, locale()), lives);
      return reply.code(201).send(handOver(request, reply, tokens));
    },
  );
  app.post<{ Body: { refresh_token: string } }>(
    '/v1/sessions/refresh',
    {
      preValidation: refreshFromCookie,
      schema: {
        tags: ['sessions'],
        summary: 'A new pair of tokens for a refresh token, which is used up by it',
        body: RefreshRequest,
        response: answers(200, Tokens),
      },
    },
    async (request, reply) => {
      const how = howOf(request, locale());
      return handOver(
        request,
        reply,
        await identity.sessions.refresh(request.body.refresh_token, how, lives),
      );
    },
  );
  app.delete(
    '/v1/sessions/current',
    { schema: { tags: ['sessions'], summary: 'Sign out', response: answers(204, NoContent) } },
    async (request, reply) => {
      await identity.sessions.signOut(callerToken(request), howOf(request, locale()));
      if (isFromConsole(request)) clearCookies(reply);
      return reply.code(204).send();
    },
  );
  app.get(
    '/v1/me',
    {
      schema: {
        tags: ['sessions'],
        summary: 'Who the token belongs to',
        response: answers(
          200,
          Type.Object({
            id: Type.String(),
            number: Type.Integer(),
            name: Type.String(),
            roles: Type.Array(Type.String()),
          }),
        ),
      },
    },
    async (request) => {
      const { login, user, name, roles } = await authenticate(request);
      return { id: login, number: user, name, roles: [...roles] };
    },
  );
  app.post<{ Body: { name: string; scopes?: string[] } }>(
    '/v1/api-keys',
    {
      schema: {
        tags: ['sessions'],
        summary: 'A key for a program; it is shown this once',
        body: NewKey,
        response: answers(201, Type.Object({ id: Type.String(), key: Type.String() })),
      },
    },
    async (request, reply) => {
      const made = await identity.apiKeys.create(await authenticate(request), request.body);
      return reply.code(201).send(made);
    },
  );
  app.get<{ Querystring: { limit?: number; cursor?: string } }>(
    '/v1/api-keys',
    {
      schema: {
        tags: ['sessions'],
        querystring: Type.Object(PageQuery, strict),
        response: answers(200, page(Key)),
      },
    },
    async (request) => {
      const { limit = defaultLimit, cursor } = request.query;
      const { items, next } = await identity.apiKeys.list(await authenticate(request), { limit, cursor });
      return { items, next: next ?? null };
    },
  );
  app.delete<{ Params: { id: string } }>(
    '/v1/api-keys/:id',
    { schema: { tags: ['sessions'], summary: 'Revoke a key', response: answers(204, NoContent) } },
    async (request, reply) => {
      await identity.apiKeys.revoke(await authenticate(request), request.params.id);
      return reply.code(204).send();
    },
  );
}
