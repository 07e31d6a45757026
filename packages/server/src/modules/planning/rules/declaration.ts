import type {
  AccountEntry,
  ApplicationEntry,
  FormEntry,
  MemberEntry,
  ScenarioEntry,
} from '../workspace-schema.ts';
import { foldLabel } from './labels.ts';
import { isSystemDimension } from './model.ts';

/** Editions that every application has (fusion_place §4.6). */
export const reservedEditions: readonly string[] = ['PUBLIC', 'WORKSPACE'];

/**
 * An application's declaration as data: what the workspace file, a template and the database have in common. Here
 * a declaration is brought into its one form (labels folded) and laid over another.
 */
export type Declaration = ApplicationEntry;

/** The parts of a declaration that are lists of labelled objects. */
const labelled = [
  'scenarios',
  'accounts',
  'changes',
  'dimensions',
  'ledgers',
  'forms',
  'accessTypes',
  'participants',
  'translationTables',
  'scripts',
  'processes',
] as const;
export type LabelledPart = (typeof labelled)[number];

/** Folds every label, wherever one can be given (fusion_place §3). */
export function foldDeclaration(entry: ApplicationEntry): Declaration {
  const list = <T, R>(items: readonly T[] | undefined, fold: (item: T) => R) => items?.map(fold);
  const labels = (items: readonly string[] | undefined) => list(items, foldLabel);
  const byDimension = <T, R>(record: Record<string, T> | undefined, fold: (value: T) => R) =>
    record && Object.fromEntries(Object.entries(record).map(([key, value]) => [foldLabel(key), fold(value)]));
  const member = (item: MemberEntry) => ({
    ...item,
    label: foldLabel(item.label),
    children: labels(item.children),
  });
  return withoutAbsent({
    ...entry,
    label: foldLabel(entry.label),
    fiscalYears: entry.fiscalYears.map(foldLabel),
    scenarios: entry.scenarios.map(
      (item): ScenarioEntry => ({
        ...item,
        label: foldLabel(item.label),
        previous: item.previous && foldLabel(item.previous),
      }),
    ),
    accounts: entry.accounts.map((item): AccountEntry => ({ ...item, ...member(item) })),
    changes: list(entry.changes, member),
    dimensions: list(entry.dimensions, (item) => ({
      ...item,
      label: foldLabel(item.label),
      members: list(item.members, member),
    })),
    ledgers: list(entry.ledgers, (item) => ({
      ...item,
      label: foldLabel(item.label),
      dimensions: item.dimensions.map(foldLabel),
    })),
    editions: labels(entry.editions),
    forms: list(
      entry.forms,
      (item): FormEntry => ({
        ...item,
        label: foldLabel(item.label),
        ledger: foldLabel(item.ledger),
        parameters: labels(item.parameters),
        fixed: byDimension(item.fixed, foldLabel),
        import: item.import && {
          ...item.import,
          fields: item.import.fields.map((field) =>
            typeof field === 'string'
              ? foldLabel(field)
              : { field: foldLabel(field.field), translate: field.translate && foldLabel(field.translate) },
          ),
          values: list(item.import.values, (value) => ({
            label: foldLabel(value.label),
            fixed: byDimension(value.fixed, foldLabel)!,
          })),
        },
        export: item.export && {
          ...item.export,
          rows: item.export.rows.map((row) =>
            typeof row === 'string'
              ? foldLabel(row)
              : { dimension: foldLabel(row.dimension), members: row.members.map(foldLabel) },
          ),
        },
        calculate: list(item.calculate, (step) => ({ ...step, account: foldLabel(step.account) })),
      }),
    ),
    openPeriods: list(entry.openPeriods, (item) => ({
      ...item,
      scenario: foldLabel(item.scenario),
      from: foldLabel(item.from),
    })),
    accessTypes: list(entry.accessTypes, (item) => ({
      ...item,
      label: foldLabel(item.label),
      read: byDimension(item.read, (members) => members.map(foldLabel)),
      write: byDimension(item.write, (members) => members.map(foldLabel)),
    })),
    participants: list(entry.participants, (item) => ({
      ...item,
      label: foldLabel(item.label),
      accessType: item.accessType && foldLabel(item.accessType),
      keys: byDimension(item.keys, foldLabel),
    })),
    translationTables: list(entry.translationTables, (item) => ({
      ...item,
      label: foldLabel(item.label),
      participants: byDimension(item.participants, (rules) => rules),
    })),
    scripts: list(entry.scripts, (item) => ({
      ...item,
      label: foldLabel(item.label),
      calculate: item.calculate.map(foldLabel),
    })),
    processes: list(entry.processes, (item) => ({
      ...item,
      label: foldLabel(item.label),
      scenario: foldLabel(item.scenario),
    })),
  });
}

