import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import {
  type CredentialKind,
  credentialKinds,
  type Identity,
  identityErrors,
} from '../../modules/identity/index.ts';
import type { Planning } from '../../modules/planning/index.ts';
import { jsonInstant } from '../../modules/records/index.ts';
import { type Caller, isAdmin } from '../../platform/caller.ts';
import { callerToken } from './authenticate.ts';
import type { NativeRoutes } from './index.ts';
import { answers, defaultLimit, NoContent, PageQuery, page, strict } from './schemas.ts';

const kinds = [...credentialKinds, 'fusionPlace'] as const;
const Kind = Type.Enum([...kinds], {
  description:
    'session and apiKey of the native API, accessKey of AppSuite, ssm (both tokens of a user), fusionPlace (a sign-in of a client)',
});
const Optional = <T extends string>(description: T) =>
  Type.Union([Type.String(), Type.Null()], { description });
const Item = Type.Object({
  id: Type.String(),
  user: Type.String({ description: 'Login name' }),
  name: Optional('Of a key; "workspace" for an access key that the workspace file declares'),
  address: Optional('Where a session was begun from'),
  createdAt: Optional('Instant'),
  expiresAt: Optional('Instant; null: never'),
  current: Type.Boolean({ description: 'The session this is asked by' }),
});
const tags = ['credentials'];

/** What people and programs are signed in with: lists, and ending one or all. Everybody's for administrators. */
export function credentialRoutes({
  identity,
  planning,
}: {
  identity: Identity;
  planning: Pick<Planning, 'webTokens'>;
}): NativeRoutes {
  const { credentials, administration, directory } = identity;

  async function ownSession(request: FastifyRequest): Promise<string | undefined> {
    const session = await identity.sessions.ofAccessToken(callerToken(request)).catch(() => undefined);
    return session?.id;
  }

  /** Whose sign-ins of the Web-API the caller may handle; undefined: everybody's. */
  async function owner(caller: Caller, login: string | undefined): Promise<number | undefined> {
    if (login === undefined) return isAdmin(caller) ? undefined : caller.user;
    if (login === caller.login) return caller.user;
    if (!isAdmin(caller)) throw identityErrors.needsAdmin();
    const user = await directory.findUser(login);
    if (user === undefined) throw identityErrors.unknownUser({ user: login });
    return user.number;
  }

  async function listGrants(caller: Caller, query: { user?: string; limit?: number; cursor?: string }) {
    const { limit = defaultLimit, cursor } = query;
    const before = cursor !== undefined && /^\d{1,15}$/.test(cursor) ? Number(cursor) : undefined;
    const rows = await planning.webTokens.list(await owner(caller, query.user), before, limit + 1);
    const items = rows.slice(0, limit);
    const users = await directory.usersByNumber(new Set(items.map(({ user }) => user)));
    return {
      items: items.map(({ id, user, client, expiresAt }) => ({
        id: String(id),
        user: users.get(user)?.login ?? String(user),
        name: client,
        address: null,
        createdAt: null,
        expiresAt: jsonInstant(expiresAt),
        current: false,
      })),
      next: rows.length > limit ? String(items.at(-1)!.id) : null,
    };
  }

  async function revokeGrants(caller: Caller, id: number | 'all', user: number | undefined): Promise<number> {
    if (caller.scopes !== undefined) throw identityErrors.needsFullAccess();
    return planning.webTokens.revoke(id, user);
  }

  return (plain, authenticate) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    const User = Type.Optional(Type.String({ maxLength: 200, description: 'Login name' }));

    app.get(
      '/v1/credentials/:kind',
      {
        schema: {
          tags,
          summary: 'Sessions, keys and tokens that live, the newest first; no secrets',
          params: Type.Object({ kind: Kind }),
          querystring: Type.Object({ ...PageQuery, user: User }, strict),
          response: answers(200, page(Item)),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const { kind } = request.params;
        if (kind === 'fusionPlace') return listGrants(caller, request.query);
        const { limit = defaultLimit, user, cursor } = request.query;
        const current = kind === 'session' ? await ownSession(request) : undefined;
        const { items, next } = await credentials.list(caller, kind as CredentialKind, {
          user,
          limit,
          cursor,
        });
        return {
          items: items.map(({ createdAt, expiresAt, ...item }) => ({
            ...item,
            createdAt: createdAt && jsonInstant(createdAt),
            expiresAt: expiresAt && jsonInstant(expiresAt),
            current: item.id === current,
          })),
          next: next ?? null,
        };
      },
    );

    app.delete(
      '/v1/credentials/:kind/:id',
      {
        schema: {
          tags,
          summary: 'End one',
          params: Type.Object({ kind: Kind, id: Type.String({ maxLength: 100 }) }),
          response: answers(204, NoContent),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const { kind, id } = request.params;
        if (kind !== 'fusionPlace') await credentials.revoke(caller, kind as CredentialKind, id);
        else {
          const grant = /^\d{1,15}$/.test(id) ? Number(id) : 0;
          const ended = await revokeGrants(caller, grant, isAdmin(caller) ? undefined : caller.user);
          if (ended === 0) throw identityErrors.unknownCredential();
        }
        return reply.code(204).send();
      },
    );

    app.delete(
      '/v1/credentials/:kind',
      {
        schema: {
          tags,
          summary: 'End all of a user but the session this is asked by',
          params: Type.Object({ kind: Kind }),
          querystring: Type.Object(
            { user: Type.String({ maxLength: 200, description: 'Login name' }) },
            strict,
          ),
          response: answers(200, Type.Object({ ended: Type.Integer() })),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const { kind } = request.params;
        const { user } = request.query;
        if (kind === 'fusionPlace')
          return { ended: await revokeGrants(caller, 'all', await owner(caller, user)) };
        const kept = kind === 'session' ? await ownSession(request) : undefined;
        return { ended: await credentials.revokeAll(caller, kind as CredentialKind, user, kept) };
      },
    );

    app.post(
      '/v1/users/:user/access-keys',
      {
        schema: {
          tags,
          summary: 'A lasting AppSuite access key for a user (login name); it is shown this once',
          params: Type.Object({ user: Type.String() }),
          response: answers(201, Type.Object({ id: Type.String(), key: Type.String() })),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        return reply.code(201).send(await credentials.makeAccessKey(caller, request.params.user));
      },
    );

    app.post(
      '/v1/me/password',
      {
        schema: {
          tags,
          summary: "One's own password; everything else one is signed in with ends",
          body: Type.Object(
            {
              current: Type.String({ maxLength: 1000 }),
              password: Type.String({ minLength: 8, maxLength: 1000, pattern: '^[^\\u0000]*$' }),
            },
            strict,
          ),
          response: answers(204, NoContent),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const { current, password } = request.body;
        await administration.changeOwnPassword(
          caller,
          { current, next: password },
          await ownSession(request),
        );
        return reply.code(204).send();
      },
    );
  };
}
