import { type AppError, pointerStep } from '../../../platform/errors.ts';
import { errors } from '../errors.ts';
import { changeIds } from './change.ts';
import type { Declaration } from './declaration.ts';
import { formFaults } from './form-faults.ts';
import { isDimensionLabel, isLabel, longestName, type Name } from './labels.ts';
import { isLeaf, type TreeNode, treeFaults } from './member-tree.ts';
import { isSystemDimension, ownMember } from './model.ts';
import { periods, views } from './time.ts';

/** Members of every dimension by label, each with whether it holds values. */
export type KnownMembers = ReadonlyMap<string, ReadonlyMap<string, { leaf: boolean }>>;

/**
 * What is wrong with a declaration beyond its shape. Places are pointers into it with labels for list positions
 * (`/forms/IMPORT_ACT1/ledger`); `locate` turns them into positions in a file.
 */
export function declarationFaults(declaration: Declaration): AppError[] {
  const known = knownMembers(declaration);
  return [
    ...labelFaults(declaration),
    ...memberFaults(declaration),
    ...ledgerFaults(declaration),
    ...(declaration.forms ?? []).flatMap((form) => formFaults(declaration, form, known)),
    ...administrationFaults(declaration, known),
  ];
}

/** Labels in a pointer replaced by the positions that they have in `file`; what the file lacks ends the pointer. */
export function locate(pointer: string, file: unknown): string {
  let at: unknown = file;
  let result = '';
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) {
      const index = at.findIndex((item) => String(item?.label ?? item).toUpperCase() === key);
      if (index < 0) return result;
      result += pointerStep(index);
      at = at[index];
    } else if (at !== null && typeof at === 'object' && key in at) {
      result += pointerStep(key);
      at = (at as Record<string, unknown>)[key];
    } else {
      return result;
    }
  }
  return result;
}

/** Members by dimension, as they will be once the declaration is applied. */
export function knownMembers(declaration: Declaration): KnownMembers {
  const all = (labels: readonly string[]) => new Map(labels.map((label) => [label, { leaf: true }]));
  const tree = (nodes: readonly TreeNode[]) =>
    new Map(nodes.map((node) => [node.label, { leaf: isLeaf(node) }]));
  return new Map<string, ReadonlyMap<string, { leaf: boolean }>>([
    ['#SCENARIO', all(declaration.scenarios.map(({ label }) => label))],
    ['#FY', all(declaration.fiscalYears.slice(1))],
    ['#PERIOD', all(periods.map(({ label }) => label))],
    ['#VIEW', all(views.map(({ label }) => label))],
    ['#ACCOUNT', tree(declaration.accounts)],
    ['#CHANGE', new Map([...all(Object.keys(changeIds)), ...tree(declaration.changes ?? [])])],
    ...(declaration.dimensions ?? []).map(({ label, members = [] }) => [label, tree(members)] as const),
  ]);
}

/** The kind of thing a list's objects are, for messages. */
const kinds = {
  scenarios: 'scenario',
  accounts: 'account',
  changes: 'change member',
  dimensions: 'dimension',
  ledgers: 'ledger',
  forms: 'form',
  accessTypes: 'access type',
  participants: 'participant',
  translationTables: 'translation table',
  scripts: 'script',
  processes: 'process definition',
} as const;

function labelFaults(declaration: Declaration): AppError[] {
  const faults: AppError[] = [];
  if (!isLabel(declaration.label)) faults.push(errors.badLabel({ label: declaration.label }, '/label'));
  for (const part of Object.keys(kinds) as (keyof typeof kinds)[]) {
    const accepts = part === 'dimensions' ? isDimensionLabel : isLabel;
    faults.push(...listFaults(`/${part}`, declaration[part] ?? [], accepts));
  }
  for (const { label, members = [] } of declaration.dimensions ?? []) {
    faults.push(...listFaults(`/dimensions${pointerStep(label)}/members`, members, isLabel));
  }
  const years = declaration.fiscalYears.map((label) => ({ label }));
  faults.push(...listFaults('/fiscalYears', years, isLabel));
  return faults;
}

function listFaults(
  place: string,
  items: readonly { label: string; name?: Name }[],
  accepts: (label: string) => boolean,
): AppError[] {
  const seen = new Set<string>();
  const faults: AppError[] = [];
  for (const { label, name = {} } of items) {
    const at = `${place}${pointerStep(label)}`;
    if (!accepts(label)) faults.push(errors.badLabel({ label }, `${at}/label`));
    if (seen.has(label)) faults.push(errors.twice({ label }, at));
    seen.add(label);
    for (const [language, text] of Object.entries(name)) {
      if ([...(text ?? '')].length > longestName)
        faults.push(errors.nameTooLong({ name: text ?? '' }, `${at}/name/${language}`));
    }
  }
  return faults;
}

