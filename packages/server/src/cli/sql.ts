import { once } from 'node:events';
import { type Cell, type Column, connect, createFormat, type FormatName, type Row } from '@renkei/connect';
import type { Settings } from '../config/settings.ts';
import type { SqlAnswer } from '../modules/connections/index.ts';
import { serverOrDirect } from './server-or-direct.ts';
import type { Terminal } from './terminal.ts';

export type SqlCommandOptions = { connectionString?: string; format: FormatName; param: string[] };

/**
 * `renkei sql`: over the workspace's connections, apps and ledgers on the server of these settings, or, with a
 * connection string, over one service without any server. Rows go to standard output as they come.
 */
export async function sqlCommand(
  sql: string,
  { connectionString, format, param }: SqlCommandOptions,
  settings: () => Settings,
  { locale }: Terminal,
): Promise<number> {
  if (connectionString !== undefined) {
    const connection = await connect(connectionString);
    try {
      const cursor = await connection.execute(sql, param);
      await show(format, cursor.description, cursor, cursor.rowCount);
    } finally {
      await connection.close();
    }
    return 0;
  }
  const answer = await serverOrDirect<SqlAnswer>(settings(), locale, {
    async server(call) {
      const content = JSON.stringify({ sql, params: param });
      const { body } = await call('POST', '/v1/sql', { type: 'application/json', content });
      return (await body.json()) as SqlAnswer;
    },
    direct: ({ connections }, caller) => connections.sql(caller, { sql, params: param }),
  });
  const columns = answer.columns.map((column) => ({ ...column, nullable: true })) as Column[];
  await show(format, columns, answer.rows as Cell[][], answer.rowCount ?? -1);
  return 0;
}

async function show(
  name: FormatName,
  columns: readonly Column[],
  rows: Iterable<Row> | AsyncIterable<Row>,
  rowCount: number,
): Promise<void> {
  if (columns.length === 0) {
    if (rowCount >= 0) await write(`${rowCount} ${rowCount === 1 ? 'row' : 'rows'} written\n`);
    return;
  }
  const format = createFormat(name);
  await write(format.begin(columns));
  for await (const row of rows) await write(format.row(row));
  await write(format.end());
}

async function write(piece: string): Promise<void> {
  if (piece !== '' && !process.stdout.write(piece)) await once(process.stdout, 'drain');
}
