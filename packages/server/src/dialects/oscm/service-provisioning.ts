import type { Catalog, TechnicalService } from '../../modules/catalog/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { child, childrenNamed, childText, type Element } from '../../platform/soap/element.ts';
import { soapErrors } from './errors.ts';
import { faultNames } from './faults.ts';
import { type FieldValue, fields, type SoapService } from './wsdl.ts';

/** `ServiceProvisioningService`: technical services by SOAP (oscm §2.3, §2.5). */

export const serviceProvisioning: SoapService = {
  name: 'ServiceProvisioningService',
  faults: faultNames,
  operations: {
    importTechnicalServices: {
      input: fields('xml: xs:base64Binary!'),
      output: { name: 'return', type: 'xs:string' },
    },
    exportTechnicalServices: {
      input: fields('technicalServices: VOTechnicalService*'),
      output: { name: 'return', type: 'xs:base64Binary' },
    },
    getTechnicalServices: {
      input: fields('role: xs:string'),
      output: { name: 'return', type: 'VOTechnicalService', many: true },
    },
    deleteTechnicalService: { input: fields('technicalService: VOTechnicalService!') },
    validateTechnicalServiceCommunication: { input: fields('technicalService: VOTechnicalService!') },
  },
  types: {
    VOTechnicalService: fields(
      'key: xs:long',
      'version: xs:int',
      'accessInfo: xs:string',
      'accessType: xs:string',
      'allowingOnBehalfActing: xs:boolean',
      'baseUrl: xs:string',
      'billingIdentifier: xs:string',
      'eventDefinitions: VOEventDefinition*',
      'license: xs:string',
      'loginPath: xs:string',
      'onlyOneSubscriptionPerUser: xs:boolean',
      'parameterDefinitions: VOParameterDefinition*',
      'provisioningType: xs:string',
      'provisioningUrl: xs:string',
      'provisioningVersion: xs:string',
      'roleDefinitions: VORoleDefinition*',
      'tags: xs:string*',
      'technicalServiceBuildId: xs:string',
      'technicalServiceDescription: xs:string',
      'technicalServiceId: xs:string',
      'technicalServiceOperations: VOTechnicalServiceOperation*',
      'technicalServiceVersion: xs:string',
    ),
    VOEventDefinition: fields('eventDescription: xs:string', 'eventId: xs:string', 'eventType: xs:string'),
    VOParameterDefinition: fields(
      'configurable: xs:boolean',
      'defaultValue: xs:string',
      'description: xs:string',
      'mandatory: xs:boolean',
      'maximumValue: xs:long',
      'minimumValue: xs:long',
      'modificationType: xs:string',
      'parameterId: xs:string',
      'parameterOptions: VOParameterOption*',
      'parameterType: xs:string',
      'valueType: xs:string',
    ),
    VOParameterOption: fields('optionDescription: xs:string', 'optionId: xs:string'),
    VORoleDefinition: fields('description: xs:string', 'name: xs:string', 'roleId: xs:string'),
    VOTechnicalServiceOperation: fields(
      'operationDescription: xs:string',
      'operationId: xs:string',
      'operationName: xs:string',
    ),
  },
};

export type SoapHandlers = Readonly<
  Record<string, (caller: Caller, request: Element) => Promise<FieldValue>>
>;

