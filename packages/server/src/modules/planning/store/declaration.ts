import { type Queryable, sql } from '../../../platform/database/database.ts';
import { errors } from '../errors.ts';
import { changeIds, firstDetail } from '../rules/change.ts';
import { type Declaration, reservedEditions } from '../rules/declaration.ts';
import type { Design } from '../rules/model.ts';
import { isSystemDimension } from '../rules/model.ts';
import { parentPeriod, periods, views } from '../rules/time.ts';
import type { AccountEntry, MemberEntry } from '../workspace-schema.ts';
import { type DimensionDraft, type MemberDraft, saveDimension } from './dimension.ts';
import { createLedgerTables, dropLedgerTables, ledgerTables } from './ledger-tables.ts';

/**
 * Makes an application what its whole declaration says (what is not declared goes, with its values), in the
 * caller's transaction. The declaration has no faults (rules/declaration-faults.ts).
 */
export async function saveDeclaration(db: Queryable, declaration: Declaration): Promise<number> {
  const { label, name = {}, type } = declaration;
  const application = (
    await db.row<{ id: number }>(sql`
      INSERT INTO planning.applications (label, name, type, design)
      VALUES (${label}, ${JSON.stringify(name)}, ${type}, ${JSON.stringify(designOf(declaration))})
      ON CONFLICT (label) DO UPDATE SET
        name = excluded.name, type = excluded.type, design = excluded.design,
        revision = planning.applications.revision + 1
      RETURNING id`)
  )?.id as number;
  await dropLedgers(db, application, declaration);
  const drafts = dimensionDrafts(declaration);
  const ids = new Map<string, number>();
  for (const draft of drafts) ids.set(draft.label, await saveDimension(db, application, draft));
  await db.run(sql`
    DELETE FROM planning.dimensions
    WHERE application = ${application} AND NOT (label = ANY(${drafts.map((draft) => draft.label)}))`);
  await createLedgers(db, application, declaration, ids);
  await saveEditions(db, application, declaration);
  await saveParticipants(db, application, declaration);
  await saveTranslationTables(db, application, declaration);
  return application;
}

/** Removes an application with everything that it holds. */
export async function deleteApplication(db: Queryable, label: string): Promise<void> {
  const application = await db.row<{ id: number }>(
    sql`SELECT id FROM planning.applications WHERE label = ${label}`,
  );
  if (!application) return;
  await dropLedgers(db, application.id, { ledgers: [] });
  await db.run(sql`DELETE FROM planning.processes WHERE application = ${application.id}`);
  await db.run(sql`DELETE FROM planning.applications WHERE id = ${application.id}`);
}

function designOf(declaration: Declaration): Design {
  const { forms = [], accessTypes = [], scripts = [], processes = [], openPeriods } = declaration;
  const { fiscalYearStart = 4, fiscalYears } = declaration;
  return {
    fiscalYearStart,
    fiscalYears,
    forms,
    accessTypes,
    scripts,
    processes,
    ...(openPeriods && { openPeriods }),
  };
}

/** The six system dimensions and the custom ones, as they shall be stored. */
function dimensionDrafts(declaration: Declaration): DimensionDraft[] {
  const system: Omit<DimensionDraft, 'position'>[] = [
    {
      label: '#SCENARIO',
      name: { ja: 'シナリオ', en: 'Scenario' },
      firstId: 1,
      members: declaration.scenarios.map(({ label, name = {}, previous }) =>
        plain(label, { name, properties: previous ? { '#PREVIOUS': previous } : {} }),
      ),
    },
    {
      label: '#FY',
      name: { ja: '年度', en: 'Fiscal year' },
      firstId: 1,
      members: declaration.fiscalYears.slice(1).map((label) => plain(label, { kind: 'UDEF' })),
    },
    { label: '#PERIOD', name: { ja: '期間', en: 'Period' }, firstId: 1, members: periodMembers() },
    {
      label: '#VIEW',
      name: { ja: 'ビュー', en: 'View' },
      firstId: 1,
      members: views.map(({ id, label }) => plain(label, { id, kind: 'RESERVED' })),
    },
    {
      label: '#ACCOUNT',
      name: { ja: '科目', en: 'Account' },
      firstId: 1,
      members: treeMembers(declaration.accounts, accountProperties),
    },
    {
      label: '#CHANGE',
      name: { ja: '変動', en: 'Change' },
      firstId: firstDetail,
      members: changeMembers(declaration.changes ?? []),
    },
  ];
  const custom = (declaration.dimensions ?? []).map(({ label, name = {}, members = [] }) => ({
    label,
    name,
    firstId: 1,
    members: treeMembers(members, ({ properties = {} }) => properties),
  }));
  return [...system, ...custom].map((draft, position) => ({ ...draft, position }));
}

