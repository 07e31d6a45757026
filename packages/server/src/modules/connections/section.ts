import { isDeepStrictEqual } from 'node:util';
import { checkConnectionString } from '@renkei/connect';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import { AppError } from '../../platform/errors.ts';
import type { Change, WorkspaceSection } from '../../platform/workspace-section.ts';
import { type ConnectionEntry, readPeriod, reservedNames, type SyncEntry, schemas } from './definition.ts';
import { errors } from './errors.ts';
import {
  readConnections,
  readSyncs,
  removeConnections,
  removeSyncs,
  type StoredConnection,
  writeConnections,
  writeSyncs,
} from './store/connections.ts';

/** Properties that would write files on the server or open a browser there. */
const refused = ['Logfile', 'CacheLocation', 'UserDefinedViews'];

/** The keys `connections` and `syncs` of the workspace file (contract §3); connection strings are kept sealed. */
export function createConnectionsSection({
  secretBox,
  appExists,
  reload,
}: {
  secretBox: SecretBox;
  appExists(reference: string | number): Promise<boolean>;
  reload(): Promise<void>;
}): WorkspaceSection {
  return {
    schemas,

    async plan(db, file, { prune, readSecret }) {
      const changes: Change[] = [];
      const faults: AppError[] = [];
      const stored = new Map((await readConnections(db)).map((one) => [one.name, one]));
      const changed: StoredConnection[] = [];
      const entries = file.connections as ConnectionEntry[] | undefined;
      const names = unique(entries, '/connections', faults);
      for (const [index, entry] of (entries ?? []).entries()) {
        const place = `/connections/${index}`;
        const { name, driver, access = [] } = entry;
        if (reservedNames.has(name.toLowerCase())) faults.push(errors.reserved({ name }, `${place}/name`));
        const text = await readSecret(entry.connectionString);
        if (text instanceof AppError) {
          faults.push(text.at(`${place}/connectionString`));
          continue;
        }
        const fault = await connectionFault(driver, text);
        if (fault) faults.push(fault.at(`${place}/connectionString`));
        const before = stored.get(name);
        const details = before ? differences(before, { driver, access, text }, secretBox) : [];
        const action = !before ? 'add' : details.length > 0 ? 'change' : 'keep';
        changes.push({ action, kind: 'connection', id: name, ...(details.length > 0 && { details }) });
        if (action !== 'keep') changed.push({ name, driver, access, sealed: secretBox.seal(text) });
      }
      const goneConnections = prune && entries ? [...stored.keys()].filter((name) => !names.has(name)) : [];
      changes.push(...goneConnections.map((id) => ({ action: 'remove' as const, kind: 'connection', id })));

      const syncs = file.syncs as SyncEntry[] | undefined;
      const syncNames = unique(syncs, '/syncs', faults);
      const storedSyncs = new Map((await readSyncs(db)).map((sync) => [sync.name, sync]));
      const changedSyncs: SyncEntry[] = [];
      const declared = (file.apps ?? []) as { id: number; alias?: string }[];
      for (const [index, sync] of (syncs ?? []).entries()) {
        const { into } = sync;
        if (readPeriod(sync.every) === undefined) {
          faults.push(errors.period({ text: sync.every }, `/syncs/${index}/every`));
        }
        if (
          'app' in into &&
          !declared.some(({ id, alias }) => id === Number(into.app) || alias === into.app)
        ) {
          if (!(await appExists(into.app)))
            faults.push(errors.unknownApp({ app: into.app }, `/syncs/${index}/into/app`));
        }
        const before = storedSyncs.get(sync.name);
        const action = !before ? 'add' : isDeepStrictEqual(before, sync) ? 'keep' : 'change';
        changes.push({ action, kind: 'sync', id: sync.name });
        if (action !== 'keep') changedSyncs.push(sync);
      }
      const goneSyncs = prune && syncs ? [...storedSyncs.keys()].filter((name) => !syncNames.has(name)) : [];
      changes.push(...goneSyncs.map((id) => ({ action: 'remove' as const, kind: 'sync', id })));

      return {
        changes,
        faults,
        async apply(tx) {
          if (goneConnections.length > 0) await removeConnections(tx, goneConnections);
          if (changed.length > 0) await writeConnections(tx, changed);
          if (goneSyncs.length > 0) await removeSyncs(tx, goneSyncs);
          if (changedSyncs.length > 0) await writeSyncs(tx, changedSyncs);
        },
      };
    },

    async export(db) {
      const connections = (await readConnections(db)).map(({ name, driver, sealed, access }) => ({
        name,
        driver,
        connectionString: secretBox.open(sealed),
        ...(access.length > 0 && { access }),
      }));
      const syncs = await readSyncs(db);
      return { ...(connections.length > 0 && { connections }), ...(syncs.length > 0 && { syncs }) };
    },

    reload,
  };
}

function unique(entries: readonly { name: string }[] | undefined, place: string, faults: AppError[]) {
  const names = new Set<string>();
  for (const [index, { name }] of (entries ?? []).entries()) {
    if (names.has(name)) faults.push(errors.twice({ name }, `${place}/${index}/name`));
    names.add(name);
  }
  return names;
}

/** What is wrong with a connection string; found without asking the service. */
async function connectionFault(driver: string, text: string): Promise<AppError | undefined> {
  try {
    const settings = await checkConnectionString(withDriver(driver, text));
    const property = refused.find((name) => settings.isSet(name));
    if (property !== undefined) return errors.property({ name: property });
    if (settings.text('InitiateOAuth').toUpperCase() === 'GETANDREFRESH')
      return errors.property({ name: 'InitiateOAuth=GETANDREFRESH' });
    return undefined;
  } catch (error) {
    return errors.connectionString({ text: (error as Error).message });
  }
}

export const withDriver = (driver: string, text: string): string =>
  `${text.replace(/;?\s*$/, ';')}Driver="${driver.replaceAll('"', '""')}"`;

function differences(
  before: StoredConnection,
  after: { driver: string; access: string[]; text: string },
  secretBox: SecretBox,
): string[] {
  const details: string[] = [];
  if (before.driver !== after.driver) details.push(`driver: ${before.driver} → ${after.driver}`);
  if (!isDeepStrictEqual(before.access, after.access)) details.push('access');
  if (secretBox.open(before.sealed) !== after.text) details.push('connectionString');
  return details;
}
