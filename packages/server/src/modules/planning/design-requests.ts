import { gunzipSync, gzipSync } from 'node:zlib';
import { Compile } from 'typebox/compile';
import type { Caller } from '../../platform/caller.ts';
import { type Database, sql, type Transaction } from '../../platform/database/database.ts';
import { collectErrors } from '../../platform/errors.ts';
import { requireDesigner } from './access.ts';
import { errors } from './errors.ts';
import {
  type CommandRow,
  detailRow,
  headerRow,
  nameFields,
  readCommandRows,
  requiredField,
} from './rules/command-rows.ts';
import {
  type Declaration,
  describeDifferences,
  foldDeclaration,
  same,
  tidyDeclaration,
} from './rules/declaration.ts';
import { declarationFaults, knownMembers } from './rules/declaration-faults.ts';
import { exportDimensionRows, importDimensionRows } from './rules/dimension-rows.ts';
import { foldLabel } from './rules/labels.ts';
import { type Application, dimensionOf } from './rules/model.ts';
import { type Applications, readApplication } from './store/application.ts';
import { saveDeclaration } from './store/declaration.ts';
import { exportDeclaration } from './store/export-declaration.ts';
import { type ApplicationEntry, PlanningSchema } from './workspace-schema.ts';

type Deps = { database: Database; applications: Applications };
type Change = (present: Declaration, application: Application, tx: Transaction) => Declaration;

/** Changes an application's declaration as a whole: what it becomes is checked like a workspace file, then saved. */
async function changeDeclaration({ database }: Deps, label: string, change: Change): Promise<string[]> {
  return database.transaction(async (tx) => {
    const head = await tx.row<{ id: number }>(
      sql`SELECT id FROM planning.applications WHERE label = ${foldLabel(label)} FOR UPDATE`,
    );
    if (!head) throw errors.unknownApplication({ label: foldLabel(label) });
    const application = await readApplication(tx, head.id);
    const before = await exportDeclaration(tx, application);
    const after = tidyDeclaration(change(before, application, tx));
    const fault = collectErrors(declarationFaults(after));
    if (fault) throw fault;
    const differences = describeDifferences(before, after);
    if (!same(before, after)) await saveDeclaration(tx, after);
    return differences;
  });
}

function knownDimension(application: Application, label: string) {
  const dimension = application.dimensions.get(foldLabel(label));
  if (!dimension) throw errors.unknownDimension({ label: foldLabel(label) });
  return dimension;
}

/** EXPORT_DIMENSION (fusion_place §3.3). */
export async function exportDimension(
  { database, applications }: Deps,
  application: string,
  dimension: string,
): Promise<string> {
  return exportDimensionRows(knownDimension(await applications.load(database, application), dimension));
}

/** IMPORT_DIMENSION (fusion_place §3.3): all rows or none. */
export async function importDimension(
  deps: Deps,
  caller: Caller,
  application: string,
  dimension: string,
  text: string,
): Promise<void> {
  requireDesigner(caller);
  await changeDeclaration(deps, application, (present, loaded) => {
    const { label } = knownDimension(loaded, dimension);
    if (label === '#ACCOUNT')
      return { ...present, accounts: importDimensionRows(label, present.accounts, text) };
    if (label === '#CHANGE')
      return { ...present, changes: importDimensionRows(label, present.changes ?? [], text) };
    if (label.startsWith('#')) throw errors.generatedDimension({ label });
    const dimensions = (present.dimensions ?? []).map((entry) =>
      entry.label === label
        ? { ...entry, members: importDimensionRows(label, entry.members ?? [], text) }
        : entry,
    );
    return { ...present, dimensions };
  });
}

const participantColumns = ['LABEL', 'NAME:ja', 'NAME:en', 'ACCESS_PERMISSION_TYPE'];

