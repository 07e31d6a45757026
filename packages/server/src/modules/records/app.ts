import { identifier } from '../../platform/database/database.ts';
import type { AppDeclaration, FieldDefinition, FormulaResult } from './definition.ts';
import { compileFormulas } from './rules/formula.ts';
import type { Lookups } from './rules/values.ts';

/** A field with what the database makes of it. */
export type AppField = FieldDefinition & {
  /** As it stands in the file. */
  declared: FieldDefinition;
  /** Its column in the app's table. */
  column: string;
  /** How its values behave: a formula behaves like its result, everything else like itself. */
  kind: Exclude<FieldDefinition['type'], 'formula'>;
  sqlType: string;
  /** reference: the other app's field whose value is shown; set once all apps are known, absent where it is gone. */
  shown?: AppField;
};

/** An app as the statements and dialects use it; made anew whenever the definition changes. */
export type App = {
  id: number;
  alias: string | undefined;
  name: string;
  version: number;
  useAliases: boolean;
  declaration: AppDeclaration;
  /** In the order of the definition; values are entered in all but the computed ones. */
  fields: readonly AppField[];
  fieldsById: ReadonlyMap<number, AppField>;
  fieldsByName: ReadonlyMap<string, AppField>;
  /** Quoted table name. */
  table: string;
  /** SQL expressions of the formula fields over a way to name columns. */
  formulas: ReadonlyMap<AppField, (column: (field: AppField) => string) => string>;
  /** The states of a process app, in order; undefined for others. */
  states: readonly string[] | undefined;
  /** What the definition's own references to users and groups mean. */
  lookups: Lookups;
};

const sqlTypes: Record<AppField['kind'], string> = {
  text: 'text',
  textarea: 'text',
  richText: 'text',
  number: 'numeric',
  date: 'date',
  time: 'time',
  dateTime: 'timestamptz',
  select: 'text',
  multiSelect: 'text[]',
  users: 'integer[]',
  groups: 'integer[]',
  files: 'bigint[]',
  autoNumber: 'bigint',
  reference: 'bigint',
  table: 'jsonb',
};

function kindOf(field: FieldDefinition): AppField['kind'] {
  return field.type === 'formula' ? (field.result as FormulaResult) : field.type;
}

/** Fields whose value the server makes. */
export function isComputed(field: FieldDefinition): boolean {
  return field.type === 'formula' || field.type === 'autoNumber';
}

/** The app's table, by its id: names of apps never reach SQL. */
export function tableName(id: number): string {
  return `records.${identifier(`app_${id}`)}`;
}

/** @throws AppError for a formula that does not parse (the workspace reports those with their place before) */
export function compileApp(declaration: AppDeclaration, version: number, lookups: Lookups): App {
  const fields = declaration.fields.map((field): AppField => {
    const kind = kindOf(field);
    return { ...field, declared: field, column: `f${field.id}`, kind, sqlType: sqlTypes[kind] };
  });
  const process = declaration.process as { states: string[] } | undefined;
  return {
    id: declaration.id,
    alias: declaration.alias,
    name: declaration.name,
    version,
    useAliases: declaration.useAliases ?? false,
    declaration,
    fields,
    fieldsById: new Map(fields.map((field) => [field.id, field])),
    fieldsByName: new Map(fields.map((field) => [field.name, field])),
    table: tableName(declaration.id),
    formulas: compileFormulas(fields),
    states: process?.states,
    lookups,
  };
}
