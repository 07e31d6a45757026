import { isDeepStrictEqual } from 'node:util';
import type { SecretBox } from '../../../platform/crypto/secret-box.ts';
import type { Queryable, Transaction } from '../../../platform/database/database.ts';
import type { AppError } from '../../../platform/errors.ts';
import { idType } from '../definition/value-types.ts';
import { errors } from '../errors.ts';
import type { ServiceInput } from '../services/schema.ts';
import { inputOf, readOffer, readService } from '../services/services.ts';
import type { Organization } from '../store/organizations.ts';
import {
  deleteServices,
  insertService,
  type OfferedService,
  readAllServices,
  updateService,
} from '../store/services.ts';
import type { TechnicalServicesPlan } from './plan-technical-services.ts';
import type { CatalogFile } from './schema.ts';
import type { PartPlan } from './section.ts';

type Options = {
  prune: boolean;
  organizations: ReadonlyMap<string, Organization>;
  definitions: TechnicalServicesPlan['definitions'];
  secretBox: SecretBox;
};

export type ServicesPlan = PartPlan & { remove(tx: Transaction): Promise<void> };

/** What the file's `services` change, checked against the definitions as they will be. */
export async function planServices(
  db: Queryable,
  catalog: CatalogFile,
  { prune, organizations, definitions, secretBox }: Options,
): Promise<ServicesPlan> {
  const stored = new Map((await readAllServices(db)).map((service) => [service.id, service]));
  const faults: AppError[] = [];
  const changes: PartPlan['changes'] = [];
  const writes: { input: ServiceInput; before: OfferedService | undefined }[] = [];
  const declared = new Set<string>();
  for (const [index, input] of (catalog.services ?? []).entries()) {
    const place = `/catalog/services/${index}`;
    if (!idType.accepts(input.id)) faults.push(errors.id({ id: input.id }, `${place}/id`));
    if (declared.has(input.id)) faults.push(errors.twice({ id: input.id }, `${place}/id`));
    declared.add(input.id);
    const supplier = organizations.get(input.supplier);
    if (supplier === undefined) {
      faults.push(errors.unknownOrganization({ organization: input.supplier }, `${place}/supplier`));
    } else if (!supplier.roles.includes('supplier')) {
      const params = { organization: input.supplier, role: 'supplier' };
      faults.push(errors.organizationRole(params, `${place}/supplier`));
    }
    const { id, version = '', organization = input.supplier } = input.technicalService;
    const definition = await definitions(organization, id, version);
    if (definition === undefined) {
      faults.push(errors.unknownTechnicalService({ id, version, organization }, `${place}/technicalService`));
      continue;
    }
    const offer = readOffer(input, definition, place);
    faults.push(...offer.faults);
    const before = stored.get(input.id);
    const action = before === undefined ? 'add' : isSame(before, input, offer) ? 'keep' : 'change';
    changes.push({ action, kind: 'service', id: input.id });
    if (action !== 'keep') writes.push({ input, before });
  }
  const gone = prune && catalog.services ? [...stored.values()].filter(({ id }) => !declared.has(id)) : [];
  changes.push(...gone.map(({ id }) => ({ action: 'remove' as const, kind: 'service', id })));
  return {
    changes,
    faults,
    async apply(tx) {
      for (const { input, before } of writes) {
        const row = await readService(tx, input, before, secretBox);
        if (before === undefined) await insertService(tx, row);
        else await updateService(tx, before.key, row);
      }
    },
    async remove(tx) {
      if (gone.length > 0)
        await deleteServices(
          tx,
          gone.map(({ key }) => key),
        );
    },
  };
}

/** Compares in the form the file has, with what the file says put the same way. */
function isSame(before: OfferedService, input: ServiceInput, offer: ReturnType<typeof readOffer>): boolean {
  const { technicalService, supplier, id, name = { en: id }, compatible = [], active = true } = input;
  const { parameters, prices } = offer;
  const after: OfferedService = { ...before, name, supplier, parameters, prices, compatible, active };
  const target = { ...technicalService };
  if (target.organization === supplier) delete target.organization;
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
  return (
    isDeepStrictEqual(plain(inputOf(before)), plain({ ...inputOf(after), technicalService: target })) &&
    !Object.values(input.parameters ?? {}).some(
      ({ value }, index) =>
        value !== undefined && isPassword(before, Object.keys(input.parameters ?? {})[index]),
    )
  );
}

/** A password that is written in the file cannot be compared with the sealed one: it is stored again. */
function isPassword({ definition }: OfferedService, id: string | undefined): boolean {
  return definition.parameters.some((parameter) => parameter.id === id && parameter.valueType === 'PWD');
}