/** IMPORT_PARTICIPANTS (fusion_place §3.4): all rows or none. */
export async function importParticipants(
  deps: Deps,
  caller: Caller,
  application: string,
  text: string,
): Promise<void> {
  requireDesigner(caller);
  const rows = readCommandRows(text, {
    commands: ['ADD_OR_UPDATE_PARTICIPANT', 'DELETE_PARTICIPANT'],
    isColumn: (name) => participantColumns.includes(name) || /^K:./.test(name),
  });
  await changeDeclaration(deps, application, (present) => {
    const participants = new Map((present.participants ?? []).map((entry) => [entry.label, entry]));
    for (const row of rows) {
      const label = foldLabel(requiredField(row, 'LABEL'));
      const known = participants.get(label);
      if (row.command === 'DELETE_PARTICIPANT') {
        if (!participants.delete(label))
          throw errors.rowUnknown({ line: row.line, field: 'LABEL', value: label });
        continue;
      }
      const { accessType: before, keys: heldKeys, ...rest } = known ?? { label, users: [] };
      const keys = keysOf(row, heldKeys ?? {}, present);
      const accessType =
        accessTypeOf(row, present) ?? (row.fields.has('ACCESS_PERMISSION_TYPE') ? undefined : before);
      participants.set(label, {
        ...rest,
        name: nameFields(row, rest.name ?? {}),
        ...(accessType && { accessType }),
        ...(Object.keys(keys).length > 0 && { keys }),
      });
    }
    return { ...present, participants: [...participants.values()] };
  });
}

function accessTypeOf({ line, fields }: CommandRow, { accessTypes = [] }: Declaration): string | undefined {
  const field = 'ACCESS_PERMISSION_TYPE';
  const value = foldLabel(fields.get(field) ?? '');
  if (value === '') return undefined;
  if (!accessTypes.some(({ label }) => label === value)) throw errors.rowUnknown({ line, field, value });
  return value;
}

/** Responsibility keys, columns `K:<dimension>`; an empty one takes the key away. */
function keysOf(
  { line, fields }: CommandRow,
  held: Readonly<Record<string, string>>,
  present: Declaration,
): Record<string, string> {
  const keys = { ...held };
  const known = knownMembers(present);
  for (const [field, value] of fields) {
    if (!field.startsWith('K:')) continue;
    const dimension = foldLabel(field.slice(2));
    const member = foldLabel(value);
    const members = known.get(dimension);
    if (!members) throw errors.rowColumn({ line, field });
    if (member === '') delete keys[dimension];
    else if (members.has(member)) keys[dimension] = member;
    else throw errors.rowUnknown({ line, field, value });
  }
  return keys;
}

/** EXPORT_PARTICIPANTS (fusion_place §3.4). */
export async function exportParticipants(
  { database, applications }: Deps,
  application: string,
): Promise<string> {
  const { participants = [] } = await exportDeclaration(
    database,
    await applications.load(database, application),
  );
  const command = 'ADD_OR_UPDATE_PARTICIPANT';
  const keyed = [...new Set(participants.flatMap(({ keys = {} }) => Object.keys(keys)))].sort();
  return [
    headerRow(command, [...participantColumns, ...keyed.map((dimension) => `K:${dimension}`)]),
    ...participants.map(({ label, name = {}, accessType = '', keys = {} }) => {
      const own = keyed.map((dimension) => keys[dimension] ?? '');
      return detailRow(command, [label, name.ja ?? '', name.en ?? '', accessType, ...own]);
    }),
  ].join('');
}

