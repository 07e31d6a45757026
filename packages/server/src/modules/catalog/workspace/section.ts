import type { SecretBox } from '../../../platform/crypto/secret-box.ts';
import type { AppError } from '../../../platform/errors.ts';
import type { Change, WorkspaceSection } from '../../../platform/workspace-section.ts';
import type { DefinitionStore } from '../definition-store.ts';
import type { People } from '../people.ts';
import { exportCatalog } from './export.ts';
import { planOrganizations } from './plan-organizations.ts';
import { planServices } from './plan-services.ts';
import { planTechnicalServices } from './plan-technical-services.ts';
import { type CatalogFile, catalogSchema } from './schema.ts';

export type SectionDependencies = { definitions: DefinitionStore; people: People; secretBox: SecretBox };

/** What one list of the key `catalog` changes; `apply` runs in the order of the lists. */
export type PartPlan = { changes: Change[]; faults: AppError[]; apply: WorkspaceApply };
type WorkspaceApply = Awaited<ReturnType<WorkspaceSection['plan']>>['apply'];

/** The key `catalog` of the workspace file (contract §3). Users must be applied before it. */
export function createCatalogSection(dependencies: SectionDependencies): WorkspaceSection {
  return {
    schemas: { catalog: catalogSchema },

    async plan(db, file, { prune }) {
      const catalog = (file.catalog ?? {}) as CatalogFile;
      const logins = new Set(((file.users ?? []) as { id: string }[]).map(({ id }) => id));
      const organizations = await planOrganizations(db, catalog, {
        prune,
        logins,
        people: dependencies.people,
      });
      const technical = await planTechnicalServices(db, catalog, {
        prune,
        organizations: organizations.states,
        definitions: dependencies.definitions,
      });
      const services = await planServices(db, catalog, {
        prune,
        organizations: organizations.states,
        definitions: technical.definitions,
        secretBox: dependencies.secretBox,
      });
      const parts: PartPlan[] = [organizations, technical, services];
      return {
        changes: parts.flatMap(({ changes }) => changes),
        faults: parts.flatMap(({ faults }) => faults),
        async apply(tx) {
          await organizations.apply(tx);
          // what goes, goes first: a definition that lost its last service may change or go
          await services.remove(tx);
          await technical.apply(tx);
          await services.apply(tx);
          await organizations.remove(tx);
        },
      };
    },

    export: (db) => exportCatalog(db, dependencies),
  };
}
