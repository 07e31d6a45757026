import Type, { type Static } from 'typebox';
import { serviceSchema } from '../services/schema.ts';

const closed = { additionalProperties: false } as const;

const role = Type.Union([
  Type.Literal('technologyProvider'),
  Type.Literal('supplier'),
  Type.Literal('customer'),
]);

/** A definition file, already read where the workspace file is read. */
const definitionFile = Type.Object({ path: Type.String(), text: Type.String() }, closed);

const definitionFiles = Type.Union([
  definitionFile,
  Type.Object({ organization: Type.String(), files: Type.Array(definitionFile) }, closed),
]);

export const catalogSchema = Type.Object(
  {
    organizations: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: Type.String({ minLength: 1, maxLength: 40 }),
            name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
            roles: Type.Array(role, { minItems: 1 }),
            users: Type.Optional(Type.Array(Type.String())),
          },
          closed,
        ),
      ),
    ),
    billingAdapters: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 255 }))),
    technicalServices: Type.Optional(Type.Array(definitionFiles)),
    services: Type.Optional(Type.Array(serviceSchema)),
  },
  closed,
);

export type CatalogFile = Static<typeof catalogSchema>;
export type OrganizationEntry = NonNullable<CatalogFile['organizations']>[number];
export type DefinitionFile = Static<typeof definitionFile>;
