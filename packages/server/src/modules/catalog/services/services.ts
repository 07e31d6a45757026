import { type Caller, isAdmin } from '../../../platform/caller.ts';
import type { SecretBox } from '../../../platform/crypto/secret-box.ts';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import { type AppError, collectErrors } from '../../../platform/errors.ts';
import { actAs, actingOrganizations, demandRole } from '../access.ts';
import { type Definition, localized } from '../definition/model.ts';
import { idType } from '../definition/value-types.ts';
import { errors } from '../errors.ts';
import {
  deleteServices,
  insertService,
  type OfferedService,
  readServicePage,
  readServices,
  type ServiceRow,
  setServiceActive,
  updateService,
} from '../store/services.ts';
import {
  readTechnicalServicesByKey,
  type StoredService,
  shareTechnicalService,
} from '../store/technical-services.ts';
import type { Service } from './model.ts';
import { readOfferedParameters } from './offered-parameters.ts';
import { readPrices, writePrices } from './prices.ts';
import type { ServiceChange, ServiceInput } from './schema.ts';

/** A marketable service as its readers get it: what was given, with defaults, in the same shape. */
export type ServiceView = Required<Pick<ServiceInput, 'id' | 'name' | 'supplier' | 'active'>> &
  Pick<ServiceInput, 'parameters' | 'prices' | 'compatible'> & {
    technicalService: { id: string; version?: string; organization: string };
    /** The name in the reader's language. */
    title: string;
    /** What it does, in the reader's language. */
    description?: string;
    tags: string[];
  };

export type Services = {
  /** Puts a service on sale. Refuses with 409 a taken id, with 422 (all mistakes, placed) what the definition forbids. */
  createService(caller: Caller, input: ServiceInput): Promise<ServiceView>;
  getService(caller: Caller, id: string): Promise<ServiceView>;
  /** What is on sale, and what the caller's organizations sell. `text` is a part of id, name or description. */
  listServices(
    caller: Caller,
    page: { text?: string | undefined; tag?: string | undefined; limit: number; cursor?: string | undefined },
  ): Promise<{ items: ServiceView[]; next: string | undefined }>;
  changeService(caller: Caller, id: string, change: ServiceChange): Promise<ServiceView>;
  deleteService(caller: Caller, id: string): Promise<void>;
  /** Asks the application whether it lives (not for PROXY and EXTERNAL) and puts the service on sale, else off sale. */
  activateService(caller: Caller, id: string): Promise<ServiceView>;
};

/** Calls `sendPing` at the application of a technical service; throws what the application or the way to it says. */
export type Ping = (service: StoredService) => Promise<void>;

export function createServices(database: Database, secretBox: SecretBox, ping: Ping): Services {
  return {
    async createService(caller, input) {
      const supplier = await actAs(database, caller, 'supplier', input.supplier);
      if (!idType.accepts(input.id)) throw errors.id({ id: input.id }, '/id');
      await database.transaction(async (tx) => {
        const row = await readService(tx, { ...input, supplier: supplier.id }, undefined, secretBox);
        if (!(await insertService(tx, row))) throw errors.serviceTaken({ id: input.id }, '/id');
      });
      return this.getService(caller, input.id);
    },

    async getService(caller, id) {
      const service = await findService(database, id);
      if (!service.active && !isAdmin(caller)) {
        const own = await actingOrganizations(database, caller);
        if (!own.some((organization) => organization.id === service.supplier)) throw errors.service({ id });
      }
      return viewOf(service, caller.locale);
    },

    async listServices(caller, { text, tag, limit, cursor }) {
      const suppliers = isAdmin(caller)
        ? 'all'
        : (await actingOrganizations(database, caller)).map((organization) => organization.id);
      const rows = await readServicePage(database, { suppliers, text, tag }, cursor ?? '', limit + 1);
      const items = rows.slice(0, limit);
      return {
        items: items.map((row) => viewOf(row, caller.locale)),
        next: rows.length > limit ? items.at(-1)?.id : undefined,
      };
    },

    async changeService(caller, id, change) {
      await database.transaction(async (tx) => {
        const service = await ownService(tx, caller, id);
        const { prices, ...rest } = change;
        const next = { ...inputOf(service), ...rest, ...(prices && { prices }) };
        if (prices === null) delete next.prices;
        await updateService(tx, service.key, await readService(tx, next, service, secretBox));
      });
      return this.getService(caller, id);
    },

    async deleteService(caller, id) {
      const service = await ownService(database, caller, id);
      await deleteServices(database, [service.key]);
    },

    async activateService(caller, id) {
      const service = await ownService(database, caller, id);
      const { accessType } = service.definition;
      if (accessType !== 'PROXY' && accessType !== 'EXTERNAL') {
        const [technical] = await readTechnicalServicesByKey(database, [service.technicalService]);
        try {
          await ping(technical!);
        } catch (error) {
          await setServiceActive(database, service.key, false);
          throw error;
        }
      }
      await setServiceActive(database, service.key, true);
      return this.getService(caller, id);
    },
  };
}

