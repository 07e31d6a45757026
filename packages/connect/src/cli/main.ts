import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { connect } from '../connect.ts';
import type { Connection } from '../connection.ts';
import { Error as ConnectorError } from '../errors.ts';
import { createFormat, type FormatName, formatNames } from './formats.ts';
import { createProgress } from './progress.ts';

// The command `renkei-connect`. Exit status: 0 done, 1 failed, 2 wrong usage.

interface RunOptions {
  format: FormatName;
  param: string[];
}

const collect = (value: string, before: string[]) => [...before, value];

const format = () =>
  new Option('-f, --format <format>', 'how rows are written').choices(formatNames).default('table');

async function withConnection(connectionString: string, work: (connection: Connection) => Promise<void>) {
  const connection = await connect(connectionString);
  const stop = () => void connection.close();
  process.once('SIGINT', stop);
  try {
    await work(connection);
  } finally {
    process.removeListener('SIGINT', stop);
    await connection.close();
  }
}

async function run(connection: Connection, sql: string, options: RunOptions): Promise<void> {
  const progress = createProgress(connection);
  try {
    const cursor = await connection.execute(sql, options.param);
    if (cursor.description.length === 0) {
      progress.end();
      if (cursor.rowCount >= 0)
        process.stdout.write(`${cursor.rowCount} ${cursor.rowCount === 1 ? 'row' : 'rows'} written\n`);
      return;
    }
    const out = createFormat(options.format);
    await write(out.begin(cursor.description));
    for await (const row of cursor) {
      progress.count();
      await write(out.row(row));
    }
    progress.end();
    await write(out.end());
  } finally {
    progress.end();
  }
}

async function write(piece: string): Promise<void> {
  if (piece !== '' && !process.stdout.write(piece)) await once(process.stdout, 'drain');
}

const statement = async (given: string) => (given === '-' ? text(process.stdin) : given);

const program = new Command('renkei-connect')
  .enablePositionalOptions()
  .description('SQL over SaaS APIs: Highrise, and any REST service described in a YAML file')
  .argument('<connection-string>', 'Name=Value;… (docs/connect/properties.md)')
  .argument('<sql>', 'one statement; - reads it from standard input')
  .addOption(format())
  .option('-p, --param <value>', 'value of the next ? in the statement; may be repeated', collect, [])
  .addHelpText(
    'after',
    `
Examples:
  $ renkei-connect "AuthScheme=APIToken;APIToken=…;AccountId=acme" "SELECT Name FROM Companies LIMIT 5"
  $ renkei-connect "…" "SELECT * FROM People WHERE Title = ?" --param CEO --format csv > ceos.csv
  $ renkei-connect tables "…"
  $ renkei-connect describe "…" People
  $ renkei-connect authorize "OAuthClientId=…;OAuthClientSecret=…;AccountId=acme"`,
  )
  .action((connectionString: string, sql: string, options: RunOptions) =>
    withConnection(connectionString, async (connection) => run(connection, await statement(sql), options)),
  );

program
  .command('tables')
  .description('list tables and views')
  .argument('<connection-string>')
  .addOption(format())
  .action((connectionString: string, options: RunOptions) =>
    withConnection(connectionString, (connection) =>
      run(
        connection,
        'SELECT SchemaName, TableName, TableType, Description FROM sys_tables ORDER BY 1, 3, 2',
        {
          ...options,
          param: [],
        },
      ),
    ),
  );

program
  .command('describe')
  .description('list the columns of a table')
  .argument('<connection-string>')
  .argument('<table>')
  .addOption(format())
  .action((connectionString: string, table: string, options: RunOptions) =>
    withConnection(connectionString, async (connection) => {
      const known = await connection.query('SELECT 1 FROM sys_tables WHERE TableName = ? COLLATE NOCASE', [
        table,
      ]);
      if (known.length === 0)
        throw new InvalidArgumentError(`there is no table ${table}; "renkei-connect tables" lists them`);
      const sql =
        'SELECT ColumnName, DataTypeName, IsKey, IsReadOnly, IsHidden, Description FROM sys_tablecolumns WHERE TableName = ? COLLATE NOCASE ORDER BY Ordinal';
      await run(connection, sql, { ...options, param: [table] });
    }),
  );

program
  .command('authorize')
  .description('grant access in the browser and keep the tokens at OAuthSettingsLocation')
  .argument('<connection-string>')
  .option('--print-url', 'print the address instead of opening the browser')
  .addHelpText(
    'after',
    '\nExample:\n  $ renkei-connect authorize "OAuthClientId=…;OAuthClientSecret=…;AccountId=acme" --print-url',
  )
  .action(async (connectionString: string, options: { printUrl?: boolean }) => {
    const connection = await connect(
      connectionString.replace(/\binitiateoauth\s*=[^;]*/i, 'InitiateOAuth=OFF'),
      {
        ...(options.printUrl
          ? { openBrowser: (address: string) => console.error(`Open this address:\n${address}`) }
          : {}),
      },
    );
    try {
      await connection.authorize();
      console.log('Access was granted; the tokens are kept.');
    } finally {
      await connection.close();
    }
  });

for (const command of [program, ...program.commands]) command.exitOverride();

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader went away, as `| head` does.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof InvalidArgumentError) {
    console.error(`error: ${error.message}`);
    process.exitCode = 2;
  } else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    console.error(error instanceof ConnectorError ? `${error.name}: ${error.message}` : error);
    process.exitCode = 1;
  }
}
