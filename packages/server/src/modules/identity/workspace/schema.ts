import Type, { type Static } from 'typebox';
import { roles } from '../../../platform/caller.ts';
import { maxPasswordLength } from '../password-check.ts';

const closed = { additionalProperties: false } as const;
const noControlCharacters = '^[^\\u0000-\\u001f\\u007f]*$';

/** Login names: no colon, which HTTP Basic and Digest cut at, and no blanks at the ends. */
const Login = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\s:\\u0000-\\u001f\\u007f]([^:\\u0000-\\u001f\\u007f]*[^\\s:\\u0000-\\u001f\\u007f])?$',
});
const Name = Type.String({ minLength: 1, maxLength: 200, pattern: noControlCharacters });
const ObjectNumber = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

const Secret = Type.Union([
  Type.String({ minLength: 1, maxLength: maxPasswordLength, pattern: '^[^\\u0000]*$' }),
  Type.Object({ env: Type.String({ minLength: 1 }) }, closed),
  Type.Object({ file: Type.String({ minLength: 1 }) }, closed),
]);

const GroupEntry = Type.Object(
  { id: Login, number: Type.Optional(ObjectNumber), name: Type.Optional(Name) },
  closed,
);

const UserEntry = Type.Object(
  {
    id: Login,
    number: Type.Optional(ObjectNumber),
    name: Type.Optional(Name),
    mail: Type.Optional(
      Type.String({ maxLength: 254, pattern: '^[^\\s@\\u0000-\\u001f]+@[^\\s@\\u0000-\\u001f]+$' }),
    ),
    password: Type.Optional(Secret),
    passwordExpired: Type.Optional(Type.Boolean()),
    deactivated: Type.Optional(Type.Boolean()),
    kind: Type.Optional(Type.Enum(['serviceDesk', 'endUser'])),
    authMethod: Type.Optional(Type.Enum(['basic', 'saml', 'ldap'])),
    groups: Type.Optional(Type.Array(Login)),
    roles: Type.Optional(Type.Array(Type.Enum([...roles]))),
    accessKeys: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 1000 }))),
  },
  closed,
);

export const schemas = { groups: Type.Array(GroupEntry), users: Type.Array(UserEntry) };
/** One entry each, for who changes users and groups one by one. */
export const entrySchemas = { group: GroupEntry, user: UserEntry };

export type GroupEntry = Static<typeof GroupEntry>;
export type UserEntry = Static<typeof UserEntry>;
