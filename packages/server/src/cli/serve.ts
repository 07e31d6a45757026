import { setFlagsFromString } from 'node:v8';
import type { Settings } from '../config/settings.ts';
import { createModules, type Modules, type ProcessRole, startServer } from '../main.ts';
import type { Locale } from '../platform/errors.ts';
import { createLog, type Logger } from '../platform/log/log.ts';
import { announceAddress, withdrawAddress } from './server-address.ts';
import { processTerminal } from './terminal.ts';
import { createDirectClient, type WorkspaceClient } from './workspace-client.ts';
import { applyCommand } from './workspace-commands.ts';

/**
 * By how much of what is alive the heap may grow before old garbage is collected, in percent. V8's own measure is up to
 * 300 where a machine has much memory: a CSV import of 300,000 lines peaked at 278 MB by it, at 169 MB by 40.
 */
const heapGrowth = 40;

/** `renkei serve`: runs until SIGINT or SIGTERM; a second one ends it at once. */
export async function serve(settings: Settings, roles: ReadonlySet<ProcessRole>): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${heapGrowth}`);
  const log = createLog(settings.logLevel);
  const started = performance.now();
  // from the very start: a signal during it ends the server as soon as it has started
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve();
      });
    }
  });
  let password: string | undefined;
  const server = await startServer(settings, log, roles, async ({ workspace }, madeUpPassword) => {
    password = madeUpPassword;
    if (settings.workspace === undefined || !roles.has('api')) return;
    await applyAtStart(settings.workspace, workspace, log);
  }).catch((error) => {
    // the next start will not make one up again
    if (password !== undefined) process.stderr.write(`${signInLine(password)}\n`);
    throw error;
  });
  try {
    const [url] = server.urls;
    if (url !== undefined) await announceAddress(settings.dataDir, url);
    log.info(
      { urls: server.urls, roles: [...roles], ms: Math.round(performance.now() - started) },
      'Renkei is ready',
    );
    for (const line of greeting(server.urls, password)) process.stderr.write(`${line}\n`);
    await ended;
    log.info('stopping: finishing what runs');
  } finally {
    await withdrawAddress(settings.dataDir);
    await server.stop();
  }
}

/** Applies the file of RENKEI_WORKSPACE; its mistakes are shown as `renkei apply` shows them, and end the start. */
async function applyAtStart(path: string, workspace: Modules['workspace'], log: Logger): Promise<void> {
  const terminal = { ...processTerminal(), print: (line: string) => log.info({ workspace: path }, line) };
  const client = createDirectClient(workspace, terminal.locale, async () => undefined);
  const options = { prune: false, yes: false };
  const status = await applyCommand(path, options, { terminal, open: async () => client });
  if (status !== 0) throw new Error(`the workspace ${path} was not applied`);
}

/** For people: where it is and how to sign in. The made-up password is shown this once. */
function greeting(urls: readonly string[], madeUpPassword: string | undefined): string[] {
  const [url] = urls;
  if (url === undefined) return ['', '  Renkei works in the background (role worker).', ''];
  return [
    '',
    `  Renkei    ${url}/`,
    `  API docs  ${url}/docs`,
    ...urls.slice(1).map((more) => `  also      ${more}/`),
    signInLine(madeUpPassword),
    '',
  ];
}

function signInLine(madeUpPassword: string | undefined): string {
  return madeUpPassword === undefined
    ? '  sign in   as admin, with the password set at the first start'
    : `  sign in   as admin, password ${madeUpPassword}   (made up at this first start; not shown again)`;
}

/** The workspace without a running server: this process works on the database until `close`. */
export async function openDirectly(
  settings: Settings,
  log: Logger,
  locale: Locale,
): Promise<WorkspaceClient> {
  const modules = await createModules(settings, log);
  return createDirectClient(modules.workspace, locale, () => modules.close());
}
