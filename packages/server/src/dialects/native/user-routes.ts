import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Identity } from '../../modules/identity/index.ts';
import { isAdmin } from '../../platform/caller.ts';
import type { Authenticate } from './authenticate.ts';
import { answers, defaultLimit, PageQuery, page, strict } from './schemas.ts';

const Query = Type.Object(
  {
    ...PageQuery,
    q: Type.Optional(Type.String({ maxLength: 200, description: 'A part of the id or name' })),
  },
  strict,
);
const UserSchema = Type.Object({
  id: Type.String(),
  number: Type.Integer(),
  name: Type.String(),
  mail: Type.Optional(Type.String({ description: 'From here on for administrators and user managers' })),
  kind: Type.Optional(Type.String()),
  roles: Type.Optional(Type.Array(Type.String())),
  groups: Type.Optional(Type.Array(Type.Integer())),
  authMethod: Type.Optional(Type.String()),
  deactivated: Type.Optional(Type.Boolean()),
  accessKeysAllowed: Type.Optional(Type.Boolean()),
});
const GroupSchema = Type.Object({ id: Type.String(), number: Type.Integer(), name: Type.String() });
type Given = { limit?: number; cursor?: string; q?: string };

/** Who there is: users and groups. */
export function registerUserRoutes(
  app: FastifyInstance,
  deps: { identity: Identity; authenticate: Authenticate },
): void {
  const { identity, authenticate } = deps;

  app.get<{ Querystring: Given }>(
    '/v1/users',
    { schema: { tags: ['users'], querystring: Query, response: answers(200, page(UserSchema)) } },
    async (request) => {
      const caller = await authenticate(request);
      const { limit = defaultLimit, cursor, q } = request.query;
      const seesMore = isAdmin(caller) || caller.roles.has('userManager');
      const { items, next } = await identity.directory.listUsers(caller, { limit, cursor, text: q });
      return {
        items: items.map((user) => ({
          id: user.login,
          number: user.number,
          name: user.name,
          ...(seesMore && {
            mail: user.mail,
            kind: user.kind,
            roles: [...user.roles],
            groups: user.groups,
            authMethod: user.authMethod,
            deactivated: user.deactivated,
            accessKeysAllowed: user.accessKeysAllowed,
          }),
        })),
        next: next ?? null,
      };
    },
  );
  app.get<{ Querystring: Given }>(
    '/v1/groups',
    { schema: { tags: ['users'], querystring: Query, response: answers(200, page(GroupSchema)) } },
    async (request) => {
      const caller = await authenticate(request);
      const { limit = defaultLimit, cursor, q } = request.query;
      const { items, next } = await identity.directory.listGroups(caller, { limit, cursor, text: q });
      return { items: items.map(({ id, number, name }) => ({ id, number, name })), next: next ?? null };
    },
  );
}
