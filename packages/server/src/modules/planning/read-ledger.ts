import QueryStream from 'pg-query-stream';
import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import { actAs } from './access.ts';
import { errors } from './errors.ts';
import { defaultMembers } from './rules/form-faults.ts';
import { foldLabel } from './rules/labels.ts';
import { dimensionOf, ledgerDimensions } from './rules/model.ts';
import type { Slots } from './slots.ts';
import type { Applications } from './store/application.ts';
import { findEdition } from './store/editions.ts';
import { formStatement } from './store/form-query.ts';
import { ledgerTables } from './store/ledger-tables.ts';

type Deps = { database: Database; applications: Applications; exportSlots: Slots };

/** A ledger that the caller may read, and as which participant. */
export type LedgerSummary = {
  application: string;
  ledger: string;
  participant: string;
  /** Labels of the dimensions that tell its values apart. */
  dimensions: string[];
};

export type LedgerRequest = Pick<LedgerSummary, 'application' | 'ledger' | 'participant'> & {
  /** Leaf members by dimension: only their values. */
  only: ReadonlyMap<string, string>;
};

/** Ledgers with their dimensions; where an application has participants, as the first that lists the caller. */
export async function listLedgers(
  { database, applications }: Pick<Deps, 'database' | 'applications'>,
  participantsOf: ReadonlyMap<string, readonly string[]>,
): Promise<LedgerSummary[]> {
  const all = await applications.list(database);
  return all.flatMap((application) => {
    const [participant] = participantsOf.get(application.label) ?? [];
    if (participant === undefined) return [];
    return [...application.ledgers.values()].map((ledger) => ({
      application: application.label,
      ledger: ledger.label,
      participant,
      dimensions: ledgerDimensions(application, ledger)
        .map(({ label }) => label)
        .filter((label) => !(label in defaultMembers)),
    }));
  });
}

/**
 * The values of a ledger's workspace edition, month by month (view M, no movement): labels of the leaf members in the
 * order of its dimensions, then the value as text. It is what a form over all dimensions would export, with the
 * caller's rights; rows come as they are read.
 */
export async function* readLedger(
  { database, applications, exportSlots }: Deps,
  caller: Caller,
  { application: label, ledger: wanted, participant, only }: LedgerRequest,
): AsyncGenerator<string[]> {
  const application = await applications.load(database, label);
  const ledger = application.ledgers.get(foldLabel(wanted));
  if (!ledger) throw errors.unknownLedger({ label: wanted });
  const { read } = await actAs(database, application, participant, caller);
  const dimensions = ledgerDimensions(application, ledger);
  const fixed = new Map(
    Object.entries(defaultMembers).map(([dimension, member]) => [
      dimension,
      dimensionOf(application, dimension).byLabel.get(member)!,
    ]),
  );
  const rows = dimensions.filter((dimension) => !(dimension.label in defaultMembers));
  for (const [dimension, member] of only) {
    const found = dimensionOf(application, dimension).byLabel.get(member);
    if (!found?.leaf) return;
    fixed.set(dimension, found);
  }
  const open = {
    application,
    form: { label: '', ledger: ledger.label, export: { rows: rows.map(({ label: row }) => row) } },
    ledger,
    fixed,
    dimensions,
  };
  const edition = await findEdition(database, application.id, undefined);
  const tables = ledgerTables(ledger.id, ledger.dimensions.length);
  const statement = formStatement({ open, tables, edition, read });
  const leave = await exportSlots.take();
  try {
    const client = await database.pool.connect();
    let whole = false;
    try {
      const stream = client.query(new QueryStream(statement, [], { rowMode: 'array', batchSize: 1000 }));
      yield* stream as AsyncIterable<string[]>;
      whole = true;
    } finally {
      client.release(!whole);
    }
  } finally {
    leave();
  }
}
