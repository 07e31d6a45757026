import { type Queryable, sql } from '../../../platform/database/database.ts';
import type { Declaration } from '../rules/declaration.ts';
import type { Name } from '../rules/labels.ts';
import {
  type Application,
  type Dimension,
  dimensionOf,
  isSystemDimension,
  type Member,
} from '../rules/model.ts';
import type { AccountEntry, MemberEntry } from '../workspace-schema.ts';

/** An application as its declaration: what `saveDeclaration` would make the same application of. */
export async function exportDeclaration(db: Queryable, application: Application): Promise<Declaration> {
  const { id, label, name, type, design } = application;
  const { fiscalYears, fiscalYearStart, forms, accessTypes, scripts, processes, openPeriods } = design;
  const custom = [...application.dimensions.values()].filter(
    (dimension) => !isSystemDimension(dimension.label),
  );
  const changes = dimensionOf(application, '#CHANGE');
  const details = changes.members.filter(({ kind }) => kind !== 'RESERVED');
  return {
    label,
    name,
    type,
    fiscalYearStart,
    fiscalYears,
    scenarios: dimensionOf(application, '#SCENARIO').members.map((scenario) => ({
      label: scenario.label,
      name: scenario.name,
      ...(scenario.properties['#PREVIOUS'] && { previous: scenario.properties['#PREVIOUS'] }),
    })),
    accounts: treeEntries(dimensionOf(application, '#ACCOUNT')).map(accountEntry),
    changes: treeEntries({ ...changes, members: details }).map(({ root: _, ...entry }) => entry),
    dimensions: custom.map((dimension) => ({
      label: dimension.label,
      name: dimension.name,
      members: treeEntries(dimension),
    })),
    ledgers: [...application.ledgers.values()].map((ledger) => ({
      label: ledger.label,
      name: ledger.name,
      dimensions: ledger.dimensions.map((dimension) => dimension.label),
    })),
    editions: await editionKeys(db, id),
    forms,
    ...(openPeriods && { openPeriods }),
    accessTypes,
    participants: await readParticipants(db, id),
    translationTables: await readTranslationTables(db, id),
    scripts,
    processes,
  };
}

function treeEntries(dimension: Pick<Dimension, 'members' | 'byId'>): MemberEntry[] {
  const placed = new Set(dimension.members.flatMap(({ children }) => children));
  return dimension.members.map((member) => memberEntry(dimension, member, placed.has(member.id)));
}

function memberEntry({ byId }: Pick<Dimension, 'byId'>, member: Member, placed: boolean): MemberEntry {
  const { label, name, children, aggregate, active, root, kind, properties } = member;
  return {
    label,
    name,
    ...(children.length > 0 && { children: children.map((child) => byId.get(child)!.label) }),
    ...(aggregate && { leaf: false }),
    ...(!active && { active }),
    ...(root === placed && { root }),
    ...(kind === 'UDEF' && { kind }),
    ...(Object.keys(properties).length > 0 && { properties }),
  };
}

function accountEntry({ properties = {}, ...entry }: MemberEntry): AccountEntry {
  const { '#DATA_TYPE': type = 'NONE', '#DR_CR': side, '#VALUES': values, ...rest } = properties;
  return {
    ...entry,
    type: type.toLowerCase() as NonNullable<AccountEntry['type']>,
    ...(side && { side: side as 'DR' | 'CR' }),
    ...(values && { values: values.split('\n') }),
    ...(Object.keys(rest).length > 0 && { properties: rest }),
  };
}

async function editionKeys(db: Queryable, application: number): Promise<string[]> {
  const rows = await db.rows<{ key: string }>(sql`
    SELECT key FROM planning.editions e
    WHERE application = ${application} AND state = 'open' AND key NOT IN ('PUBLIC', 'WORKSPACE')
      AND id NOT IN (SELECT edition FROM planning.processes WHERE application = ${application})
    ORDER BY id`);
  return rows.map(({ key }) => key);
}

export type ParticipantRow = {
  label: string;
  name: Name;
  accessType?: string;
  keys?: Record<string, string>;
  users: string[];
};

async function readParticipants(db: Queryable, application: number): Promise<ParticipantRow[]> {
  const rows = await db.rows<{
    label: string;
    name: Name;
    access_type: string | null;
    keys: Record<string, string>;
    users: string[];
  }>(sql`
    SELECT p.label, p.name, p.access_type, p.keys,
           coalesce(array_agg(a.login ORDER BY a.position) FILTER (WHERE a.login IS NOT NULL), '{}') AS users
    FROM planning.participants p
    LEFT JOIN planning.authorities a ON a.application = p.application AND a.participant = p.label
    WHERE p.application = ${application}
    GROUP BY p.application, p.label, p.position, p.name, p.access_type, p.keys ORDER BY p.position`);
  return rows.map(({ access_type, keys, ...row }) => ({
    ...row,
    ...(access_type && { accessType: access_type }),
    ...(Object.keys(keys).length > 0 && { keys }),
  }));
}

type Rule = { from: string; to: string };

async function readTranslationTables(db: Queryable, application: number) {
  const rows = await db.rows<{ label: string; name: Name; rules: Rule[] | null }>(sql`
    SELECT t.label, t.name,
           json_agg(json_build_object('from', r.source, 'to', r.target) ORDER BY r.position)
             FILTER (WHERE r.source IS NOT NULL) AS rules
    FROM planning.translation_tables t LEFT JOIN planning.translation_rules r ON r.translation_table = t.id
    WHERE t.application = ${application} GROUP BY t.id ORDER BY t.id`);
  const parts = await db.rows<{ label: string; participant: string; rules: Rule[] }>(sql`
    SELECT t.label, r.participant,
           json_agg(json_build_object('from', r.source, 'to', r.target) ORDER BY r.position) AS rules
    FROM planning.translation_tables t JOIN planning.translation_parts r ON r.translation_table = t.id
    WHERE t.application = ${application} GROUP BY t.id, r.participant ORDER BY t.id, r.participant`);
  return rows.map(({ rules, ...row }) => {
    const own = parts.filter(({ label }) => label === row.label);
    const participants = Object.fromEntries(own.map((part) => [part.participant, part.rules]));
    return { ...row, rules: rules ?? [], ...(own.length > 0 && { participants }) };
  });
}