function plain(label: string, parts: Partial<MemberDraft>): MemberDraft {
  return {
    label,
    name: {},
    kind: 'TEMPLATE',
    active: true,
    root: true,
    properties: {},
    children: [],
    ...parts,
  };
}

function treeMembers<T extends MemberEntry>(
  entries: readonly T[],
  properties: (entry: T) => Record<string, string>,
): MemberDraft[] {
  const placed = new Set(entries.flatMap(({ children = [] }) => children));
  return entries.map((entry) =>
    plain(entry.label, {
      name: entry.name ?? {},
      kind: entry.kind ?? 'TEMPLATE',
      leaf: entry.leaf,
      active: entry.active ?? true,
      root: entry.root ?? !placed.has(entry.label),
      properties: properties(entry),
      children: entry.children ?? [],
    }),
  );
}

function accountProperties({ type = 'none', side, values, properties = {} }: AccountEntry) {
  return {
    ...properties,
    '#DATA_TYPE': type.toUpperCase(),
    ...(side && { '#DR_CR': side }),
    ...(values && { '#VALUES': values.join('\n') }),
  };
}

function periodMembers(): MemberDraft[] {
  return periods.map((period) =>
    plain(period.label, {
      id: period.id,
      kind: 'RESERVED',
      root: parentPeriod(period) === undefined,
      properties: {
        '#PERIOD_UNIT': period.unit,
        '#SEQ_IN_PERIOD_UNIT': String(period.sequence).padStart(2, '0'),
      },
      children: periods.filter((other) => parentPeriod(other) === period).map(({ label }) => label),
    }),
  );
}

function changeMembers(details: readonly MemberEntry[]): MemberDraft[] {
  const below = treeMembers(details, ({ properties = {} }) => properties);
  const top = below.filter(({ root }) => root).map(({ label }) => label);
  const reserved = Object.entries(changeIds).map(([label, id]) =>
    plain(label, {
      id,
      kind: 'RESERVED',
      ...(label === '#CHG' && { leaf: false, children: top }),
    }),
  );
  return [...reserved, ...below.map((member) => ({ ...member, root: false }))];
}

async function dropLedgers(
  db: Queryable,
  application: number,
  { ledgers = [] }: Pick<Declaration, 'ledgers'>,
): Promise<void> {
  const removed = await db.rows<{ id: number; dimensions: number[] }>(sql`
    DELETE FROM planning.ledgers
    WHERE application = ${application} AND NOT (label = ANY(${ledgers.map(({ label }) => label)}))
    RETURNING id, dimensions`);
  for (const { id, dimensions } of removed) await dropLedgerTables(db, ledgerTables(id, dimensions.length));
}

async function createLedgers(
  db: Queryable,
  application: number,
  { ledgers = [] }: Declaration,
  dimensions: ReadonlyMap<string, number>,
): Promise<void> {
  for (const { label, name = {}, dimensions: labels } of ledgers) {
    const custom = labels.filter((dimension) => !isSystemDimension(dimension));
    const ids = custom.map((dimension) => dimensions.get(dimension)!);
    const present = await db.row<{ dimensions: number[] }>(
      sql`UPDATE planning.ledgers SET name = ${JSON.stringify(name)}
          WHERE application = ${application} AND label = ${label} RETURNING dimensions`,
    );
    if (present) {
      if (String(present.dimensions) !== String(ids)) throw errors.fixedDimensions({ label });
      continue;
    }
    const { id } = (await db.row<{ id: number }>(sql`
      INSERT INTO planning.ledgers (application, label, name, dimensions)
      VALUES (${application}, ${label}, ${JSON.stringify(name)}, ${ids}::int[]) RETURNING id`)) as {
      id: number;
    };
    await createLedgerTables(db, ledgerTables(id, ids.length));
  }
}

async function saveEditions(
  db: Queryable,
  application: number,
  { editions = [] }: Declaration,
): Promise<void> {
  const keys = [...new Set([...reservedEditions, ...editions])];
  await db.run(sql`
    INSERT INTO planning.editions (application, key, state)
    SELECT ${application}, key, 'open' FROM unnest(${keys}::text[]) AS key
    ON CONFLICT (application, key) DO NOTHING`);
  await db.run(sql`
    UPDATE planning.editions SET key = NULL, state = 'garbage'
    WHERE application = ${application} AND state = 'open' AND NOT (key = ANY(${keys}))
      AND id NOT IN (SELECT edition FROM planning.processes WHERE application = ${application})`);
}

