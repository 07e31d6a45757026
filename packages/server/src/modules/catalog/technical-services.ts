import { type Caller, isAdmin } from '../../platform/caller.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { collectErrors } from '../../platform/errors.ts';
import { actAs, actingOrganizations } from './access.ts';
import { writeDefinitions } from './definition/export.ts';
import type { Definition } from './definition/model.ts';
import type { DefinitionStore } from './definition-store.ts';
import { errors } from './errors.ts';
import type { Ping } from './services/services.ts';
import {
  deleteTechnicalServices,
  lockTechnicalServices,
  readTechnicalServicePage,
  readTechnicalServices,
  readTechnicalServicesByKey,
  readUsage,
  type StoredService,
} from './store/technical-services.ts';

export type Imported = {
  id: string;
  version?: string;
  organization: string;
  outcome: 'added' | 'changed' | 'same';
};

export type TechnicalService = { key: number; organization: string; definition: Definition };

export type TechnicalServices = {
  /**
   * Imports a definition file (both dialects) for the caller's organization: all of it or, with all mistakes
   * collected, nothing. Mistakes of the file have `params` line, element and attribute; changes that the use of a
   * service forbids are conflicts (oscm §2.3 to §2.5). `dryRun` stores nothing.
   */
  importDefinitions(
    caller: Caller,
    source: AsyncIterable<Uint8Array>,
    options: { organization?: string | undefined; dryRun?: boolean },
  ): Promise<Imported[]>;
  /** Without its password. Suppliers and providers may look. */
  getTechnicalService(
    caller: Caller,
    organization: string,
    id: string,
    version?: string,
  ): Promise<TechnicalService>;
  listTechnicalServices(
    caller: Caller,
    page: {
      organization?: string | undefined;
      /** Only those of the organization the caller provides for. */
      own?: boolean;
      limit: number;
      cursor?: string | undefined;
    },
  ): Promise<{ items: TechnicalService[]; next: string | undefined }>;
  /** A technical service of an organization the caller provides for, by key or by id. */
  findOwnTechnicalService(
    caller: Caller,
    reference: { key: number } | { id: string; version: string | undefined },
  ): Promise<TechnicalService>;
  /** Asks the application behind it whether it lives; throws what stands in the way (oscm §2.5). */
  pingTechnicalService(caller: Caller, key: number): Promise<void>;
  /** The XML of these services or of all, for the owner alone: it holds the provisioning password. */
  exportDefinitions(
    caller: Caller,
    organization: string | undefined,
    keys?: readonly { id: string; version?: string }[],
  ): Promise<string>;
  deleteTechnicalService(caller: Caller, organization: string, id: string, version?: string): Promise<void>;
};

/** Services in one exported file. */
const mostExported = 10_000;

