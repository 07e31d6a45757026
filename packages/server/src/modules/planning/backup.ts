import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { to as copyTo } from 'pg-copy-streams';
import type { Caller } from '../../platform/caller.ts';
import { type Database, sql } from '../../platform/database/database.ts';
import { requireDesigner } from './access.ts';
import type { Slots } from './slots.ts';
import type { Applications } from './store/application.ts';
import { exportDeclaration } from './store/export-declaration.ts';
import { ledgerTables } from './store/ledger-tables.ts';

type Deps = { database: Database; applications: Applications; exportSlots: Slots };

/**
 * BACKUP_APPLICATION: the whole application without user accounts, gzip in lower-case hexadecimal. Packed is a text:
 * a line of JSON with the declaration, then for each table of each ledger a line `{"ledger","table"}` and its rows
 * as CSV, all of one moment.
 */
export async function backupApplication(
  { database, applications, exportSlots }: Deps,
  caller: Caller,
  label: string,
): Promise<AsyncIterable<string>> {
  requireDesigner(caller);
  const application = await applications.load(database, label);
  const declaration = await exportDeclaration(database, application);
  const editions = await database.rows(sql`
    SELECT id, key, state FROM planning.editions WHERE application = ${application.id} AND state <> 'garbage'`);

  async function* parts(): AsyncGenerator<string | Buffer> {
    const leave = await exportSlots.take();
    const client = await database.pool.connect();
    let whole = false;
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      yield `${JSON.stringify({ renkeiBackup: 1, application: declaration, editions })}\n`;
      for (const ledger of application.ledgers.values()) {
        const tables = ledgerTables(ledger.id, ledger.dimensions.length);
        for (const table of ['values', 'texts', 'valuesHistory', 'textsHistory'] as const) {
          yield `${JSON.stringify({ ledger: ledger.label, table })}\n`;
          yield* client.query(
            copyTo(`COPY ${tables[table]} TO STDOUT (FORMAT csv, HEADER)`),
          ) as AsyncIterable<Buffer>;
        }
      }
      await client.query('COMMIT');
      whole = true;
    } finally {
      client.release(!whole);
      leave();
    }
  }

  return hexadecimal(parts());
}

/** Packed by gzip, in hexadecimal; starts when the first piece is asked for and ends with its reader. */
async function* hexadecimal(parts: AsyncIterable<string | Buffer>): AsyncGenerator<string> {
  const source = Readable.from(parts, { objectMode: false });
  const packed = createGzip();
  source.on('error', (error) => packed.destroy(error));
  try {
    for await (const chunk of source.pipe(packed) as AsyncIterable<Buffer>) yield chunk.toString('hex');
  } finally {
    source.destroy();
  }
}
