import type { Caller } from '../../platform/caller.ts';
import { type Database, sql, type Transaction } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { App, RecordRow, Records } from '../records/index.ts';
import type { Automation } from './compiled.ts';
import type { Call } from './listen.ts';

/** Records of one page of a run. */
const pageSize = 500;

export type PeriodicDependencies = {
  database: Database;
  records: Records;
  automationsOf: (app: App) => readonly Automation[];
  systemCaller: Caller;
  log: Logger;
  /** Puts calls into the outbox. */
  write: (tx: Transaction, calls: readonly Call[]) => Promise<void>;
};

/**
 * Runs the automations that are due by the clock, for every record that meets their condition (appsuite §3.1). Each
 * run is one transaction that holds its schedule's row, so that of several processes one runs it, wholly or not.
 */
export function createPeriodic(deps: PeriodicDependencies): () => Promise<void> {
  const { database, records, automationsOf, systemCaller, log } = deps;

  return async () => {
    const apps = await records.apps(systemCaller);
    const timed = apps.flatMap((app) =>
      automationsOf(app).flatMap((automation) =>
        automation.every === undefined ? [] : [{ app, automation, every: automation.every }],
      ),
    );
    if (timed.length === 0) return;
    const schedules = timed.map(({ app, automation, every }) => ({
      app: app.id,
      automation: automation.title,
      every,
    }));
    await database.run(sql`
      INSERT INTO automations.schedules (app, automation, next_at)
      SELECT app, automation, now() + make_interval(secs => every)
      FROM json_to_recordset(${JSON.stringify(schedules)}::json) AS s (app integer, automation text, every float8)
      ON CONFLICT DO NOTHING`);
    const due = await database.rows<{ app: number; automation: string }>(
      sql`SELECT app, automation FROM automations.schedules WHERE next_at <= now()`,
    );
    for (const { app, automation, every } of timed) {
      if (!due.some((one) => one.app === app.id && one.automation === automation.title)) continue;
      await database
        .transaction((tx) => runOne(tx, app, automation, every))
        .catch((error: Error) => {
          log.error(
            { app: app.id, automation: automation.title, error: error.message },
            'a periodic run failed',
          );
        });
    }
  };

  async function runOne(tx: Transaction, app: App, automation: Automation, every: number): Promise<void> {
    const mine = await tx.row(sql`
      SELECT 1 FROM automations.schedules
      WHERE app = ${app.id} AND automation = ${automation.title} AND next_at <= now() FOR UPDATE SKIP LOCKED`);
    if (!mine) return;
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await records.list(systemCaller, app, {
        limit: pageSize,
        ...(automation.when && { filter: automation.when }),
        ...(cursor !== undefined && { cursor }),
      });
      const rows = automation.once ? await untold(tx, app, automation, page.rows) : page.rows;
      await deps.write(
        tx,
        rows.map((row) => ({
          app,
          row,
          operation: 'updated',
          automation,
          actor: row.updated_by ?? systemCaller.user,
          depth: 0,
        })),
      );
      cursor = page.next;
    }
    await tx.run(sql`
      UPDATE automations.schedules SET next_at = now() + make_interval(secs => ${every})
      WHERE app = ${app.id} AND automation = ${automation.title}`);
  }

  async function untold(
    tx: Transaction,
    app: App,
    { title }: Automation,
    rows: readonly RecordRow[],
  ): Promise<RecordRow[]> {
    const fresh = await tx.rows<{ record: number }>(sql`
      INSERT INTO automations.told (app, automation, record)
      SELECT ${app.id}::integer, ${title}, unnest(${rows.map(({ id }) => id)}::bigint[])
      ON CONFLICT DO NOTHING RETURNING record`);
    const ids = new Set(fresh.map(({ record }) => record));
    return rows.filter(({ id }) => ids.has(id));
  }
}
