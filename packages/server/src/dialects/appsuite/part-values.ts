import {
  type App,
  type AppField,
  type FieldDefinition,
  fromText,
  lines,
  systemFields,
} from '../../modules/records/index.ts';
import type { Call } from './call.ts';
import { errors } from './errors.ts';
import type { SentFile } from './parameters.ts';

/** What the `{{part}}` parameters of a save ask for. */
export type PartValues = {
  /** By part name (or identifier); for the records module to check. */
  values: ReadonlyMap<string, unknown>;
  files: ReadonlyMap<string, readonly SentFile[]>;
  revision: number | undefined;
};

const part = /^\{\{(.+)\}\}$/s;
const systemNames: ReadonlySet<string> = new Set(systemFields.map(({ name }) => name));

/** @throws AppError for system parts, and what is no revision; unknown parts are for the records module */
export function partValues({ parameters }: Call, app: App): PartValues {
  const values = new Map<string, unknown>();
  const files = new Map<string, readonly SentFile[]>();
  for (const [parameter, given] of parameters.all) {
    const name = partName(app, parameter);
    if (name === undefined || name === 'revision') continue;
    if (systemNames.has(name)) throw errors.partReadOnly({ part: name });
    values.set(name, partValue(fieldOf(app, name), given));
  }
  for (const [parameter, sent] of parameters.files) {
    const name = partName(app, parameter);
    if (name === undefined) continue;
    if (fieldOf(app, name)?.kind !== 'files') throw errors.partUnknown({ part: name });
    files.set(name, sent);
  }
  return {
    values,
    files,
    revision: revisionOf(parameters.one('{{revision}}') ?? parameters.one('revision')),
  };
}

/** Forms write quotes and line breaks in names of multipart fields as %22, %0D and %0A. */
function partName(app: App, parameter: string): string | undefined {
  const name = part.exec(parameter)?.[1];
  if (name === undefined || fieldOf(app, name) || !/%(22|0D|0A)/.test(name)) return name;
  const plain = name.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n');
  return fieldOf(app, plain) ? plain : name;
}

function fieldOf(app: App, name: string): AppField | undefined {
  return app.useAliases ? app.fields.find(({ alias }) => alias === name) : app.fieldsByName.get(name);
}

function revisionOf(given: string | undefined): number | undefined {
  if (given === undefined || given === '') return undefined;
  if (!/^\d{1,15}$/.test(given)) throw errors.parameterWrong({ name: 'revision', allowed: '1, 2, 3 …' });
  return Number(given);
}

/** Tables come as JSON, everything else as the records module reads text (appsuite §4 d). */
function partValue(field: AppField | undefined, given: readonly string[]): unknown {
  const text = given.at(-1)!;
  if (!field) return text;
  if (field.kind === 'table') return text === '' ? null : tableRows(field, text);
  return fromText(field, given);
}

/** Rows as `[{"column": value}]`, or in the form in which the API itself writes them. */
function tableRows(field: AppField, text: string): unknown {
  const wrong = () => errors.parameterWrong({ name: `{{${field.name}}}`, allowed: '[{"…":"…"}]' });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw wrong();
  }
  const rows = (given as { list?: { item?: unknown } } | null)?.list?.item ?? given;
  if (!Array.isArray(rows)) throw wrong();
  return rows.map((row: unknown) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw wrong();
    const columns = new Map((field.fields ?? []).map((column) => [column.name, column]));
    return Object.fromEntries(
      Object.entries(row).map(([name, cell]) => [name, cellValue(columns.get(name), cell)]),
    );
  });
}

function cellValue(column: FieldDefinition | undefined, cell: unknown): unknown {
  const inner = typeof cell === 'object' && cell !== null && 'val' in cell ? cell.val : cell;
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
    const { year, month, day, users, groups } = inner as Record<string, unknown>;
    if (year !== undefined) return [year, month, day].map((n) => String(n).padStart(2, '0')).join('-');
    const members = (users ?? groups) as { item?: unknown } | undefined;
    if (members) return members.item;
  }
  if (typeof inner === 'string' && column?.type === 'multiSelect') return lines([inner]);
  return inner;
}
