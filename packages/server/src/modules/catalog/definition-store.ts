import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Queryable } from '../../platform/database/database.ts';
import { type AppError, collectErrors } from '../../platform/errors.ts';
import { billEnded } from './billing/monthly-bills.ts';
import { faults } from './definition/faults.ts';
import { type Definition, nativeBilling } from './definition/model.ts';
import { createPackedList, type PackedList } from './definition/packed-list.ts';
import { type ReadService, readDefinitions } from './definition/read.ts';
import { mergeDefinition, removesChildren, sameDefinition, updateConflicts } from './definition/update.ts';
import { errors } from './errors.ts';
import { readBillingAdapters } from './store/organizations.ts';
import {
  deleteLeftovers,
  lockTechnicalServices,
  readForeignKeys,
  readUsage,
  type ServiceKey,
  type StoredService,
  writeTechnicalServices,
} from './store/technical-services.ts';

/** What laying files over the catalog would do. */
export type DefinitionPlan = {
  outcomes: { id: string; version: string; outcome: 'added' | 'changed' | 'same' }[];
  /** Everything that stands against it: mistakes of the file first, else conflicts with what uses a service. */
  problems: AppError[];
  /** A definition that is added or changed, as it will be. */
  definition(key: ServiceKey): Definition | undefined;
  /** Does it; only without problems, in the transaction of the plan. */
  write(db: Queryable): Promise<void>;
};

export type DefinitionStore = {
  /** A stored definition with its secrets in clear. */
  open(service: StoredService): Definition;
  /**
   * Removes deleted services and ended subscriptions of these technical services for good, once they are billed: they
   * may refer to children of the definition that are about to disappear (oscm §2.5).
   */
  removeLeftovers(tx: Queryable, keys: readonly number[]): Promise<void>;
  /** The services of a file; throws all its mistakes. `adapters` are registered beside those in the database. */
  read(
    db: Queryable,
    source: AsyncIterable<Uint8Array>,
    adapters?: readonly string[],
  ): Promise<PackedList<ReadService>>;
  /** `keepSecrets`: secrets that the file leaves out or masks stay as they are stored. */
  plan(
    db: Queryable,
    organization: string,
    files: readonly PackedList<ReadService>[],
    options?: { keepSecrets: boolean },
  ): Promise<DefinitionPlan>;
};

/** Stands for a stored secret in the files that the workspace's export writes. */
const mask = '********';

/** A definition as a file shows it that leaves the server: passwords left out, defaults of type PWD masked. */
export function maskSecrets({ provisioningPassword: _, ...definition }: Definition): Definition {
  return mapPasswords(definition, () => mask);
}

