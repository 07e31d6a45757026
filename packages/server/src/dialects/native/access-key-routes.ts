import { Type } from 'typebox';
import type { AccessKeyPolicy, Identity } from '../../modules/identity/index.ts';
import { identityErrors } from '../../modules/identity/index.ts';
import { isAdmin } from '../../platform/caller.ts';
import type { NativeRoutes } from './index.ts';
import { answers, NoContent, strict } from './schemas.ts';

const Policy = Type.Object(
  {
    usage: Type.Enum(['allow', 'disallow', 'allowListed', 'denyListed'], {
      description: 'allowListed: from the listed addresses only; denyListed: from all but those',
    }),
    addresses: Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 1000,
      description: 'IP addresses and CIDR ranges',
    }),
  },
  strict,
);

/** Who may use AppSuite access keys: the policy of the server, and each user's own (appsuite §3.5). */
export function accessKeyRoutes({ identity }: { identity: Identity }): NativeRoutes {
  const { accessKeys, directory } = identity;
  const tags = ['users'];
  return (app, authenticate) => {
    app.get(
      '/v1/access-key-policy',
      { schema: { tags, summary: 'Who may use AppSuite access keys', response: answers(200, Policy) } },
      async (request) => {
        if (!isAdmin(await authenticate(request))) throw identityErrors.needsAdmin();
        return accessKeys.policy();
      },
    );

    app.put<{ Body: AccessKeyPolicy }>(
      '/v1/access-key-policy',
      { schema: { tags, summary: 'Sets it for all users', body: Policy, response: answers(200, Policy) } },
      async (request) => {
        await accessKeys.setPolicy(await authenticate(request), request.body);
        return accessKeys.policy();
      },
    );

    app.put<{ Params: { user: string }; Body: { allowed: boolean } }>(
      '/v1/users/:user/access-keys',
      {
        schema: {
          tags,
          summary: 'Allows or forbids a user (login name) his access keys; the policy for all goes before',
          body: Type.Object({ allowed: Type.Boolean() }, strict),
          response: answers(204, NoContent),
        },
      },
      async (request, reply) => {
        const caller = await authenticate(request);
        const user = await directory.findUser(request.params.user);
        await accessKeys.setUserPolicy(caller, user?.number ?? -1, request.body.allowed);
        return reply.code(204).send();
      },
    );
  };
}
