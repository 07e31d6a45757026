import type { Caller } from '../../platform/caller.ts';
import { sql } from '../../platform/database/database.ts';
import type { App } from './app.ts';
import type { ChangeDeps, SaveOptions } from './changes.ts';
import type { RecordRow } from './store/columns.ts';
import { recordsOfKey } from './store/idempotency.ts';
import { readRecords } from './store/list.ts';
import { allTargets } from './targets.ts';

/**
 * Saves unless an earlier request with the same idempotency key did: then the records of that one are given, as they are
 * now. `save` keeps the key in its transaction (`keepKeys`), so that of two at once one fails and finds the other's.
 */
export async function once(
  { database, registry }: ChangeDeps,
  caller: Caller,
  app: App,
  { idempotency }: SaveOptions,
  save: () => Promise<RecordRow[]>,
): Promise<RecordRow[]> {
  if (!idempotency) return save();
  const savedBefore = async () => {
    const ids = await recordsOfKey(database, caller.user, app.id, idempotency);
    if (!ids) return undefined;
    const targets = allTargets(app, await registry.all());
    const rows = await readRecords(database, app, ids, { fields: app.fields, targets, where: sql`true` });
    return ids.flatMap((id) => rows.find((row) => row.id === id) ?? []);
  };
  return (
    (await savedBefore()) ??
    save().catch(async (error) => {
      const other = await savedBefore();
      if (other) return other;
      throw error;
    })
  );
}
