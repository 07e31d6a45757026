import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import { rawSql, sql } from '../../platform/database/database.ts';
import { announce } from '../../platform/live/live.ts';
import { actAs } from './access.ts';
import { errors } from './errors.ts';
import type { FormRequest } from './export-values.ts';
import { type OpenForm, openForm, openMonths } from './rules/form-view.ts';
import { type CheckedCell, createCellCheck } from './rules/import-target.ts';
import { foldLabel } from './rules/labels.ts';
import { dimensionOf, type Member } from './rules/model.ts';
import { type RowFault, rowFaults } from './rules/row-faults.ts';
import type { Applications } from './store/application.ts';
import { findWritableEdition } from './store/editions.ts';
import { closeGeneration, lockLedger, openGeneration } from './store/generations.ts';
import type { ImportArea } from './store/import-area.ts';
import { ledgerTables } from './store/ledger-tables.ts';
import { gatherAmounts, mergeAmounts, mergeTexts } from './store/merge.ts';
import { openStaging, stagingTable } from './store/staging.ts';

/** A cell by members of the dimensions that the form leaves open; an empty value makes it blank. */
export type CellWrite = { members: Readonly<Record<string, string>>; value: string };

export type CellsOutcome = {
  written: number;
  /** By the cell's place in the request, with the reason in the caller's language. */
  refused: { index: number; message: string }[];
};

type Deps = { database: Database; applications: Applications };

/**
 * Writes single cells through a form at a point of view, by the rules of an import (fusion_place §3.1) but that all
 * other cells stay as they are. What may not be written is refused by itself, the others go in together.
 * @throws planning.importOff, planning.again and what opening a form throws
 */
export async function writeCells(
  { database, applications }: Deps,
  caller: Caller,
  request: FormRequest,
  cells: readonly CellWrite[],
): Promise<CellsOutcome> {
  const application = await applications.load(database, request.application);
  const open = openForm(application, request.form, request.povs, 'import');
  if (!open.form.import || open.form.import.enabled === false)
    throw errors.importOff({ label: open.form.label });
  const { write } = await actAs(database, application, request.participant, caller);
  const check = createCellCheck({ open, write, openMonths: openMonths(application) });
  const find = cellFinder(open);

  const refused: CellsOutcome['refused'] = [];
  const accepted: CheckedCell[] = [];
  const seen = new Set<string>();
  for (const [index, { members, value }] of cells.entries()) {
    const found = find(members);
    const cell = 'members' in found ? check(found.members, value) : undefined;
    const place = `${cell?.key}/${cell?.month}`;
    const fault =
      'fault' in found ? found.fault : (cell?.fault ?? (seen.has(place) ? rowFaults.repeated : undefined));
    if (fault) refused.push({ index, message: fault.text[caller.locale] });
    else accepted.push(cell!);
    seen.add(place);
  }
  if (accepted.length === 0) {
    await findWritableEdition(database, application.id, request.edition);
    return { written: 0, refused };
  }

  const tables = ledgerTables(open.ledger.id, open.ledger.dimensions.length);
  await database.transaction(async (tx) => {
    await lockLedger(tx, application, open.ledger);
    const edition = await findWritableEdition(tx, application.id, request.edition);
    const staging = await openStaging(tx, tables);
    for (const row of accepted) staging.add(row);
    await staging.finish();
    await gatherAmounts(tx, tables);
    const generation = await openGeneration(tx, open.ledger, edition, caller, 'WRITE_CELLS');
    const target = { tables, edition, generation, area: stagedArea(tables.keys) };
    const changed = (await mergeAmounts(tx, target)) + (await mergeTexts(tx, target, true));
    await closeGeneration(tx, generation, changed);
    await announce(tx, `planning:${application.label}`);
  });
  return { written: accepted.length, refused };
}

/** Finds a cell's member of each dimension: named, else fixed by the form or the point of view. */
function cellFinder({ application, dimensions, fixed, form }: OpenForm) {
  const places = new Map(dimensions.map(({ label }, index) => [label, index]));
  const variants = (form.import?.values ?? []).map(({ fixed: own }) => Object.entries(own));
  return (given: CellWrite['members']): { members: (Member | undefined)[] } | { fault: RowFault } => {
    const members = dimensions.map(({ label }) => fixed.get(label));
    for (const [name, code] of Object.entries(given)) {
      const label = foldLabel(name);
      const place = places.get(label);
      if (place === undefined) return { fault: rowFaults.unknownDimension(name) };
      const member = dimensionOf(application, label).byLabel.get(foldLabel(code));
      if (!member) return { fault: rowFaults.unknown(label, code) };
      if (members[place] !== undefined && members[place] !== member) return { fault: rowFaults.outside };
      members[place] = member;
    }
    const inside = (own: [string, string][]) =>
      own.every(([label, member]) => members[places.get(label)!]?.label === member);
    if (variants.length > 0 && !variants.some(inside)) return { fault: rowFaults.outside };
    return { members };
  };
}

/** Just the staged cells. */
function stagedArea(keys: readonly string[]): ImportArea {
  const names = keys.join(', ');
  return {
    by: keys,
    months: sql`${rawSql(
      `(SELECT ${names}, bit_or(1 << (period - 1)) AS mask FROM ${stagingTable} GROUP BY ${names}) AS o`,
    )}`,
    values: sql`true`,
    texts: sql`(o.mask & (1 << (c.period - 1))) <> 0`,
  };
}