export function createTechnicalServices(
  database: Database,
  store: DefinitionStore,
  ping: Ping,
): TechnicalServices {
  return {
    async importDefinitions(caller, source, { organization, dryRun = false }) {
      const owner = await actAs(database, caller, 'technologyProvider', organization);
      const services = await store.read(database, source);
      return database.transaction(async (tx) => {
        const { outcomes, problems, write } = await store.plan(tx, owner.id, [services]);
        const error = collectErrors(problems);
        if (error) throw error;
        if (!dryRun) await write(tx);
        return outcomes.map(({ id, version, outcome }) => ({
          id,
          ...(version !== '' && { version }),
          organization: owner.id,
          outcome,
        }));
      });
    },
    async getTechnicalService(caller, organization, id, version) {
      await demandSight(database, caller);
      const { key, definition } = await findTechnicalService(database, organization, id, version);
      return { key, organization, definition: withoutSecrets(definition) };
    },
    async listTechnicalServices(caller, { organization: wanted, own = false, limit, cursor }) {
      await demandSight(database, caller);
      const organization =
        own && !isAdmin(caller) ? (await actAs(database, caller, 'technologyProvider', wanted)).id : wanted;
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const rows = await readTechnicalServicePage(database, organization, after, limit + 1);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map((row) => ({
          key: row.key,
          organization: row.organization,
          definition: withoutSecrets(row.definition),
        })),
        next: rows.length > limit && last ? writeCursor(last) : undefined,
      };
    },
    async findOwnTechnicalService(caller, reference) {
      if ('key' in reference) {
        const [found] = await readTechnicalServicesByKey(database, [reference.key]);
        if (found === undefined) throw errors.technicalService({ id: String(reference.key), version: '' });
        await actAs(database, caller, 'technologyProvider', found.organization);
        return { ...found, definition: withoutSecrets(found.definition) };
      }
      const { id: organization } = await actAs(database, caller, 'technologyProvider', undefined);
      const found = await findTechnicalService(database, organization, reference.id, reference.version);
      return { ...found, definition: withoutSecrets(found.definition) };
    },
    async pingTechnicalService(caller, key) {
      const [found] = await readTechnicalServicesByKey(database, [key]);
      if (found === undefined) throw errors.technicalService({ id: String(key), version: '' });
      await actAs(database, caller, 'technologyProvider', found.organization);
      await ping(found);
    },
    async exportDefinitions(caller, organization, keys) {
      const owner = await actAs(database, caller, 'technologyProvider', organization);
      const services = keys
        ? await Promise.all(
            keys.map(({ id, version }) => findTechnicalService(database, owner.id, id, version)),
          )
        : await readTechnicalServicePage(database, owner.id, undefined, mostExported);
      const definitions = services.map(store.open);
      if (new Set(definitions.map(({ dialect }) => dialect)).size > 1) throw errors.mixedDialects();
      return writeDefinitions(definitions);
    },
    async deleteTechnicalService(caller, organization, id, version) {
      const owner = await actAs(database, caller, 'technologyProvider', organization);
      await database.transaction(async (tx) => {
        const found = await findTechnicalService(tx, owner.id, id, version);
        await lockTechnicalServices(tx, owner.id, [found]);
        const usage = (await readUsage(tx, [found.key])).get(found.key);
        const users = [...(usage?.services ?? []), ...(usage?.subscriptions ?? [])];
        if (users.length > 0) throw errors.inUse({ id, users: users.join(', ') });
        await store.removeLeftovers(tx, [found.key]);
        await deleteTechnicalServices(tx, [found.key]);
      });
    },
  };
}

/** One technical service; without a version the only one, or the one that has none. */
export async function findTechnicalService(
  db: Queryable,
  organization: string,
  id: string,
  version: string | undefined,
): Promise<StoredService> {
  const found = await readTechnicalServices(db, organization, id, version);
  const [first] = found;
  if (first === undefined) throw errors.technicalService({ id, version: version ?? '' });
  if (found.length === 1 || first.version === '') return first;
  throw errors.versionNeeded({ id, versions: found.map((service) => service.version).join(', ') });
}

/** Defaults of type PWD are given to the application alone. */
function withoutSecrets(definition: Definition): Definition {
  return {
    ...definition,
    parameters: definition.parameters.map(({ default: standard, ...parameter }) => ({
      ...parameter,
      ...(standard !== undefined && parameter.valueType !== 'PWD' && { default: standard }),
    })),
  };
}

/** Definitions are the business of providers and suppliers; they name addresses that customers need not know. */
async function demandSight(db: Queryable, caller: Caller): Promise<void> {
  if (isAdmin(caller)) return;
  const own = await actingOrganizations(db, caller);
  const needed = ['technologyProvider', 'supplier'] as const;
  if (!own.some(({ roles }) => needed.some((role) => roles.includes(role)))) {
    throw errors.forbidden({ needed: needed.join(', ') });
  }
}

const writeCursor = ({ organization, id, version }: StoredService) =>
  Buffer.from(JSON.stringify([organization, id, version])).toString('base64url');

function readCursor(cursor: string): { organization: string; id: string; version: string } {
  try {
    const [organization, id, version] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as string[];
    if (organization !== undefined && id !== undefined && version !== undefined)
      return { organization, id, version };
  } catch {
    // said below
  }
  throw errors.cursor({ cursor });
}