export function serviceProvisioningHandlers(catalog: Catalog): SoapHandlers {
  /** The technical service an object of the caller's speaks of: by key, or by its id. */
  async function find(caller: Caller, reference: Element | undefined) {
    const key = Number(childText(reference, 'key') ?? 0);
    const id = childText(reference, 'technicalServiceId');
    if (key <= 0 && id === undefined)
      throw soapErrors.missing({ member: 'technicalServiceId', reason: 'REQUIRED' });
    const version = childText(reference, 'technicalServiceVersion');
    return catalog.findOwnTechnicalService(caller, key > 0 ? { key } : { id: id as string, version });
  }

  return {
    async importTechnicalServices(caller, request) {
      const xml = child(request, 'xml')?.text.replaceAll(/\s/g, '');
      if (xml === undefined) throw soapErrors.missing({ member: 'xml', reason: 'REQUIRED' });
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(xml)) throw soapErrors.base64({ member: 'xml', reason: 'BASE64' });
      await catalog.importDefinitions(caller, oneChunk(Buffer.from(xml, 'base64')), {});
      return '';
    },
    async exportTechnicalServices(caller, request) {
      const references = request.children.filter(({ children }) => children.length > 0);
      const found = [];
      for (const reference of references) found.push(await find(caller, reference));
      const [first] = found;
      if (first === undefined) throw soapErrors.missing({ member: 'technicalServices', reason: 'REQUIRED' });
      const keys = found.map(({ definition: { id, version } }) => ({ id, version }));
      const xml = await catalog.exportDefinitions(caller, first.organization, keys);
      return Buffer.from(xml).toString('base64');
    },
    async getTechnicalServices(caller) {
      const all: TechnicalService[] = [];
      let cursor: string | undefined;
      do {
        const page = await catalog.listTechnicalServices(caller, { limit: 500, cursor, own: true });
        all.push(...page.items);
        cursor = page.next;
      } while (cursor !== undefined);
      return all.map((service) => view(service, caller.locale));
    },
    async deleteTechnicalService(caller, request) {
      const { organization, definition } = await find(caller, childrenNamed(request, 'technicalService')[0]);
      await catalog.deleteTechnicalService(caller, organization, definition.id, definition.version);
      return undefined;
    },
    async validateTechnicalServiceCommunication(caller, request) {
      const { key } = await find(caller, childrenNamed(request, 'technicalService')[0]);
      await catalog.pingTechnicalService(caller, key);
      return undefined;
    },
  };
}

async function* oneChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function view({ key, definition }: TechnicalService, locale: string): FieldValue {
  const text = (texts: Readonly<Record<string, string>>) => texts[locale] ?? texts.en;
  return {
    key,
    version: 0,
    accessInfo: text(definition.accessInfo),
    accessType: definition.accessType,
    allowingOnBehalfActing: definition.allowingOnBehalfActing,
    baseUrl: definition.baseUrl,
    billingIdentifier: definition.billingIdentifier,
    eventDefinitions: definition.events.map(({ id, descriptions }) => ({
      eventDescription: text(descriptions),
      eventId: id,
      eventType: 'SERVICE_EVENT',
    })),
    license: text(definition.licenses),
    loginPath: definition.loginPath,
    onlyOneSubscriptionPerUser: definition.onlyOneSubscriptionPerUser,
    parameterDefinitions: definition.parameters.map((parameter) => ({
      configurable: parameter.configurable,
      defaultValue: parameter.default,
      description: text(parameter.descriptions),
      mandatory: parameter.mandatory,
      maximumValue: parameter.maxValue,
      minimumValue: parameter.minValue,
      modificationType: parameter.modificationType,
      parameterId: parameter.id,
      parameterOptions: parameter.options.map(({ id, names }) => ({
        optionDescription: text(names),
        optionId: id,
      })),
      parameterType: 'SERVICE_PARAMETER',
      valueType: parameter.valueType,
    })),
    provisioningType: definition.provisioningType,
    provisioningUrl: definition.provisioningUrl,
    provisioningVersion: definition.provisioningVersion,
    roleDefinitions: definition.roles.map(({ id, names, descriptions }) => ({
      description: text(descriptions),
      name: text(names),
      roleId: id,
    })),
    tags: definition.tags.filter((tag) => tag.locale === locale).map(({ value }) => value),
    technicalServiceBuildId: definition.build,
    technicalServiceDescription: text(definition.descriptions),
    technicalServiceId: definition.id,
    technicalServiceOperations: definition.operations.map(({ id, names, descriptions }) => ({
      operationDescription: text(descriptions),
      operationId: id,
      operationName: text(names),
    })),
    technicalServiceVersion: definition.version || undefined,
  };
}
