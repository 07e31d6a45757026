import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { SettingError } from '../config/setting-readers.ts';
import { readSettings, type Settings } from '../config/settings.ts';
import { loadSecretKey } from '../platform/crypto/load-secret-key.ts';
import { createLog } from '../platform/log/log.ts';
import type { ExportCommandOptions } from './export-csv.ts';
import type { ImportCommandOptions } from './import-csv.ts';
import { defaultListenPort, type ListenAnswer } from './listen.ts';
import { connectToServer } from './server-connection.ts';
import type { SqlCommandOptions } from './sql.ts';
import { processTerminal } from './terminal.ts';
import { openWorkspaceClient } from './workspace-client.ts';

/** The `renkei` command. Exit status: 0 done, 1 failed, 2 wrong usage. */

const program = new Command('renkei')
  .description('Renkei, an integration server that speaks the protocols of five business applications')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(renkei --help, or renkei COMMAND --help, explains)');

program
  .command('serve')
  .description('Runs the server in the foreground')
  .addOption(
    new Option('--roles <list>', 'what this process does: api, worker, or both').default('api,worker'),
  )
  .addHelpText('after', '\nExample:\n  RENKEI_PORT=8080 renkei serve --roles api,worker')
  .action(async ({ roles }: { roles: string }) => {
    const wanted = roles.split(',');
    if (!wanted.every((role) => role === 'api' || role === 'worker')) {
      throw new InvalidArgumentError(`--roles takes api, worker or api,worker, not "${roles}"`);
    }
    const { serve } = await import('./serve.ts');
    await serve(readSettings(), new Set(wanted as ('api' | 'worker')[]));
  });

program
  .command('apply')
  .argument('<file>', 'workspace file, YAML or JSON')
  .option('--prune', 'remove what the file does not mention, after listing it', false)
  .option('--yes', 'do not ask before removing', false)
  .description("Makes the server's workspace match a file")
  .addHelpText('after', '\nExample:\n  renkei apply workspace.yaml')
  .action(async (file: string, options: { prune: boolean; yes: boolean }) => {
    const { applyCommand } = await import('./workspace-commands.ts');
    process.exitCode = await applyCommand(file, options, workspaceCommand());
  });

program
  .command('diff')
  .argument('<file>', 'workspace file, YAML or JSON')
  .option('--prune', 'as apply --prune would', false)
  .description('Shows what apply would do')
  .addHelpText('after', '\nExample:\n  renkei diff workspace.yaml')
  .action(async (file: string, options: { prune: boolean }) => {
    const { diffCommand } = await import('./workspace-commands.ts');
    process.exitCode = await diffCommand(file, options, workspaceCommand());
  });

program
  .command('export')
  .argument('[file]', 'where to write it; standard output if absent')
  .description(
    'Writes the running workspace as a file that applies cleanly elsewhere (without passwords and keys)',
  )
  .addHelpText('after', '\nExample:\n  renkei export workspace.yaml')
  .action(async (file: string | undefined) => {
    const { exportCommand } = await import('./workspace-commands.ts');
    process.exitCode = await exportCommand(file, workspaceCommand());
  });

program
  .command('import')
  .argument('<app>', 'id or alias of the app')
  .argument('<file>', 'CSV file whose first line names the fields')
  .addOption(encodingOption())
  .option(
    '--key <field>',
    'change the record that has the same value in this field (データID: by id), else add',
  )
  .option(
    '--columns <json>',
    'field names by heading, {"heading":"field"}; an empty name leaves a column out',
  )
  .option('--no-automations', 'run no automations')
  .description('Adds or changes records of an app from a CSV file; reports the lines that do not fit')
  .addHelpText('after', '\nExample:\n  renkei import bihin items.csv --encoding windows-31j --key 備品名')
  .action(async (app: string, file: string, options: ImportCommandOptions) => {
    const { importCommand } = await import('./import-csv.ts');
    process.exitCode = await importCommand(app, file, options, readSettings(), processTerminal());
  });

program
  .command('export-csv')
  .argument('<app>', 'id or alias of the app')
  .argument('[file]', 'where to write it; standard output if absent')
  .addOption(encodingOption())
  .option('--fields <names>', 'names of the fields, with commas; default all')
  .option('--filter <json>', 'condition as in the workspace file: {"field":"…","op":"=","value":"…"}')
  .description('Writes the records of an app as CSV')
  .addHelpText('after', '\nExample:\n  renkei export-csv bihin items.csv --fields 備品名,出庫数')
  .action(async (app: string, file: string | undefined, options: ExportCommandOptions) => {
    const { exportCsvCommand } = await import('./export-csv.ts');
    process.exitCode = await exportCsvCommand(app, file, options, readSettings(), processTerminal());
  });

