import type { Queryable } from '../../../platform/database/database.ts';
import { AppError } from '../../../platform/errors.ts';
import type { Definition } from '../definition/model.ts';
import type { PackedList } from '../definition/packed-list.ts';
import { definitionText, type ReadService } from '../definition/read.ts';
import type { DefinitionPlan, DefinitionStore } from '../definition-store.ts';
import { errors } from '../errors.ts';
import type { Organization } from '../store/organizations.ts';
import { deleteTechnicalServices, readTechnicalServicePage, readUsage } from '../store/technical-services.ts';
import type { CatalogFile, DefinitionFile } from './schema.ts';
import type { PartPlan } from './section.ts';

type Options = {
  prune: boolean;
  organizations: ReadonlyMap<string, Organization>;
  definitions: DefinitionStore;
};

export type TechnicalServicesPlan = PartPlan & {
  /** The definition of a technical service once the plan is carried out. */
  definitions(organization: string, id: string, version: string): Promise<Definition | undefined>;
};

type PlacedFile = DefinitionFile & { place: string };

/** What the file's `technicalServices` change: each provider's files are laid over its definitions like an import. */
export async function planTechnicalServices(
  db: Queryable,
  catalog: CatalogFile,
  { prune, organizations, definitions }: Options,
): Promise<TechnicalServicesPlan> {
  const { byProvider, faults } = filesByProvider(catalog, organizations);
  const changes: PartPlan['changes'] = [];
  const plans = new Map<string, DefinitionPlan>();
  const mentioned = new Set<string>();
  for (const [provider, files] of byProvider) {
    const services: PackedList<ReadService>[] = [];
    for (const file of files) {
      try {
        services.push(await definitions.read(db, definitionText(file.text), catalog.billingAdapters));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        faults.push(...inFile(error, file));
      }
    }
    const plan = await definitions.plan(db, provider, services, { keepSecrets: true });
    for (const problem of plan.problems) faults.push(...inFile(problem, files[0] as PlacedFile));
    plans.set(provider, plan);
    for (const { outcome, ...service } of plan.outcomes) {
      mentioned.add(keyOf(provider, service.id, service.version));
      const action = ({ added: 'add', changed: 'change', same: 'keep' } as const)[outcome];
      changes.push({ action, kind: 'technicalService', id: nameOf(service) });
    }
  }

  const stored = await readTechnicalServicePage(db, undefined, undefined, 1_000_000);
  const gone =
    prune && catalog.technicalServices
      ? stored.filter((one) => !mentioned.has(keyOf(one.organization, one.id, one.version)))
      : [];
  if (gone.length > 0) {
    const usage = await readUsage(
      db,
      gone.map(({ key }) => key),
    );
    const kept = new Set((catalog.services ?? []).map(({ id }) => id));
    for (const one of gone) {
      const { subscriptions = [], services = [] } = usage.get(one.key) ?? {};
      // services that the file does not mention go in the same apply
      const users = [...services.filter((id) => kept.has(id) || !catalog.services), ...subscriptions];
      if (users.length > 0) {
        faults.push(errors.inUse({ id: nameOf(one), users: users.join(', ') }, '/catalog/technicalServices'));
      }
      changes.push({ action: 'remove', kind: 'technicalService', id: nameOf(one) });
    }
  }
  const existing = new Map(
    stored.map((one) => [keyOf(one.organization, one.id, one.version), one.definition]),
  );
  for (const one of gone) existing.delete(keyOf(one.organization, one.id, one.version));
  return {
    changes,
    faults,
    definitions: async (organization, id, version) => {
      const planned = plans.get(organization)?.definition({ id, version });
      return planned ?? existing.get(keyOf(organization, id, version));
    },
    async apply(tx) {
      for (const plan of plans.values()) await plan.write(tx);
      if (gone.length > 0) {
        const keys = gone.map(({ key }) => key);
        await definitions.removeLeftovers(tx, keys);
        await deleteTechnicalServices(tx, keys);
      }
    },
  };
}

const keyOf = (organization: string, id: string, version: string) =>
  JSON.stringify([organization, id, version]);
const nameOf = ({ id, version }: { id: string; version: string }) =>
  version === '' ? id : `${id} ${version}`;

/** Files under the organization that is named beside them, else under the only technology provider. */
function filesByProvider(catalog: CatalogFile, organizations: ReadonlyMap<string, Organization>) {
  const byProvider = new Map<string, PlacedFile[]>();
  const faults: AppError[] = [];
  const providers = [...organizations.values()].filter(({ roles }) => roles.includes('technologyProvider'));
  for (const [index, entry] of (catalog.technicalServices ?? []).entries()) {
    const place = `/catalog/technicalServices/${index}`;
    const own = 'files' in entry;
    const provider = own ? entry.organization : providers.length === 1 ? providers[0]?.id : undefined;
    if (provider === undefined) {
      const names = providers.map(({ id }) => id).join(', ');
      faults.push(errors.organizationNeeded({ organizations: names }, place));
    } else if (!providers.some(({ id }) => id === provider)) {
      const params = { organization: provider, role: 'technologyProvider' };
      faults.push(errors.organizationRole(params, `${place}/organization`));
    } else {
      const files = own
        ? entry.files.map((file, position) => ({ ...file, place: `${place}/files/${position}` }))
        : [{ ...entry, place }];
      byProvider.set(provider, [...(byProvider.get(provider) ?? []), ...files]);
    }
  }
  return { byProvider, faults };
}

/** Mistakes of a definition file as mistakes of the workspace file that names it. */
function inFile(error: AppError, { path, place }: PlacedFile): AppError[] {
  const single = error.errors.length > 0 ? error.errors : [error];
  return single.map((one) => {
    const where = one.params.line === undefined ? path : `${path}:${one.params.line}`;
    const messages = { ja: `${where}: ${one.text('ja')}`, en: `${where}: ${one.text('en')}` };
    return new AppError(one.code, one.kind, messages, {}, place);
  });
}
