/** The catalog: technical services, what is sold of them, and what customers have subscribed to. */
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { Outbound } from '../../platform/outbound/outbound.ts';
import type { WorkspaceSection } from '../../platform/workspace-section.ts';
import { createDefinitionStore } from './definition-store.ts';
import type { People } from './people.ts';
import { callError, createApplications } from './provisioning/applications.ts';
import { createServices, type Ping, type Services } from './services/services.ts';
import { createTechnicalServices, type TechnicalServices } from './technical-services.ts';
import { createCatalogSection } from './workspace/section.ts';

export type { Definition, Texts } from './definition/model.ts';
export { nativeBilling } from './definition/model.ts';
export { definitionLimit, readDefinitions } from './definition/read.ts';
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
  outbound: Outbound;
  log: Logger;
  /** For each call of an application, in milliseconds; default 30 seconds (oscm §3.1). */
  callTimeoutMs?: number;
};

export type Catalog = TechnicalServices & Services & { section: WorkspaceSection };

export function createCatalog({
  database,
  secretBox,
  people,
  outbound,
  log,
  callTimeoutMs: timeoutMs = 30_000,
}: CatalogOptions): Catalog {
  const definitions = createDefinitionStore(secretBox);
  const applications = createApplications({ database, outbound, log, timeoutMs });
  const ping: Ping = async (service) => {
    const definition = definitions.open(service);
    const target = { technicalService: service.key, subscription: undefined, definition };
    try {
      await applications.provisioning(target).ping();
    } catch (error) {
      throw callError(error);
    }
  };
  return {
    section: createCatalogSection({ definitions, people, secretBox }),
    ...createTechnicalServices(database, definitions, ping),
    ...createServices(database, secretBox, ping),
  };
}
