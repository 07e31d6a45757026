import type { Operation } from '../api/apps.ts';

/** An app as the workspace file has it (docs/workspace.md). What the designer does not know it leaves as it is. */
export type AppDeclaration = {
  id: number;
  alias?: string;
  name: string;
  fields: FieldDeclaration[];
  access?: AccessRule[];
  process?: ProcessDeclaration;
  automations?: AutomationDeclaration[];
  [key: string]: unknown;
};

export type FieldDeclaration = {
  id: number;
  name: string;
  type: string;
  alias?: string;
  required?: boolean;
  unique?: boolean;
  default?: unknown;
  maxLength?: number | string;
  min?: number | string;
  max?: number | string;
  options?: string[];
  multiple?: boolean;
  expression?: string;
  result?: string;
  prefix?: string;
  digits?: number | string;
  app?: number | string;
  field?: string;
  fields?: FieldDeclaration[];
};

export type ComparisonDeclaration = { field: string; op: string; value?: unknown };
export type Condition = { all: Condition[] } | { any: Condition[] } | ComparisonDeclaration;

export type AccessRule = {
  subject: string;
  allow?: Operation[];
  when?: Condition;
  hideFields?: string[];
  readOnlyFields?: string[];
};

export type ProcessDeclaration = {
  type: string;
  idPattern: string;
  states: string[];
  transitions?: Record<string, string[]>;
  approval?: {
    state: string;
    approvers: string[];
    approved: string;
    rejected: string;
    mail?: boolean;
  };
};

export const triggers = ['added', 'updated', 'imported'] as const;
export type AutomationDeclaration = {
  title: string;
  enabled?: boolean;
  on?: string[];
  every?: string;
  once?: boolean;
  watch?: string[];
  when?: Condition;
  loopLimit?: number | string;
  webhook?: {
    url: string;
    accessToken?: string;
    retries?: number | string;
    signingSecret?: string;
    ordered?: boolean;
    pauseAfter?: number | string;
    [key: string]: unknown;
  };
  mail?: { to: string[]; subject: string; body: string };
  write?: { app: number | string; key?: string; values: Record<string, string> };
};

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

/** Those that a table's columns may have. */
export const columnTypes = [
  'text',
  'textarea',
  'number',
  'date',
  'time',
  'dateTime',
  'select',
  'multiSelect',
  'users',
  'groups',
] as const;

export const formulaResults = ['text', 'number', 'date', 'time', 'dateTime'] as const;

/** Types whose values live in the same column, so that one may become another while records exist. */
const interchangeable: readonly FieldType[] = ['text', 'textarea', 'richText'];

/** The types that a field may take; one that is there already keeps its values. */
export function possibleTypes(stored: FieldDeclaration | undefined, inTable: boolean): readonly FieldType[] {
  const all: readonly FieldType[] = inTable ? columnTypes : fieldTypes;
  if (!stored) return all;
  const type = stored.type as FieldType;
  return interchangeable.includes(type) ? all.filter((one) => interchangeable.includes(one)) : [type];
}

type Attribute = Exclude<
  keyof FieldDeclaration,
  'id' | 'name' | 'type' | 'alias' | 'app' | 'field' | 'fields'
>;
const entered: readonly Attribute[] = ['required', 'default'];
const attributes: Record<FieldType, readonly Attribute[]> = {
  text: [...entered, 'maxLength', 'unique'],
  textarea: [...entered, 'maxLength'],
  richText: [...entered, 'maxLength'],
  number: [...entered, 'min', 'max', 'unique'],
  date: [...entered, 'unique'],
  time: entered,
  dateTime: entered,
  select: [...entered, 'options'],
  multiSelect: [...entered, 'options'],
  users: [...entered, 'multiple'],
  groups: ['required', 'multiple'],
  files: ['required'],
  formula: ['expression', 'result'],
  autoNumber: ['prefix', 'digits'],
  reference: ['required'],
  table: ['required'],
};

export function has(type: string, attribute: Attribute): boolean {
  return attributes[type as FieldType]?.includes(attribute) ?? false;
}

/** A field of another type: what only the earlier type had goes. */
export function withType(field: FieldDeclaration, type: FieldType): FieldDeclaration {
  const { id, name, alias, ...rest } = field;
  const kept = Object.entries(rest).filter(
    ([key]) => has(type, key as Attribute) && !(key === 'default' && type !== field.type),
  );
  return {
    id,
    name,
    ...(alias !== undefined && { alias }),
    ...Object.fromEntries(kept),
    type,
    ...(has(type, 'options') && { options: field.options ?? [] }),
    ...(type === 'formula' && { expression: '', result: 'number' }),
    ...(type === 'table' && { fields: [emptyField([])] }),
  };
}

const firstField = 101;

export function emptyField(fields: readonly FieldDeclaration[]): FieldDeclaration {
  const id = Math.max(firstField - 1, ...fields.map((field) => field.id)) + 1;
  return { id, name: '', type: 'text' };
}

export function emptyApp(taken: readonly number[]): AppDeclaration {
  return { id: Math.max(100, ...taken) + 1, name: '', fields: [emptyField([])] };
}