program
  .command('backup')
  .argument('<folder>', 'where to write it: a new or empty folder')
  .description('Writes everything a server holds into one folder, as of one moment, while it runs')
  .addHelpText('after', '\nExample:\n  renkei backup /var/backups/renkei-monday')
  .action(async (folder: string) => {
    const { backupCommand } = await import('./backup.ts');
    process.exitCode = await backupCommand(folder, readSettings(), processTerminal());
  });

program
  .command('restore')
  .argument('<folder>', 'a backup')
  .description('Puts a backup into a new data folder, or an empty database: all of it or nothing')
  .addHelpText('after', '\nExample:\n  RENKEI_DATA_DIR=./restored renkei restore /var/backups/renkei-monday')
  .action(async (folder: string) => {
    const { restoreCommand } = await import('./backup.ts');
    process.exitCode = await restoreCommand(folder, readSettings(), processTerminal());
  });

program
  .command('sql')
  .argument('<sql>', 'one statement')
  .option('--connection-string <string>', 'Name=Value;…: one service, without a server')
  .addOption(
    new Option('--format <name>', 'how rows are written')
      .choices(['table', 'csv', 'json', 'ndjson'])
      .default('table'),
  )
  .option('--param <value>', 'value of the next ? in the statement; may be repeated', collected, [])
  .description("SQL over the workspace's connections, apps (apps.ALIAS) and ledgers")
  .addHelpText(
    'after',
    '\nExample:\n  renkei sql "SELECT item, out FROM apps.bihin WHERE out > 0" --format csv',
  )
  .action(async (sql: string, options: SqlCommandOptions) => {
    const { sqlCommand } = await import('./sql.ts');
    process.exitCode = await sqlCommand(sql, options, readSettings, processTerminal());
  });

program
  .command('import-conf')
  .argument('<file>', 'ssmwebapi.conf of a Senju Service Manager API server')
  .description(
    'Reads the settings of a Senju Service Manager API server, without executing them, and prints ours',
  )
  .addHelpText('after', '\nExample:\n  renkei import-conf ssmwebapi.conf > renkei.env')
  .action(async (file: string) => {
    const { importConf } = await import('./import-conf.ts');
    const { locale } = processTerminal();
    process.exitCode = await importConf(file, { stdout: process.stdout, stderr: process.stderr, locale });
  });

const catalog = program
  .command('catalog')
  .description('Technical service definitions of the service catalog');

catalog
  .command('import')
  .argument('<file>', 'definition file, XML of either dialect')
  .option('--organization <id>', 'the technology provider; may be left out when there is only one')
  .option('--dry-run', 'check against the catalog, store nothing', false)
  .description('Imports a file into the running server: all of it or nothing')
  .addHelpText('after', '\nExample:\n  renkei catalog import technical-services.xml --organization acme')
  .action(async (file: string, { organization, dryRun }: { organization?: string; dryRun: boolean }) => {
    const { importDefinitions } = await import('./catalog.ts');
    process.exitCode = await importDefinitions(file, { organization, dryRun }, catalogCommand());
  });

catalog
  .command('export')
  .argument('<file>', 'where to write the definitions')
  .option('--organization <id>', 'the technology provider; may be left out when there is only one')
  .option('--service <id...>', 'ID, or ID:VERSION for definitions with versions; default: all')
  .description('Writes definitions of the running server as a file that imports without a change')
  .addHelpText(
    'after',
    '\nExample:\n  renkei catalog export technical-services.xml --service SampleService:1.00',
  )
  .action(async (file: string, options: { organization?: string; service?: string[] }) => {
    const { exportDefinitions } = await import('./catalog.ts');
    const { organization, service: services = [] } = options;
    process.exitCode = await exportDefinitions(file, { organization, services }, catalogCommand());
  });

catalog
  .command('check')
  .argument('<file>', 'definition file, XML of either dialect')
  .option('--billing-adapter <id...>', 'adapters to take for registered', [])
  .description('Checks a file without a server')
  .addHelpText('after', '\nExample:\n  renkei catalog check technical-services.xml')
  .action(async (file: string, { billingAdapter }: { billingAdapter: string[] }) => {
    const { checkDefinitions } = await import('./catalog.ts');
    process.exitCode = await checkDefinitions(file, billingAdapter, processTerminal());
  });