export async function findService(db: Queryable, id: string): Promise<OfferedService> {
  const [service] = await readServices(db, [id]);
  if (service === undefined) throw errors.service({ id });
  return service;
}

async function ownService(db: Queryable, caller: Caller, id: string): Promise<OfferedService> {
  demandRole(caller, 'supplier');
  const service = await findService(db, id);
  await actAs(db, caller, 'supplier', service.supplier);
  return service;
}

/** What a service offers and costs, checked against its technical service; faults are placed below `place`. */
export function readOffer(
  input: Pick<ServiceInput, 'parameters' | 'prices'>,
  definition: Definition,
  place = '',
): Pick<ServiceRow, 'parameters' | 'prices'> & { faults: AppError[] } {
  const { parameters, faults } = readOfferedParameters(input.parameters, definition, `${place}/parameters`);
  const prices = input.prices && readPrices(input.prices, definition, `${place}/prices`);
  return { parameters, prices: prices?.prices, faults: [...faults, ...(prices?.faults ?? [])] };
}

/**
 * The row of a service; the technical service stays locked against a re-import until the transaction ends. A password
 * that is not given again stays as it is stored.
 */
export async function readService(
  db: Queryable,
  input: ServiceInput,
  stored: OfferedService | undefined,
  secretBox: SecretBox,
): Promise<ServiceRow> {
  const { id, version = '', organization = input.supplier } = input.technicalService;
  const technical = await shareTechnicalService(db, organization, id, version);
  if (technical === undefined) {
    throw errors.unknownTechnicalService({ id, version, organization }, '/technicalService');
  }
  const { parameters, prices, faults } = readOffer(input, technical.definition);
  const error = collectErrors(faults);
  if (error) throw error;
  return {
    id: input.id,
    name: input.name ?? { en: input.id },
    supplier: input.supplier,
    technicalService: technical.key,
    parameters: sealPasswords(parameters, technical.definition, stored, secretBox),
    prices,
    compatible: input.compatible ?? [],
    active: input.active ?? true,
  };
}

function sealPasswords(
  parameters: Service['parameters'],
  definition: Definition,
  stored: OfferedService | undefined,
  secretBox: SecretBox,
): Service['parameters'] {
  const passwords = passwordsOf(definition);
  return Object.fromEntries(
    Object.entries(parameters).map(([id, parameter]) => {
      if (!passwords.has(id)) return [id, parameter];
      const value =
        parameter.value === undefined ? stored?.parameters[id]?.value : secretBox.seal(parameter.value);
      return [id, { ...parameter, ...(value !== undefined && { value }) }];
    }),
  );
}

function passwordsOf({ parameters }: Definition): Set<string> {
  return new Set(parameters.filter(({ valueType }) => valueType === 'PWD').map(({ id }) => id));
}

/** What may be shown of the parameters: a password's value is for the application alone. */
function withoutPasswords({
  parameters,
  definition,
}: OfferedService): NonNullable<ServiceInput['parameters']> {
  const passwords = passwordsOf(definition);
  return Object.fromEntries(
    Object.entries(parameters).map(([id, { value, configurableByCustomer }]) => [
      id,
      { ...(value !== undefined && !passwords.has(id) && { value }), configurableByCustomer },
    ]),
  );
}

/** A service in the shape in which it is given; the workspace's export is made of it. */
export function inputOf(service: OfferedService): ServiceInput {
  const { id, name, supplier, provider, definition, prices, compatible, active } = service;
  const parameters = withoutPasswords(service);
  return {
    id,
    name: { ...name },
    technicalService: {
      id: definition.id,
      ...(definition.version !== '' && { version: definition.version }),
      ...(provider !== supplier && { organization: provider }),
    },
    supplier,
    ...(Object.keys(parameters).length > 0 && { parameters }),
    ...(prices && { prices: writePrices(prices) }),
    ...(compatible.length > 0 && { compatible: [...compatible] }),
    ...(!active && { active }),
  };
}

function viewOf(service: OfferedService, locale: string): ServiceView {
  const { definition, provider } = service;
  const input = inputOf(service);
  const description = localized(definition.descriptions, locale);
  return {
    ...input,
    name: { ...service.name },
    parameters: input.parameters ?? {},
    active: service.active,
    technicalService: { ...input.technicalService, organization: provider },
    title: localized(service.name, locale) ?? service.id,
    ...(description !== undefined && { description }),
    tags: tagsOf(definition),
  };
}

function tagsOf({ tags }: Definition): string[] {
  return [...new Set(tags.map(({ value }) => value))];
}
