import type { Queryable } from '../../../platform/database/database.ts';
import type { WorkspaceFile } from '../../../platform/workspace-section.ts';
import { writeDefinitions } from '../definition/export.ts';
import { maskSecrets } from '../definition-store.ts';
import { inputOf } from '../services/services.ts';
import { readBillingAdapters, readOrganizationStates } from '../store/organizations.ts';
import { readAllServices } from '../store/services.ts';
import { readTechnicalServicePage } from '../store/technical-services.ts';
import type { CatalogFile } from './schema.ts';
import type { SectionDependencies } from './section.ts';

/** The catalog as the file's key; passwords stay here (a file without them leaves them as they are). */
export async function exportCatalog(
  db: Queryable,
  { people }: Pick<SectionDependencies, 'people'>,
): Promise<WorkspaceFile> {
  const states = await readOrganizationStates(db);
  if (states.length === 0) return {};
  const users = await people.usersByNumber(new Set(states.flatMap((state) => state.users)));
  const technical = await readTechnicalServicePage(db, undefined, undefined, 1_000_000);
  const adapters = await readBillingAdapters(db);
  const catalog: CatalogFile = {
    organizations: states.map((state) => ({
      id: state.id,
      name: state.name,
      roles: state.roles,
      users: state.users.flatMap((number) => {
        const user = users.get(number);
        return user === undefined || user.removed ? [] : [user.login];
      }),
    })),
    ...(adapters.length > 0 && { billingAdapters: adapters }),
    technicalServices: states.flatMap(({ id }) => {
      const own = technical.filter((service) => service.organization === id);
      if (own.length === 0) return [];
      const files = own.map(({ id: name, version, definition }) => ({
        path: `${id}/${name}${version === '' ? '' : `-${version}`}.xml`,
        text: writeDefinitions([maskSecrets(definition)]),
      }));
      return [{ organization: id, files }];
    }),
    services: (await readAllServices(db)).map(inputOf),
  };
  return { catalog };
}
