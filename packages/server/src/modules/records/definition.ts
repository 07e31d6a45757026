import { type TSchema, Type } from 'typebox';

/** What the workspace file says about an app, as JSON schema and as types (contract §3). */

export const fieldTypes = [
  'text',
  'textarea',
  'richText',
  'number',
  'date',
  'time',
  'dateTime',
  'select',
  'multiSelect',
  'users',
  'groups',
  'files',
  'formula',
  'autoNumber',
  'reference',
  'table',
] as const;
export type FieldType = (typeof fieldTypes)[number];

export const formulaResults = ['text', 'number', 'date', 'time', 'dateTime'] as const;
export type FormulaResult = (typeof formulaResults)[number];

export const operations = ['view', 'add', 'change', 'delete', 'import', 'export', 'administer'] as const;
export type Operation = (typeof operations)[number];

export const conditionOperators = [
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'contains',
  'notContains',
  'isEmpty',
  'isNotEmpty',
] as const;
export type ConditionOperator = (typeof conditionOperators)[number];

export type Comparison = { field: string; op: ConditionOperator; value?: unknown };
export type Condition = { all: Condition[] } | { any: Condition[] } | Comparison;

export type AccessRule = {
  /** `everyone`, `user:LOGIN`, `group:ID`, `role:NAME`, or `field:NAME` (the users or groups in that field). */
  subject: string;
  allow?: Operation[];
  /** Holds for records that meet it only (view, change, delete). */
  when?: Condition;
  hideFields?: string[];
  readOnlyFields?: string[];
};

export type FieldDefinition = {
  id: number;
  name: string;
  alias?: string;
  type: FieldType;
  required?: boolean;
  unique?: boolean;
  default?: unknown;
  /** Characters. */
  maxLength?: number;
  min?: number | string;
  max?: number | string;
  options?: string[];
  /** users, groups: more than one may be chosen; default true. */
  multiple?: boolean;
  expression?: string;
  result?: FormulaResult;
  prefix?: string;
  digits?: number;
  /** reference: the other app (id or alias) and the name of its field that is shown. */
  app?: number | string;
  field?: string;
  /** table: its columns. */
  fields?: FieldDefinition[];
};

export type AppDeclaration = {
  id: number;
  alias?: string;
  name: string;
  useAliases?: boolean;
  fields: FieldDefinition[];
  access?: AccessRule[];
  /** Parts that other modules understand: `process`, `automations`. */
  [extension: string]: unknown;
};

/** Names that every record has already, in the AppSuite API's words (appsuite §2.10). */
export const systemFields = [
  { id: 1, name: 'データID', column: 'id' },
  { id: 2, name: '登録日時', column: 'created_at' },
  { id: 3, name: '登録者', column: 'created_by' },
  { id: 4, name: '更新日時', column: 'updated_at' },
  { id: 5, name: '更新者', column: 'updated_by' },
] as const;
export type SystemField = (typeof systemFields)[number];

const strict = { additionalProperties: false };
const name = Type.String({ minLength: 1, maxLength: 200 });
const alias = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_-]{0,63}$' });
const names = Type.Array(name);

function oneOf(values: readonly string[]) {
  return Type.String({ enum: [...values] });
}

// One flat object instead of a union by type, so that a mistake is reported at its own key: field-rules.ts tells
// which attributes go with which type.
const attributes = {
  id: Type.Integer({ minimum: 101, maximum: 999_999 }),
  name,
  alias: Type.Optional(alias),
  type: oneOf(fieldTypes),
  required: Type.Optional(Type.Boolean()),
  unique: Type.Optional(Type.Boolean()),
  default: Type.Optional(Type.Unknown()),
  maxLength: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })),
  min: Type.Optional(Type.Unknown()),
  max: Type.Optional(Type.Unknown()),
  options: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: 1000 }),
  ),
  multiple: Type.Optional(Type.Boolean()),
  expression: Type.Optional(Type.String({ minLength: 1, maxLength: 4000 })),
  result: Type.Optional(oneOf(formulaResults)),
  prefix: Type.Optional(Type.String({ maxLength: 20 })),
  digits: Type.Optional(Type.Integer({ minimum: 1, maximum: 15 })),
  app: Type.Optional(Type.Unknown()),
  field: Type.Optional(name),
};

const Field = Type.Object(
  { ...attributes, fields: Type.Optional(Type.Array(Type.Object(attributes, strict), { maxItems: 50 })) },
  strict,
);

/** `{field, op, value}`, `{all: […]}` or `{any: […]}`; which of them, and how deep, is for condition-rules.ts. */
export const ConditionSchema = Type.Object(
  {
    all: Type.Optional(Type.Array(Type.Unknown())),
    any: Type.Optional(Type.Array(Type.Unknown())),
    field: Type.Optional(name),
    op: Type.Optional(oneOf(conditionOperators)),
    value: Type.Optional(Type.Unknown()),
  },
  strict,
);

const AccessRuleSchema = Type.Object(
  {
    subject: Type.String({ pattern: '^(everyone|(user|group|role|field):.+)$' }),
    allow: Type.Optional(Type.Array(oneOf(operations))),
    when: Type.Optional(ConditionSchema),
    hideFields: Type.Optional(names),
    readOnlyFields: Type.Optional(names),
  },
  strict,
);

/** Schema of one app of the file, with the parts that other modules understand. */
export function appSchema(extensions: Readonly<Record<string, TSchema>>): TSchema {
  return Type.Object(
    {
      id: Type.Integer({ minimum: 1, maximum: 999_999 }),
      alias: Type.Optional(alias),
      name,
      useAliases: Type.Optional(Type.Boolean()),
      fields: Type.Array(Field, { maxItems: 500 }),
      access: Type.Optional(Type.Array(AccessRuleSchema)),
      ...Object.fromEntries(Object.entries(extensions).map(([key, schema]) => [key, Type.Optional(schema)])),
    },
    strict,
  );
}
