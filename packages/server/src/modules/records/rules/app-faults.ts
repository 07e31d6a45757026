import { type AppError, pointerStep } from '../../../platform/errors.ts';
import type { App } from '../app.ts';
import { type AppDeclaration, type FieldDefinition, type FieldType, systemFields } from '../definition.ts';
import { errors } from '../errors.ts';
import { splitSubject } from './access.ts';
import { conditionFaults } from './condition-sql.ts';
import { formulaFault } from './formula.ts';
import { type Lookups, readValue } from './values.ts';

/** What is wrong with an app of the workspace file beyond its schema, with JSON pointers. */

const everywhere = ['id', 'name', 'alias', 'type'];
const entered = [...everywhere, 'required'];
const attributes: Record<FieldType, { may: string[]; must?: string[] }> = {
  text: { may: [...entered, 'maxLength', 'unique', 'default'] },
  textarea: { may: [...entered, 'maxLength', 'default'] },
  richText: { may: [...entered, 'maxLength', 'default'] },
  number: { may: [...entered, 'min', 'max', 'unique', 'default'] },
  date: { may: [...entered, 'unique', 'default'] },
  time: { may: [...entered, 'default'] },
  dateTime: { may: [...entered, 'default'] },
  select: { may: [...entered, 'options', 'default'], must: ['options'] },
  multiSelect: { may: [...entered, 'options', 'default'], must: ['options'] },
  users: { may: [...entered, 'multiple', 'default'] },
  groups: { may: [...entered, 'multiple'] },
  files: { may: entered },
  formula: { may: [...everywhere, 'expression', 'result'], must: ['expression', 'result'] },
  autoNumber: { may: [...everywhere, 'prefix', 'digits'] },
  reference: { may: [...entered, 'app', 'field'], must: ['app', 'field'] },
  table: { may: [...entered, 'fields'], must: ['fields'] },
};
const inTables: ReadonlySet<FieldType> = new Set([
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
]);
const cannotBeShown: ReadonlySet<FieldType> = new Set(['reference', 'table', 'files']);
const reserved = new Set(['revision', ...systemFields.map(({ name }) => name)]);

export function fieldFaults(fields: readonly FieldDefinition[], place: string, inTable = false): AppError[] {
  const faults: AppError[] = [];
  const seen = { id: new Set(), name: new Set(), alias: new Set() };
  for (const [index, field] of fields.entries()) {
    const at = `${place}/${index}`;
    for (const key of ['id', 'name', 'alias'] as const) {
      const value = field[key];
      if (value === undefined) continue;
      if (seen[key].has(value)) faults.push(errors.duplicate({ what: key, value }, `${at}/${key}`));
      seen[key].add(value);
    }
    if (reserved.has(field.name)) faults.push(errors.reservedName({ value: field.name }, `${at}/name`));
    if (inTable && !inTables.has(field.type)) {
      faults.push(errors.attribute({ type: 'table', attribute: field.type }, `${at}/type`));
    }
    faults.push(...attributeFaults(field, at));
    if (field.fields) faults.push(...fieldFaults(field.fields, `${at}/fields`, true));
  }
  return faults;
}

const literals = new Set<unknown>(['NOW()', 'LOGINUSER()']);

function attributeFaults(field: FieldDefinition, at: string): AppError[] {
  const { may, must = [] } = attributes[field.type];
  const { type } = field;
  const faults = Object.keys(field)
    .filter((key) => !may.includes(key))
    .map((attribute) => errors.attribute({ type, attribute }, at + pointerStep(attribute)));
  for (const attribute of must) {
    if (!(attribute in field)) faults.push(errors.attributeMissing({ type, attribute }, at));
  }
  for (const limit of ['min', 'max'] as const) {
    const value = field[limit];
    if (value !== undefined && 'fault' in readNumberLimit(field, value)) {
      faults.push(errors.notNumber({ field: limit }, `${at}/${limit}`));
    }
  }
  if (
    field.default !== undefined &&
    !literals.has(field.default) &&
    may.includes('default') &&
    !field.fields
  ) {
    const result = readValue({ ...field, required: false }, field.default, noLookups, `${at}/default`);
    if ('fault' in result) faults.push(result.fault);
  }
  return faults;
}

const noLookups: Lookups = { timeZone: 'UTC', user: () => undefined, group: () => undefined };

function readNumberLimit(field: FieldDefinition, value: number | string) {
  return readValue({ id: field.id, name: field.name, type: 'number' }, value, noLookups, '');
}

/** Faults that need the compiled app: expressions, references, rights. */
export function appFaults(
  app: App,
  declared: readonly AppDeclaration[],
  others: readonly App[],
  lookups: Lookups,
  place: string,
): AppError[] {
  const faults: AppError[] = [];
  for (const [index, field] of app.declaration.fields.entries()) {
    const at = `${place}/fields/${index}`;
    const compiled = app.fields[index]!;
    if (field.type === 'formula') {
      const fault = formulaFault(compiled, app.fields);
      if (fault) faults.push(fault.within(`${at}/expression`));
    }
    if (field.type === 'reference' && !hasTarget(field, declared, others)) {
      faults.push(errors.referenceTarget({ app: String(field.app), field: String(field.field) }, at));
    }
  }
  const rules = app.declaration.access ?? [];
  for (const [index, rule] of rules.entries()) {
    const at = `${place}/access/${index}`;
    if (!subjectExists(app, rule.subject, lookups)) {
      faults.push(errors.subjectUnknown({ subject: rule.subject }, `${at}/subject`));
    }
    if (rule.when) faults.push(...conditionFaults(app, rule.when, lookups, `${at}/when`));
    for (const key of ['hideFields', 'readOnlyFields'] as const) {
      for (const [n, name] of (rule[key] ?? []).entries()) {
        if (!app.fieldsByName.has(name))
          faults.push(errors.fieldUnknown({ field: name }, `${at}/${key}/${n}`));
      }
    }
  }
  return faults;
}

/** References of apps that the file does not mention to fields that it renames or removes. */
export function brokenReferences(
  replaced: readonly { before: AppDeclaration; after: AppDeclaration; index: number }[],
  others: readonly AppDeclaration[],
): AppError[] {
  return replaced.flatMap(({ before, after, index }) => {
    const gone = new Set(before.fields.map(({ name }) => name));
    for (const { name } of after.fields) gone.delete(name);
    return others.flatMap(({ id, fields }) =>
      fields
        .filter(
          ({ type, app, field }) =>
            type === 'reference' && [after.id, before.alias].includes(app) && gone.has(field!),
        )
        .map(({ name, field }) =>
          errors.referencedBy({ field: field!, app: id, by: name }, `/apps/${index}/fields`),
        ),
    );
  });
}

function hasTarget(
  field: FieldDefinition,
  declared: readonly AppDeclaration[],
  others: readonly App[],
): boolean {
  const candidates = [...declared, ...others.map(({ declaration }) => declaration)];
  const target = candidates.find(({ id, alias }) => id === field.app || alias === field.app);
  const shown = target?.fields.find(({ name }) => name === field.field);
  return shown !== undefined && !cannotBeShown.has(shown.type);
}

function subjectExists(app: App, subject: string, lookups: Lookups): boolean {
  if (subject === 'everyone') return true;
  const [kind, id] = splitSubject(subject);
  switch (kind) {
    case 'user':
      return lookups.user(id) !== undefined;
    case 'group':
      return lookups.group(id) !== undefined;
    case 'field':
      return (
        ['登録者', '更新者'].includes(id) || /^(users|groups)$/.test(app.fieldsByName.get(id)?.kind ?? '')
      );
    default:
      return true;
  }
}