async function saveParticipants(
  db: Queryable,
  application: number,
  { participants = [] }: Declaration,
): Promise<void> {
  const labels = participants.map(({ label }) => label);
  await db.run(
    sql`DELETE FROM planning.participants WHERE application = ${application} AND NOT (label = ANY(${labels}))`,
  );
  await db.run(sql`
    INSERT INTO planning.participants (application, label, name, access_type, keys)
    SELECT ${application}, * FROM unnest(${labels}::text[],
      ${participants.map(({ name = {} }) => JSON.stringify(name))}::jsonb[],
      ${participants.map(({ accessType }) => accessType ?? null)}::text[],
      ${participants.map(({ keys = {} }) => JSON.stringify(keys))}::jsonb[])
    ON CONFLICT (application, label) DO UPDATE
      SET name = excluded.name, access_type = excluded.access_type, keys = excluded.keys`);
  const listed = participants.filter(({ users }) => users !== undefined);
  const pairs = listed.flatMap(({ label, users = [] }) => users.map((user) => [label, user] as const));
  const named = pairs.map(([label]) => label);
  const logins = pairs.map(([, login]) => login);
  await db.run(sql`
    DELETE FROM planning.authorities a
    WHERE application = ${application} AND participant = ANY(${listed.map(({ label }) => label)})
      AND NOT EXISTS (SELECT 1 FROM unnest(${named}::text[], ${logins}::text[]) AS kept (participant, login)
                      WHERE kept.participant = a.participant AND kept.login = a.login)`);
  await db.run(sql`
    INSERT INTO planning.authorities (application, participant, login, in_charge)
    SELECT ${application}, participant, login, true
    FROM unnest(${named}::text[], ${logins}::text[]) AS wanted (participant, login)
    ON CONFLICT DO NOTHING`);
}

async function saveTranslationTables(
  db: Queryable,
  application: number,
  { translationTables = [] }: Declaration,
): Promise<void> {
  const labels = translationTables.map(({ label }) => label);
  await db.run(sql`
    DELETE FROM planning.translation_tables WHERE application = ${application} AND NOT (label = ANY(${labels}))`);
  await db.run(sql`
    INSERT INTO planning.translation_tables (application, label, name)
    SELECT ${application}, * FROM unnest(${labels}::text[],
      ${translationTables.map(({ name = {} }) => JSON.stringify(name))}::jsonb[])
    ON CONFLICT (application, label) DO UPDATE SET name = excluded.name`);
  const withRules = translationTables.filter(({ rules }) => rules !== undefined);
  const rules = withRules.flatMap(({ label, rules: own = [] }) =>
    own.map((rule, position) => ({ label, position, ...rule })),
  );
  await db.run(sql`
    DELETE FROM planning.translation_rules r USING planning.translation_tables t
    WHERE t.id = r.translation_table AND t.application = ${application}
      AND t.label = ANY(${withRules.map(({ label }) => label)})`);
  await db.run(sql`
    INSERT INTO planning.translation_rules (translation_table, position, source, target)
    SELECT t.id, r.position, r.source, r.target
    FROM unnest(${rules.map(({ label }) => label)}::text[], ${rules.map(({ position }) => position)}::int[],
                ${rules.map(({ from }) => from)}::text[], ${rules.map(({ to }) => to)}::text[])
      AS r (label, position, source, target)
    JOIN planning.translation_tables t ON t.application = ${application} AND t.label = r.label`);
  await saveTranslationParts(db, application, translationTables);
}

async function saveTranslationParts(
  db: Queryable,
  application: number,
  tables: NonNullable<Declaration['translationTables']>,
): Promise<void> {
  const rules = tables.flatMap(({ label, participants = {} }) =>
    Object.entries(participants).flatMap(([participant, own]) =>
      own.map((rule, position) => ({ label, participant, position, ...rule })),
    ),
  );
  await db.run(sql`
    DELETE FROM planning.translation_parts r USING planning.translation_tables t
    WHERE t.id = r.translation_table AND t.application = ${application}`);
  await db.run(sql`
    INSERT INTO planning.translation_parts (translation_table, participant, position, source, target)
    SELECT t.id, r.participant, r.position, r."from", r."to"
    FROM json_to_recordset(${JSON.stringify(rules)}::json)
      AS r (label text, participant text, position integer, "from" text, "to" text)
    JOIN planning.translation_tables t ON t.application = ${application} AND t.label = r.label`);
}
