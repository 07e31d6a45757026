/** The catalog: technical services, what is sold of them, and what customers have subscribed to. */
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import type { WorkspaceSection } from '../../platform/workspace-section.ts';
import { createDefinitionStore } from './definition-store.ts';
import type { People } from './people.ts';
import { createServices, type Ping, type Services } from './services/services.ts';
import { createTechnicalServices, type TechnicalServices } from './technical-services.ts';
import { createCatalogSection } from './workspace/section.ts';

export type { Definition, Texts } from './definition/model.ts';
export { definitionLimit } from './definition/read.ts';
export type { People, Person } from './people.ts';
export {
  type ServiceChange,
  type ServiceInput,
  serviceChangeSchema,
  serviceSchema,
} from './services/schema.ts';
export type { ServiceView } from './services/services.ts';
export type { Imported, TechnicalService } from './technical-services.ts';

export type CatalogOptions = {
  database: Database;
  secretBox: SecretBox;
  people: People;
  ping: Ping;
};

export type Catalog = TechnicalServices & Services & { section: WorkspaceSection };

export function createCatalog({ database, secretBox, people, ping }: CatalogOptions): Catalog {
  const definitions = createDefinitionStore(secretBox);
  return {
    section: createCatalogSection({ definitions, people, secretBox }),
    ...createTechnicalServices(database, definitions),
    ...createServices(database, secretBox, ping),
  };
}