program
  .command('requester')
  .argument('<file>', 'request file: <requests> with several <request>')
  .option('--url <url>', 'base of the Web-API', 'http://127.0.0.1:49152/fusionplace')
  .requiredOption('--user <login>', 'who signs in')
  .option('--password <password>', 'his password; else RENKEI_REQUESTER_PASSWORD or …_PASSWORD_FILE')
  .option('--output <file>', 'where the responses go (default: the request file with .response.xml)')
  .description('Runs a file of fusion_place requests; exit status 0, 2 with warnings, 1 on errors')
  .addHelpText('after', '\nExample:\n  RENKEI_REQUESTER_PASSWORD=… renkei requester import.xml --user maeda')
  .action(
    async (requests: string, options: { url: string; user: string; password?: string; output?: string }) => {
      const { runRequester } = await import('./requester.ts');
      const { RENKEI_REQUESTER_PASSWORD: given, RENKEI_REQUESTER_PASSWORD_FILE: file } = process.env;
      const password = options.password ?? given ?? (file && readFileSync(file, 'utf8').trimEnd());
      if (password === undefined) {
        throw new InvalidArgumentError('a password is needed: --password, or RENKEI_REQUESTER_PASSWORD');
      }
      process.exitCode = await runRequester(requests, { ...options, password }, processTerminal());
    },
  );

program
  .command('listen')
  .argument('[port]', 'where to listen on 127.0.0.1; 0 picks a free port', readPort, defaultListenPort)
  .option('--ng <message>', 'answer {"result":"ng"} with this error message')
  .option('--status <code>', 'answer this HTTP status', readStatus)
  .option('--hang', 'never answer', false)
  .description(
    'Receives webhooks, shows them, and answers as told (type ok, ng TEXT, status CODE or hang while it runs)',
  )
  .addHelpText('after', '\nExample:\n  renkei listen 9900 --ng "在庫がありません"')
  .action(async (port: number, options: { ng?: string; status?: number; hang: boolean }) => {
    const { listen } = await import('./listen.ts');
    const stop = new AbortController();
    process.once('SIGINT', () => stop.abort());
    process.once('SIGTERM', () => stop.abort());
    await listen({
      port,
      host: '127.0.0.1',
      answer: listenAnswer(options),
      stdout: process.stdout,
      stderr: process.stderr,
      stdin: process.stdin,
      signal: stop.signal,
    });
  });

function collected(value: string, before: string[]): string[] {
  return [...before, value];
}

function encodingOption(): Option {
  return new Option('--encoding <name>', 'character set of the file')
    .choices(['utf-8', 'windows-31j'])
    .default('utf-8');
}

function listenAnswer({ ng, status, hang }: { ng?: string; status?: number; hang: boolean }): ListenAnswer {
  if ([ng !== undefined, status !== undefined, hang].filter(Boolean).length > 1) {
    throw new InvalidArgumentError('--ng, --status and --hang exclude each other');
  }
  if (ng !== undefined) return { kind: 'ng', message: ng };
  if (status !== undefined) return { kind: 'status', status };
  return hang ? { kind: 'hang' } : { kind: 'ok' };
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535');
  return port;
}

function readStatus(text: string): number {
  const status = Number(text);
  if (!/^\d{3}$/.test(text) || status < 200 || status > 599) throw new InvalidArgumentError('200 to 599');
  return status;
}

/** The catalog's commands work on the running server. */
function catalogCommand() {
  const terminal = processTerminal();
  return {
    terminal,
    async connect() {
      const settings = readSettings();
      const secretKey = await loadSecretKey(settings.secretKey, settings.dataDir);
      const server = await connectToServer({ settings, secretKey, locale: terminal.locale });
      if (server === undefined)
        throw new Error('no server of these settings runs: start it with renkei serve');
      return server;
    },
  };
}

/** apply, diff and export: the running server of these settings, else the database itself. */
function workspaceCommand() {
  const terminal = processTerminal();
  const { locale } = terminal;
  return {
    terminal,
    async open() {
      const settings: Settings = readSettings();
      const secretKey = await loadSecretKey(settings.secretKey, settings.dataDir);
      return openWorkspaceClient({
        settings,
        secretKey,
        locale,
        direct: async () => {
          const { openDirectly } = await import('./serve.ts');
          return openDirectly(settings, createLog('warn'), locale);
        },
      });
    },
  };
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = fail(error);
}

function fail(error: unknown): number {
  if (error instanceof CommanderError) {
    // help and version end by an "error" of status 0
    if (error.exitCode !== 0 && error instanceof InvalidArgumentError)
      console.error(`error: ${error.message}`);
    return error.exitCode === 0 ? 0 : 2;
  }
  console.error(error instanceof SettingError || error instanceof Error ? error.message : String(error));
  return 1;
}
