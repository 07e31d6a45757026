import type { Caller } from '../../platform/caller.ts';
import { type Database, sql, type Transaction } from '../../platform/database/database.ts';
import { announce } from '../../platform/live/live.ts';
import { requireDesigner } from './access.ts';
import { copyValues, insertEdition, lockApplication } from './edition-requests.ts';
import { errors } from './errors.ts';
import { foldLabel, isEditionKey } from './rules/labels.ts';
import { type Application, dimensionOf } from './rules/model.ts';
import type { Applications } from './store/application.ts';
import { findEdition, publicEdition, workspaceEdition } from './store/editions.ts';

type Deps = { database: Database; applications: Applications };

export type EditionSummary = {
  key: string;
  kind: 'public' | 'workspace' | 'derived' | 'process';
  createdAt: Date;
  /** Of the latest change of its values that is still in the history. */
  changedAt: Date | null;
  changedBy: string | null;
};

/** Editions of an application: the public one, the workspace edition, then the others by key (fusion_place §4.6). */
export async function listEditions(
  { database, applications }: Deps,
  label: string,
): Promise<EditionSummary[]> {
  const { id } = await applications.load(database, label);
  return database.rows<EditionSummary>(sql`
    SELECT e.key, e.created_at AS "createdAt", g.at AS "changedAt", g.by AS "changedBy",
      CASE WHEN e.key = ${publicEdition} THEN 'public' WHEN e.key = ${workspaceEdition} THEN 'workspace'
           WHEN p.edition IS NOT NULL THEN 'process' ELSE 'derived' END AS kind
    FROM planning.editions e LEFT JOIN planning.processes p ON p.edition = e.id
    LEFT JOIN LATERAL (
      SELECT at, by FROM planning.generations g JOIN planning.ledgers l ON l.id = g.ledger
      WHERE l.application = ${id} AND g.edition = e.id ORDER BY g.id DESC LIMIT 1) g ON true
    WHERE e.application = ${id} AND e.state = 'open'
    ORDER BY e.key <> ${publicEdition}, e.key <> ${workspaceEdition}, e.key`);
}

/** Derives an edition from another one, the workspace edition unless `source` names one. Its key is folded. */
export async function createEdition(
  { database, applications }: Deps,
  caller: Caller,
  request: { application: string; key: string; source?: string },
): Promise<string> {
  requireDesigner(caller);
  const key = foldLabel(request.key);
  if (!isEditionKey(key)) throw errors.badEdition({ key }, '/key');
  const application = await applications.load(database, request.application);
  await database.transaction(async (tx) => {
    await lockApplication(tx, application);
    const source = await findEdition(tx, application.id, request.source);
    const taken = await tx.row(
      sql`SELECT 1 FROM planning.editions WHERE application = ${application.id} AND key = ${key}`,
    );
    if (taken) throw errors.editionExists({ key });
    await copyAll(tx, application, source, await insertEdition(tx, application.id, key));
    await announce(tx, `planning:${application.label}`);
  });
  return key;
}

/** Makes a working edition's values those of the public edition; what it held waits to be swept, history too. */
export async function clearEdition(
  { database, applications }: Deps,
  caller: Caller,
  label: string,
  edition: string,
): Promise<void> {
  requireDesigner(caller);
  const key = foldLabel(edition);
  if (key === publicEdition) throw errors.readOnlyEdition({ key });
  const application = await applications.load(database, label);
  await database.transaction(async (tx) => {
    await giveUp(tx, application, key);
    const source = await findEdition(tx, application.id, publicEdition);
    await copyAll(tx, application, source, await insertEdition(tx, application.id, key));
    await announce(tx, `planning:${application.label}`);
  });
}

/** Gives a derived edition up; what it held waits to be swept. */
export async function discardEdition(
  { database, applications }: Deps,
  caller: Caller,
  label: string,
  edition: string,
): Promise<void> {
  requireDesigner(caller);
  const key = foldLabel(edition);
  if (key === publicEdition || key === workspaceEdition) throw errors.reservedEdition({ key });
  const application = await applications.load(database, label);
  await database.transaction(async (tx) => {
    await giveUp(tx, application, key);
    await announce(tx, `planning:${application.label}`);
  });
}

async function giveUp(tx: Transaction, application: Application, key: string): Promise<void> {
  await lockApplication(tx, application);
  const edition = await findEdition(tx, application.id, key);
  const process = await tx.row(sql`SELECT 1 FROM planning.processes WHERE edition = ${edition}`);
  if (process) throw errors.processEdition({ key });
  await tx.run(sql`UPDATE planning.editions SET key = NULL, state = 'garbage' WHERE id = ${edition}`);
}

function copyAll(tx: Transaction, application: Application, from: number, to: number): Promise<void> {
  const scenarios = dimensionOf(application, '#SCENARIO').members.map(({ id }) => id);
  return copyValues(tx, application, to, { edition: from, scenarios });
}