/** Reading and writing of definitions, without questions of right. */
export function createDefinitionStore(secretBox: SecretBox, timeZone: () => string): DefinitionStore {
  function open({ definition, sealedPassword }: StoredService): Definition {
    return {
      ...mapPasswords(definition, secretBox.open),
      ...(sealedPassword !== undefined && { provisioningPassword: secretBox.open(sealedPassword) }),
    };
  }

  function seal({ provisioningPassword, ...definition }: Definition) {
    return {
      definition: mapPasswords(definition, secretBox.seal),
      sealedPassword: provisioningPassword === undefined ? undefined : secretBox.seal(provisioningPassword),
    };
  }

  async function removeLeftovers(tx: Queryable, keys: readonly number[]): Promise<void> {
    await billEnded(tx, timeZone(), keys);
    await deleteLeftovers(tx, keys);
  }

  return {
    open,
    removeLeftovers,

    async read(db, source, adapters = []) {
      const known = new Set([nativeBilling, ...(await readBillingAdapters(db)), ...adapters]);
      const result = await readDefinitions(source, known);
      const error = collectErrors(result.faults);
      if (error) throw error;
      return result.services;
    },

    async plan(db, organization, files, { keepSecrets } = { keepSecrets: false }) {
      const written = createPackedList<Definition>();
      // where in `written` the latest state of a service is; undefined for one that is as it was
      const latest = new Map<string, number | undefined>();
      const outcomes = new Map<string, DefinitionPlan['outcomes'][number]>();
      const problems: AppError[] = [];
      const shrunk = new Set<number>();

      for (const { items } of blocksOf(files)) {
        const keys = items.map(({ definition }) => definition);
        const stored = await lockTechnicalServices(db, organization, keys);
        const before = new Map(
          stored.map((service) => [keyOf(service), { key: service.key, definition: open(service) }]),
        );
        const usage = await readUsage(
          db,
          stored.map(({ key }) => key),
        );
        problems.push(...(await foreignKeys(db, organization, keys)));
        for (const { definition, line } of items) {
          const name = keyOf(definition);
          const known = before.get(name);
          const position = latest.get(name);
          const current = position === undefined ? known?.definition : written.at(position);
          const next = mergeDefinition(
            current,
            keepSecrets && current ? withSecretsOf(current, definition) : definition,
          );
          const { id, version, accessType } = next;
          if ((accessType === 'DIRECT' || accessType === 'USER') && !next.accessInfo.en) {
            problems.push(faults.accessInfo({ line, element: 'TechnicalService' }, accessType));
          }
          const uses = known && usage.get(known.key);
          if (known && uses && current) {
            problems.push(...updateConflicts(current, next, uses));
            if (removesChildren(current, next)) shrunk.add(known.key);
          }
          const same = known !== undefined && sameDefinition(known.definition, next);
          latest.set(name, same ? undefined : written.push(next));
          outcomes.set(name, { id, version, outcome: same ? 'same' : known ? 'changed' : 'added' });
        }
      }
      const mistakes = problems.filter(({ kind }) => kind === 'invalid');
      return {
        outcomes: [...outcomes.values()],
        problems: mistakes.length > 0 ? mistakes : problems,
        definition(key) {
          const position = latest.get(keyOf(key));
          return position === undefined ? undefined : written.at(position);
        },
        async write(tx) {
          if (shrunk.size > 0) await removeLeftovers(tx, [...shrunk]);
          for (const { start, items } of written.blocks()) {
            const current = items.filter((item, index) => latest.get(keyOf(item)) === start + index);
            await writeTechnicalServices(tx, organization, current.map(seal));
          }
        },
      };
    },
  };
}

function* blocksOf(files: readonly PackedList<ReadService>[]) {
  for (const file of files) yield* file.blocks();
}

function withSecretsOf(stored: Definition, written: Definition): Definition {
  const defaults = new Map(stored.parameters.map((parameter) => [parameter.id, parameter.default]));
  const kept =
    written.provisioningPassword === undefined &&
    written.provisioningUsername === stored.provisioningUsername &&
    stored.provisioningPassword !== undefined;
  return {
    ...written,
    ...(kept && { provisioningPassword: stored.provisioningPassword }),
    parameters: written.parameters.map((parameter) => {
      const before = defaults.get(parameter.id);
      const masked = parameter.valueType === 'PWD' && parameter.default === mask && before !== undefined;
      return masked ? { ...parameter, default: before } : parameter;
    }),
  };
}

/** Defaults of type PWD are secrets too: they are sealed where they are stored. */
function mapPasswords(definition: Definition, map: (text: string) => string): Definition {
  if (!definition.parameters.some(({ valueType }) => valueType === 'PWD')) return definition;
  return {
    ...definition,
    parameters: definition.parameters.map((parameter) =>
      parameter.valueType === 'PWD' && parameter.default !== undefined
        ? { ...parameter, default: map(parameter.default) }
        : parameter,
    ),
  };
}

const keyOf = ({ id, version }: ServiceKey) => JSON.stringify([id, version]);

async function foreignKeys(
  db: Queryable,
  organization: string,
  keys: readonly ServiceKey[],
): Promise<AppError[]> {
  const versioned = keys.filter(({ version }) => version !== '');
  if (versioned.length === 0) return [];
  return (await readForeignKeys(db, organization, versioned)).map((key) => errors.keyTaken(key));
}
