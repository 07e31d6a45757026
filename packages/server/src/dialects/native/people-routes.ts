import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import {
  entrySchemas,
  type GroupEntry,
  type Identity,
  type UserChange,
  type UserEntry,
} from '../../modules/identity/index.ts';
import type { NativeRoutes } from './index.ts';
import { answers, NoContent, strict } from './schemas.ts';

const { id, ...changeable } = entrySchemas.user.properties;
const { number, password: _, accessKeys: __, ...rest } = changeable;
const Password = Type.String({ minLength: 1, maxLength: 1000, pattern: '^[^\\u0000]*$' });
const Change = Type.Object({ ...rest, password: Type.Optional(Password) }, strict);
const NewUser = Type.Object({ ...Change.properties, id, number }, strict);
const UserPath = Type.Object({ user: Type.String() });
const GroupPath = Type.Object({ group: Type.String() });
const tags = ['users'];

/** Users and groups one by one: the same that the workspace file declares. For admin and userManager. */
export function peopleRoutes({ identity }: { identity: Identity }): NativeRoutes {
  const { administration } = identity;
  return (plain, authenticate) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    const Done = Type.Object({ id: Type.String() });

    app.post(
      '/v1/users',
      { schema: { tags, summary: 'Add a user', body: NewUser, response: answers(201, Done) } },
      async (request, reply) => {
        const entry = request.body as Omit<UserEntry, 'password'> & { password?: string };
        await administration.addUser(await authenticate(request), entry);
        return reply.code(201).send({ id: entry.id });
      },
    );
    app.patch(
      '/v1/users/:user',
      {
        schema: {
          tags,
          summary: 'Change a user (login name); a password or a deactivation ends what he is signed in with',
          params: UserPath,
          body: Change,
          response: answers(200, Done),
        },
      },
      async (request) => {
        const { user } = request.params;
        await administration.changeUser(await authenticate(request), user, request.body as UserChange);
        return { id: user };
      },
    );
    app.delete(
      '/v1/users/:user',
      {
        schema: {
          tags,
          summary: 'Remove a user (login name)',
          params: UserPath,
          response: answers(204, NoContent),
        },
      },
      async (request, reply) => {
        await administration.removeUser(await authenticate(request), request.params.user);
        return reply.code(204).send();
      },
    );
    app.post(
      '/v1/groups',
      { schema: { tags, summary: 'Add a group', body: entrySchemas.group, response: answers(201, Done) } },
      async (request, reply) => {
        const entry = request.body as GroupEntry;
        await administration.addGroup(await authenticate(request), entry);
        return reply.code(201).send({ id: entry.id });
      },
    );
    app.patch(
      '/v1/groups/:group',
      {
        schema: {
          tags,
          summary: 'Rename a group',
          params: GroupPath,
          body: Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) }, strict),
          response: answers(200, Done),
        },
      },
      async (request) => {
        const { group } = request.params;
        await administration.changeGroup(await authenticate(request), group, request.body);
        return { id: group };
      },
    );
    app.delete(
      '/v1/groups/:group',
      { schema: { tags, summary: 'Remove a group', params: GroupPath, response: answers(204, NoContent) } },
      async (request, reply) => {
        await administration.removeGroup(await authenticate(request), request.params.group);
        return reply.code(204).send();
      },
    );
  };
}
