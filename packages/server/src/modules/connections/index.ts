import { join } from 'node:path';
import type { Dispatcher } from 'undici';
import type { Caller } from '../../platform/caller.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { WorkspaceSection } from '../../platform/workspace-section.ts';
import type { Bulk } from '../bulk/index.ts';
import type { Planning } from '../planning/index.ts';
import type { MemberSource, Records } from '../records/index.ts';
import { createAppsSource } from './apps-source.ts';
import { createLedgersSource } from './ledgers-source.ts';
import { openConnection, runSql, type SqlAnswer, type SqlRequest, type SqlScope } from './run-sql.ts';
import { createConnectionsSection, withDriver } from './section.ts';
import { createSessions, type SchemaSource } from './sessions.ts';
import { readConnections, type StoredConnection } from './store/connections.ts';
import { createSyncs, type Syncs } from './syncs.ts';

export type { SqlAnswer, SqlRequest } from './run-sql.ts';
export type { SyncView } from './syncs.ts';

export type ConnectionsOptions = {
  database: Database;
  secretBox: SecretBox;
  records: Records;
  planning: Planning;
  bulk: Bulk;
  people: MemberSource;
  /** Guarded connections to the outside (`platform/outbound`). */
  dispatcher: Dispatcher;
  /** OAuth tokens of connections are kept below it. */
  dataDir: string;
  /** Who runs the syncs. */
  systemCaller: Caller;
  timeZone: () => string;
  log: Logger;
};

export type Connections = {
  /**
   * Runs one statement over the connections the caller may use, `apps` and `ledgers`, with his rights.
   * `signal` stops it.
   */
  sql(caller: Caller, request: SqlRequest, signal?: AbortSignal): Promise<SqlAnswer>;
  section: WorkspaceSection;
  syncs: Syncs;
  /** Ends the sessions that are kept. */
  close(): Promise<void>;
};

/** Statements that run at once; others wait. Each has a thread with SQLite, some 60 MB. */
const atOnce = 4;

/** SQL over connections to other services, apps and ledgers; syncs that copy queries into apps and ledgers. */
export function createConnections(options: ConnectionsOptions): Connections {
  const { database, secretBox, records, planning, people, dispatcher, dataDir, systemCaller } = options;
  let stored: StoredConnection[] = [];
  const slots = createQueue(atOnce);
  const sessions = createSessions();

  function mayUse(caller: Caller, { access }: StoredConnection, groups: ReadonlySet<string>): boolean {
    if (caller.roles.has('admin') || caller.roles.has('designer')) return true;
    return access.some((subject) => {
      if (subject === 'everyone' || subject === `user:${caller.login}`) return true;
      return subject.startsWith('group:') && groups.has(subject.slice('group:'.length));
    });
  }

  async function scopeOf(caller: Caller): Promise<SqlScope> {
    const groups = [...(await people.groupsByNumber(caller.groups)).values()];
    const ids = new Set(groups.map(({ id }) => id));
    const own = stored
      .filter((connection) => mayUse(caller, connection, ids))
      .map(({ name, driver, sealed }): [string, () => Promise<SchemaSource>] => [
        name,
        async () => ({
          name,
          key: `${driver} ${sealed}`,
          open: () =>
            openConnection(withTokens(withDriver(driver, secretBox.open(sealed)), name), dispatcher),
        }),
      ]);
    const schemas = new Map<string, () => Promise<SchemaSource>>([
      ['apps', async () => ({ name: 'apps', own: await createAppsSource({ records, people, caller }) })],
      ['ledgers', async () => ({ name: 'ledgers', own: await createLedgersSource(planning, caller) })],
      ...own,
    ]);
    return { schemas, sessions };
  }

  /** Where OAuth tokens are kept unless the string says so itself. */
  const withTokens = (text: string, name: string) =>
    `OAuthSettingsLocation="${join(dataDir, 'oauth', name, 'OAuthSettings.txt').replaceAll('"', '""')}";${text}`;

  return {
    sql: (caller, request, signal) => slots(async () => runSql(await scopeOf(caller), request, signal)),
    section: createConnectionsSection({
      secretBox,
      appExists: async (reference) => {
        const apps = await records.apps(systemCaller);
        return apps.some(({ id, alias }) => id === Number(reference) || alias === reference);
      },
      async reload() {
        stored = await readConnections(database);
      },
    }),
    close: () => sessions.close(),
    syncs: createSyncs({ ...options, scope: () => scopeOf(systemCaller) }),
  };
}

/** Lets so many run at once and the others wait in line. */
function createQueue(count: number) {
  const waiting: (() => void)[] = [];
  let free = count;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
