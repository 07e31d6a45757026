import { escapeAttribute, escapeText } from '../../../platform/xml/escape.ts';
import { oscmNamespace } from './grammar.ts';
import { type Definition, nativeBilling, type Option, type Parameter, type Texts } from './model.ts';

type Attributes = Readonly<Record<string, string | undefined>>;

/**
 * A definition file in the dialect the services came in, in the order of the schema; importing it changes nothing
 * (oscm §2.5). All services must be of one dialect.
 */
export function writeDefinitions(services: readonly Definition[]): string {
  const oscm = services[0]?.dialect !== 'v14';
  const root = oscm ? 'tns:TechnicalServices' : 'TechnicalServices';
  const namespace = oscm ? { 'xmlns:tns': oscmNamespace } : {};
  const body = services.map((service) => writeService(service)).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n${block(0, root, namespace, body)}`;
}

function writeService(service: Definition): string {
  const oscm = service.dialect !== 'v14';
  const attributes: Attributes = {
    id: service.id,
    version: oscm ? undefined : service.version,
    build: service.build,
    accessType: service.accessType,
    provisioningType: service.provisioningType,
    provisioningTimeout: service.provisioningTimeout,
    provisioningUrl: service.provisioningUrl || undefined,
    provisioningVersion: service.provisioningVersion,
    [oscm ? 'provisioningUsername' : 'provisioningUserName']: service.provisioningUsername,
    provisioningPassword: service.provisioningPassword,
    baseUrl: service.baseUrl,
    loginPath: service.loginPath,
    descriptionUrl: service.descriptionUrl,
    billingIdentifier: service.billingIdentifier === nativeBilling ? undefined : service.billingIdentifier,
    onlyOneSubscriptionPerUser: service.onlyOneSubscriptionPerUser ? 'true' : undefined,
    allowingOnBehalfActing: service.allowingOnBehalfActing ? 'true' : undefined,
  };
  const children = [
    texts(2, 'AccessInfo', service.accessInfo),
    texts(2, 'LocalizedDescription', service.descriptions),
    texts(2, 'LocalizedLicense', service.licenses),
    ...service.tags.map(({ locale, value }) => leaf(2, 'LocalizedTag', locale, value)),
    ...service.parameters.map((parameter) => writeParameter(parameter, oscm)),
    ...service.events.map(({ id, descriptions }) =>
      block(2, 'Event', { id }, described(3, descriptions, oscm)),
    ),
    ...service.roles.map(({ id, names, descriptions }) =>
      block(2, 'Role', { id }, texts(3, 'LocalizedName', names) + described(3, descriptions, oscm)),
    ),
    ...service.operations.map(({ id, type, actionURL, names, descriptions, parameters }) =>
      block(
        2,
        'Operation',
        { id, type, actionURL },
        texts(3, 'LocalizedName', names) +
          described(3, descriptions, oscm) +
          parameters
            .map((parameter) =>
              block(
                3,
                'OperationParameter',
                { id: parameter.id, type: parameter.type, mandatory: String(parameter.mandatory) },
                texts(4, 'LocalizedName', parameter.names),
              ),
            )
            .join(''),
      ),
    ),
  ];
  return block(1, oscm ? 'tns:TechnicalService' : 'TechnicalService', attributes, children.join(''));
}

function writeParameter(parameter: Parameter, oscm: boolean): string {
  const attributes: Attributes = {
    id: parameter.id,
    valueType: parameter.valueType,
    mandatory: String(parameter.mandatory),
    // left out where the reader's default says the same: written out, `false` would ask for a default value
    configurable: parameter.configurable === oscm ? undefined : String(parameter.configurable),
    default: parameter.default,
    minValue: parameter.minValue,
    maxValue: parameter.maxValue,
    modificationType: parameter.modificationType === 'ONE_TIME' ? 'ONE_TIME' : undefined,
  };
  const option = ({ id, names }: Option) => block(4, 'Option', { id }, texts(5, 'LocalizedOption', names));
  const options =
    parameter.options.length === 0 ? '' : block(3, 'Options', {}, parameter.options.map(option).join(''));
  return block(2, 'ParameterDefinition', attributes, options + described(3, parameter.descriptions, oscm));
}

/** Where OSCM's schema demands a description, one that was blank is written as blank again. */
function described(depth: number, descriptions: Texts, oscm: boolean): string {
  const required = oscm && Object.keys(descriptions).length === 0;
  return texts(depth, 'LocalizedDescription', required ? { en: '' } : descriptions);
}

function texts(depth: number, name: string, byLocale: Texts): string {
  return Object.entries(byLocale)
    .map(([locale, text]) => leaf(depth, name, locale, text))
    .join('');
}

const indent = (depth: number) => '  '.repeat(depth);

function leaf(depth: number, name: string, locale: string, text: string): string {
  return `${indent(depth)}<${name}${attributeText({ locale })}>${escapeText(text)}</${name}>\n`;
}

function block(depth: number, name: string, attributes: Attributes, body: string): string {
  const start = `${indent(depth)}<${name}${attributeText(attributes)}`;
  return body === '' ? `${start}/>\n` : `${start}>\n${body}${indent(depth)}</${name}>\n`;
}

function attributeText(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeAttribute(value)}"`))
    .join('');
}
