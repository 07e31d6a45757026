import { Readable, Transform } from 'node:stream';
import { createGzip } from 'node:zlib';
import { to as copyTo } from 'pg-copy-streams';
import type { Caller } from '../../platform/caller.ts';
import { type Database, sql } from '../../platform/database/database.ts';
import { requireDesigner } from './access.ts';
import type { Applications } from './store/application.ts';
import { exportDeclaration } from './store/export-declaration.ts';
import { ledgerTables } from './store/ledger-tables.ts';

type Deps = { database: Database; applications: Applications };

/**
 * BACKUP_APPLICATION: the whole application without user accounts, gzip in lower-case hexadecimal. Packed is a text:
 * a line of JSON with the declaration, then for each table of each ledger a line `{"ledger","table"}` and its rows
 * as CSV, all of one moment.
 */
export async function backupApplication(
  { database, applications }: Deps,
  caller: Caller,
  label: string,
): Promise<Readable> {
  requireDesigner(caller);
  const application = await applications.load(database, label);
  const declaration = await exportDeclaration(database, application);
  const editions = await database.rows(sql`
    SELECT id, key, state FROM planning.editions WHERE application = ${application.id} AND state <> 'garbage'`);
  const client = await database.pool.connect();

  async function* parts(): AsyncGenerator<string | Buffer> {
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
    }
  }

  const source = Readable.from(parts(), { objectMode: false });
  const packed = createGzip();
  const hexadecimal = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, chunk.toString('hex')),
  });
  source.on('error', (error) => packed.destroy(error));
  packed.on('error', (error) => hexadecimal.destroy(error));
  hexadecimal.on('close', () => source.destroy());
  return source.pipe(packed).pipe(hexadecimal);
}
