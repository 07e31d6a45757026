import { errors } from '../errors.ts';
import type { AccountEntry, MemberEntry } from '../workspace-schema.ts';
import { changeIds } from './change.ts';
import {
  booleanField,
  type CommandRow,
  detailRow,
  headerRow,
  nameFields,
  readCommandRows,
  requiredField,
} from './command-rows.ts';
import { foldLabel } from './labels.ts';
import type { Dimension, Member } from './model.ts';

const addOrUpdate = 'ADD_OR_UPDATE_MEMBER';
const grammar = {
  commands: [addOrUpdate, 'UPDATE_MEMBER'],
  isColumn: (name: string) =>
    ['LABEL', 'REMOVE_CHILDREN', 'NAME:ja', 'NAME:en', 'PARENT', 'IS_ROOT'].includes(name) ||
    /^P:./.test(name),
};
const builtIn = ['#MEMBER_TYPE', '#LEAF', '#ACTIVE'];
const ofAccounts = ['#DATA_TYPE', '#DR_CR', '#VALUES'];

/** A dimension's members and trees as rows that import unchanged (fusion_place §3.3): a row for each placement. */
export function exportDimensionRows({ members, byId }: Dimension): string {
  const own = [...new Set(members.flatMap(({ properties }) => Object.keys(properties)))].sort();
  const columns = [
    'LABEL',
    'REMOVE_CHILDREN',
    'NAME:en',
    'NAME:ja',
    ...[...builtIn, ...own].map((name) => `P:${name}`),
  ];
  const lines = [headerRow(addOrUpdate, [...columns, 'PARENT', 'IS_ROOT'])];
  const shown = new Set<number>();
  const flag = (value: boolean) => (value ? 'TRUE' : 'FALSE');

  function show(member: Member, parent: string, root: boolean): void {
    const { name, kind, leaf, active, properties, children } = member;
    const first = !shown.has(member.id);
    shown.add(member.id);
    const fixed = [kind, flag(leaf), flag(active)];
    const values = [member.label, flag(first && children.length > 0), name.en ?? '', name.ja ?? '', ...fixed];
    const others = own.map((property) => properties[property] ?? '');
    lines.push(detailRow(addOrUpdate, [...values, ...others, parent, flag(root)]));
    if (!first) return;
    for (const child of children) show(byId.get(child)!, member.label, false);
  }

  for (const member of members) if (member.root) show(member, '', true);
  // members in no tree, or in one whose top is in none
  const placed = new Set(members.flatMap(({ children }) => children));
  for (const member of members) if (!shown.has(member.id) && !placed.has(member.id)) show(member, '', false);
  return lines.join('');
}

type Entry = MemberEntry & Pick<AccountEntry, 'type' | 'side' | 'values'>;

/**
 * The members that a dimension has after the rows are processed in order. Trees are judged afterwards, as a whole.
 * @throws planning.row… for what is wrong with a row
 */
export function importDimensionRows(dimension: string, present: readonly Entry[], text: string): Entry[] {
  const entries = new Map(present.map((entry) => [entry.label, { ...entry }]));
  const isAccount = dimension === '#ACCOUNT';
  const orphans = new Set<string>();
  for (const row of readCommandRows(text, grammar)) {
    const label = foldLabel(requiredField(row, 'LABEL'));
    // reserved members are there anyway, and no others begin so (§4.2)
    if (dimension === '#CHANGE' && Object.hasOwn(changeIds, label)) continue;
    if (label.startsWith('#')) throw errors.rowValue({ line: row.line, field: 'LABEL', value: label });
    let entry = entries.get(label);
    if (!entry) {
      if (row.command !== addOrUpdate)
        throw errors.rowUnknown({ line: row.line, field: 'LABEL', value: label });
      entry = { label };
      entries.set(label, entry);
    }
    entry.name = nameFields(row, entry.name ?? {});
    if (booleanField(row, 'REMOVE_CHILDREN')) {
      for (const child of entry.children ?? []) orphans.add(child);
      entry.children = [];
    }
    setProperties(row, entry, isAccount);
    place(row, entry, entries, dimension);
  }
  const placed = new Set([...entries.values()].flatMap(({ children = [] }) => children));
  for (const label of orphans) {
    const entry = entries.get(label);
    if (entry && !placed.has(label) && entry.root === undefined) entry.root = false;
  }
  return [...entries.values()];
}

function place(row: CommandRow, entry: Entry, entries: ReadonlyMap<string, Entry>, dimension: string): void {
  const parent = foldLabel(row.fields.get('PARENT') ?? '');
  const root = booleanField(row, 'IS_ROOT');
  if (root !== undefined && (root || parent === '')) entry.root = root;
  if (parent === '' || (dimension === '#CHANGE' && parent === '#CHG')) {
    if (parent !== '') delete entry.root;
    return;
  }
  const above = entries.get(parent);
  if (!above) throw errors.rowUnknown({ line: row.line, field: 'PARENT', value: parent });
  if (above.children?.includes(entry.label)) return;
  above.children = [...(above.children ?? []), entry.label];
  // below somebody, so no longer outside all trees
  if (entry.root === false) delete entry.root;
}

function setProperties(row: CommandRow, entry: Entry, isAccount: boolean): void {
  for (const [column, value] of row.fields) {
    if (!column.startsWith('P:')) continue;
    const name = column.slice(2);
    const wrong = () => errors.rowValue({ line: row.line, field: column, value });
    if (name === '#LEAF') {
      const leaf = booleanField(row, column);
      if (leaf !== undefined) entry.leaf = leaf;
    } else if (name === '#ACTIVE') {
      const active = booleanField(row, column);
      if (active !== undefined) entry.active = active;
    } else if (name === '#MEMBER_TYPE') {
      const kind = value.toUpperCase();
      if (!['', 'TEMPLATE', 'UDEF'].includes(kind)) throw wrong();
      if (kind !== '') entry.kind = kind as 'TEMPLATE' | 'UDEF';
    } else if (isAccount && ofAccounts.includes(name)) {
      setAccountProperty(entry, name, value, wrong);
    } else if (name.startsWith('#')) {
      throw errors.rowColumn({ line: row.line, field: column });
    } else {
      const { [name]: _, ...others } = entry.properties ?? {};
      entry.properties = value === '' ? others : { ...others, [name]: value };
    }
  }
}

function setAccountProperty(entry: Entry, name: string, value: string, wrong: () => Error): void {
  if (name === '#VALUES') {
    if (value === '') delete entry.values;
    else entry.values = value.split('\n');
    return;
  }
  const word = value.toUpperCase();
  if (name === '#DR_CR') {
    if (!['', 'DR', 'CR'].includes(word)) throw wrong();
    if (word === '') delete entry.side;
    else entry.side = word as 'DR' | 'CR';
    return;
  }
  if (!['NONE', 'FLOW', 'BALANCE', 'STRING', 'BOOLEAN', 'ENUMERATION'].includes(word)) throw wrong();
  entry.type = word.toLowerCase() as NonNullable<AccountEntry['type']>;
}