/** Leaves out what is the default anyway, so that two ways to say the same are equal. */
export function tidyDeclaration(declaration: Declaration): Declaration {
  const list = <T extends MemberEntry>(members: readonly T[] | undefined) => members && tidyMembers(members);
  return withoutAbsent({
    ...declaration,
    accounts: tidyMembers(declaration.accounts),
    changes: list(declaration.changes),
    dimensions: declaration.dimensions?.map((dimension) => ({
      ...dimension,
      members: list(dimension.members),
    })),
    ledgers: declaration.ledgers?.map((ledger) => ({
      ...ledger,
      dimensions: ledger.dimensions.filter((label) => !isSystemDimension(label)),
    })),
    editions: declaration.editions?.filter((key) => !reservedEditions.includes(key)),
  });
}

function tidyMembers<T extends MemberEntry>(members: readonly T[]): T[] {
  const placed = new Set(members.flatMap(({ children = [] }) => children));
  return members.map(({ leaf, active, root, kind, children = [], properties = {}, ...member }) => ({
    ...(member as unknown as T),
    ...(children.length > 0 && { children }),
    ...((leaf === false ? children.length === 0 : leaf && children.length > 0) && { leaf }),
    ...(active === false && { active }),
    ...(root !== undefined && root === placed.has(member.label) && { root }),
    ...(kind === 'UDEF' && { kind }),
    ...(Object.keys(properties).length > 0 && { properties }),
  }));
}

/** Drops keys without a value, so that two declarations that say the same are equal as JSON. */
function withoutAbsent<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

type Labelled = { label: string };

/**
 * `wanted` laid over `present`: objects are matched by label, what `wanted` does not mention stays as it is (or goes,
 * when `prune`), a key that an object has replaces the present one.
 */
export function mergeDeclarations(present: Declaration, wanted: Declaration, prune: boolean): Declaration {
  const merged: Record<string, unknown> = { ...present, ...wanted };
  for (const part of labelled) {
    const before = (present[part] ?? []) as Labelled[];
    const after = wanted[part] as Labelled[] | undefined;
    if (after === undefined) {
      merged[part] = before;
      continue;
    }
    merged[part] = mergeLists(before, after, prune, (a, b) =>
      part === 'dimensions' ? mergeDimension(a as MemberList, b as MemberList, prune) : { ...a, ...b },
    );
  }
  const keepsYears = !prune && present.fiscalYears.some((year) => !wanted.fiscalYears.includes(year));
  if (keepsYears) merged.fiscalYears = unite(present.fiscalYears, wanted.fiscalYears);
  const editions = unite(present.editions ?? [], wanted.editions ?? []);
  merged.editions = prune && wanted.editions ? wanted.editions : editions;
  return withoutAbsent(merged) as Declaration;
}

type MemberList = Labelled & { members?: Labelled[] };

function mergeDimension(present: MemberList, wanted: MemberList, prune: boolean): MemberList {
  const members = wanted.members
    ? mergeLists(present.members ?? [], wanted.members, prune, (a, b) => ({ ...a, ...b }))
    : present.members;
  return { ...present, ...wanted, ...(members && { members }) };
}

/** Keeps the order of `wanted` where that says everything, else what is new goes to the end. */
function mergeLists<T extends Labelled>(
  present: readonly T[],
  wanted: readonly T[],
  prune: boolean,
  merge: (present: T, wanted: T) => T,
): T[] {
  const before = new Map(present.map((item) => [item.label, item]));
  const named = new Set(wanted.map(({ label }) => label));
  const result = wanted.map((item) => {
    const known = before.get(item.label);
    return known ? merge(known, item) : item;
  });
  return prune ? result : [...result, ...present.filter(({ label }) => !named.has(label))];
}

function unite(present: readonly string[], wanted: readonly string[]): string[] {
  return [...new Set([...wanted, ...present])];
}

/** What differs, one line per labelled object or key; never empty when anything does. */
export function describeDifferences(before: Declaration, after: Declaration): string[] {
  const lines: string[] = [];
  for (const key of Object.keys({ ...before, ...after }) as (keyof Declaration)[]) {
    if (!(labelled as readonly string[]).includes(key)) {
      if (!same(before[key], after[key])) lines.push(`${key} changed`);
      continue;
    }
    const old = new Map(((before[key] ?? []) as Labelled[]).map((item) => [item.label, item]));
    const now = new Map(((after[key] ?? []) as Labelled[]).map((item) => [item.label, item]));
    for (const [label, item] of now) {
      const known = old.get(label);
      if (!known) lines.push(`${key}: ${label} added`);
      else if (!same(known, item)) lines.push(`${key}: ${label} changed`);
    }
    for (const label of old.keys()) if (!now.has(label)) lines.push(`${key}: ${label} removed`);
    if (same([...old.keys()].sort(), [...now.keys()].sort()) && !same([...old.keys()], [...now.keys()])) {
      lines.push(`${key}: order changed`);
    }
  }
  return lines;
}

/** Equal whatever the order of the keys. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value ?? null, (_, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