/** IMPORT_TRANSLATION_TABLE (fusion_place §3.7): all rows or none; the rows' order is the rules'. */
export async function importTranslationTable(
  deps: Deps,
  caller: Caller,
  application: string,
  table: string,
  text: string,
): Promise<void> {
  requireDesigner(caller);
  const label = foldLabel(table);
  const rows = readCommandRows(text, {
    commands: ['ADD-TRANSLATION-RULE'],
    bare: ['CLEAR-TRANSLATION-TABLE'],
    isColumn: (name) => ['CODE_TO_TRANSLATE', 'TRANSLATED_CODE'].includes(name),
  });
  await changeDeclaration(deps, application, (present) => {
    const tables = present.translationTables ?? [];
    if (!tables.some((entry) => entry.label === label)) throw errors.unknownTranslationTable({ label });
    let rules = tables.find((entry) => entry.label === label)?.rules ?? [];
    for (const row of rows) {
      if (row.command === 'CLEAR-TRANSLATION-TABLE') {
        rules = [];
        continue;
      }
      const from = requiredField(row, 'CODE_TO_TRANSLATE');
      const to = row.fields.get('TRANSLATED_CODE') ?? '';
      rules = [...rules, { from, to }];
    }
    const translationTables = tables.map((entry) => (entry.label === label ? { ...entry, rules } : entry));
    return { ...present, translationTables };
  });
}

/** Largest template, unpacked, in bytes. */
const largestTemplate = 256 * 1024 * 1024;

/** EXPORT_APPLICATION_TEMPLATE: the design objects, gzip in hexadecimal. */
export async function exportTemplate(
  { database, applications }: Deps,
  caller: Caller,
  application: string,
): Promise<string> {
  requireDesigner(caller);
  const declaration = await exportDeclaration(database, await applications.load(database, application));
  const { participants: _, openPeriods: __, translationTables = [], ...rest } = declaration;
  const design = {
    ...rest,
    translationTables: translationTables.map(({ participants: ___, ...table }) => table),
  };
  return gzipSync(JSON.stringify(design)).toString('hex');
}

const validateTemplate = Compile(PlanningSchema);

/**
 * IMPORT_APPLICATION_TEMPLATE: replaces the design objects. Returns what was lost: objects that the template does
 * not have, with the values that hung on them. Administration objects (fiscal years, user-defined members,
 * participants, open periods) stay.
 */
export async function importTemplate(
  deps: Deps,
  caller: Caller,
  application: string,
  text: string,
): Promise<string[]> {
  requireDesigner(caller);
  const template = readTemplate(text);
  const differences = await changeDeclaration(deps, application, (present, loaded) => {
    const userDefined = (label: string) =>
      dimensionOf(loaded, label)
        .members.filter(({ kind }) => kind === 'UDEF')
        .map((member) => member.label);
    const dimensions = (template.dimensions ?? []).map((dimension) => {
      const known = (present.dimensions ?? []).find(({ label }) => label === dimension.label);
      if (!known) return dimension;
      const kept = new Set(userDefined(dimension.label));
      const named = new Set((dimension.members ?? []).map(({ label }) => label));
      const extra = (known.members ?? []).filter(({ label }) => kept.has(label) && !named.has(label));
      return { ...dimension, members: [...(dimension.members ?? []), ...extra] };
    });
    const parts = new Map(
      (present.translationTables ?? []).map((table) => [table.label, table.participants]),
    );
    const translationTables = template.translationTables?.map((table) => {
      const held = parts.get(table.label);
      return held ? { ...table, participants: held } : table;
    });
    const { label, type, fiscalYears, participants = [], openPeriods } = present;
    return {
      ...template,
      ...(translationTables && { translationTables }),
      label,
      type,
      fiscalYears,
      participants,
      dimensions,
      ...(openPeriods && { openPeriods }),
    };
  });
  return differences.filter((line) => line.endsWith(' removed'));
}

function readTemplate(text: string): ApplicationEntry {
  const digits = text.replace(/\s+/g, '');
  if (!/^(?:[0-9a-f]{2})+$/i.test(digits)) throw errors.notTemplate();
  let template: unknown;
  try {
    const bytes = gunzipSync(Buffer.from(digits, 'hex'), { maxOutputLength: largestTemplate });
    template = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw errors.notTemplate();
  }
  const entries = [template];
  if (!validateTemplate.Check(entries)) throw errors.notTemplate();
  return foldDeclaration(entries[0]!);
}