function memberFaults(declaration: Declaration): AppError[] {
  const inTree = (place: string, dimension: string, nodes: readonly TreeNode[]): AppError[] =>
    treeFaults(dimension, new Map(nodes.map((node) => [node.label, node]))).map(({ label, error }) =>
      error.within(`${place}${pointerStep(label)}`),
    );
  const faults = [
    ...inTree('/accounts', '#ACCOUNT', declaration.accounts),
    ...inTree('/changes', '#CHANGE', declaration.changes ?? []),
    ...(declaration.dimensions ?? []).flatMap(({ label, members = [] }) =>
      inTree(`/dimensions${pointerStep(label)}/members`, label, members),
    ),
  ];
  for (const { label, type, side, values = [] } of declaration.accounts) {
    const place = `/accounts${pointerStep(label)}`;
    if ((type === 'flow' || type === 'balance') && side === undefined)
      faults.push(errors.sideMissing({ label }, place));
    if (type === 'enumeration' && values.length === 0)
      faults.push(errors.wrongValue({ field: 'values', value: '' }, place));
  }
  const scenarios = new Set(declaration.scenarios.map(({ label }) => label));
  for (const { label, previous } of declaration.scenarios) {
    if (previous !== undefined && !scenarios.has(previous))
      faults.push(errors.unknownScenario({ label: previous }, `/scenarios${pointerStep(label)}/previous`));
  }
  return faults;
}

function ledgerFaults(declaration: Declaration): AppError[] {
  const known = new Set((declaration.dimensions ?? []).map(({ label }) => label));
  return (declaration.ledgers ?? []).flatMap(({ label, dimensions }) => {
    const place = `/ledgers${pointerStep(label)}/dimensions`;
    const repeated = dimensions.filter((name, index) => dimensions.indexOf(name) !== index);
    return [
      ...dimensions
        .filter((name) => !known.has(name) && !isSystemDimension(name))
        .map((name) => errors.unknownDimension({ label: name }, `${place}${pointerStep(name)}`)),
      ...repeated.map((name) => errors.twice({ label: name }, place)),
    ];
  });
}

function administrationFaults(declaration: Declaration, known: KnownMembers): AppError[] {
  const faults: AppError[] = [];
  const refer = (kind: string, names: Iterable<string>, label: string | undefined, place: string) => {
    if (label !== undefined && ![...names].includes(label))
      faults.push(errors.unknownReference({ kind, label }, place));
  };
  const labelsOf = (items: readonly { label: string }[] = []) => items.map(({ label }) => label);
  const scenarios = labelsOf(declaration.scenarios);
  (declaration.openPeriods ?? []).forEach(({ scenario, from }, index) => {
    const [year = '', period = ''] = from.split('/');
    refer('scenario', scenarios, scenario, `/openPeriods/${index}/scenario`);
    refer('fiscal year', declaration.fiscalYears.slice(1), year, `/openPeriods/${index}/from`);
    refer('period', known.get('#PERIOD')!.keys(), period, `/openPeriods/${index}/from`);
  });
  for (const { label, ...areas } of declaration.accessTypes ?? []) {
    for (const area of ['read', 'write'] as const) {
      for (const [dimension, members] of Object.entries(areas[area] ?? {})) {
        const place = `/accessTypes${pointerStep(label)}/${area}${pointerStep(dimension)}`;
        refer('dimension', known.keys(), dimension, place);
        for (const member of members) {
          if (member !== ownMember) refer('member', known.get(dimension)?.keys() ?? [], member, place);
        }
      }
    }
  }
  for (const { label, accessType, keys = {} } of declaration.participants ?? []) {
    const place = `/participants${pointerStep(label)}`;
    refer('access type', labelsOf(declaration.accessTypes), accessType, `${place}/accessType`);
    for (const [dimension, member] of Object.entries(keys)) {
      refer('dimension', known.keys(), dimension, `${place}/keys${pointerStep(dimension)}`);
      refer('member', known.get(dimension)?.keys() ?? [], member, `${place}/keys${pointerStep(dimension)}`);
    }
  }
  for (const { label, participants = {} } of declaration.translationTables ?? []) {
    for (const participant of Object.keys(participants)) {
      const place = `/translationTables${pointerStep(label)}/participants${pointerStep(participant)}`;
      refer('participant', labelsOf(declaration.participants), participant, place);
    }
  }
  for (const { label, calculate } of declaration.scripts ?? []) {
    for (const form of calculate)
      refer('form', labelsOf(declaration.forms), form, `/scripts${pointerStep(label)}/calculate`);
  }
  for (const { label, scenario } of declaration.processes ?? []) {
    refer('scenario', scenarios, scenario, `/processes${pointerStep(label)}/scenario`);
  }
  return faults;
}
