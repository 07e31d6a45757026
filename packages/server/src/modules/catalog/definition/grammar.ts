import type { DefinitionDialect } from './model.ts';
import { type AttributeType, anyText, idType, long, oneOf, text255, xmlBoolean } from './value-types.ts';

/** The structure of both dialects as tables: what XML Schema would say, with words for what is allowed. */

export type AttributeRule = { type: AttributeType; required: boolean };
export type ChildRule = { name: string; min: 0 | 1; max: 1 | 'many' };

export type ElementRule = {
  attributes: Readonly<Record<string, AttributeRule>>;
  /** In the order in which they must stand where the dialect is `ordered`. */
  children: readonly ChildRule[];
  /** Whether the element holds text rather than elements. */
  text: boolean;
};

export type Grammar = {
  dialect: DefinitionDialect;
  /** Namespace of the root and of each TechnicalService; all inner elements have none. */
  namespace: string;
  ordered: boolean;
  elements: Readonly<Record<string, ElementRule>>;
};

const required = (type: AttributeType): AttributeRule => ({ type, required: true });
const optional = (type: AttributeType): AttributeRule => ({ type, required: false });
const any = (name: string): ChildRule => ({ name, min: 0, max: 'many' });
const some = (name: string): ChildRule => ({ name, min: 1, max: 'many' });
const element = (attributes: ElementRule['attributes'], ...children: ChildRule[]): ElementRule => ({
  attributes,
  children,
  text: false,
});
const text = (locale: AttributeRule): ElementRule => ({ attributes: { locale }, children: [], text: true });

const optionalLocale = text(optional(anyText));
const requiredLocale = text(required(anyText));

const sharedServiceAttributes = {
  id: required(idType),
  build: optional(text255),
  provisioningTimeout: optional(long),
  provisioningUrl: optional(text255),
  provisioningVersion: optional(text255),
  provisioningUsername: optional(text255),
  provisioningPassword: optional(text255),
  baseUrl: optional(text255),
  loginPath: optional(text255),
};

/** The seed's dialect (oscm §1.2, §1.4): made from prose, so the order of elements is free. */
const v14: Grammar = {
  dialect: 'v14',
  namespace: '',
  ordered: false,
  elements: {
    TechnicalServices: element({}, some('TechnicalService')),
    TechnicalService: element(
      {
        ...sharedServiceAttributes,
        version: required(idType),
        provisioningType: required(oneOf('SYNCHRONOUS', 'ASYNCHRONOUS')),
        provisioningUserName: optional(text255),
        accessType: required(oneOf('DIRECT', 'LOGIN', 'PLATFORM', 'PROXY')),
        descriptionUrl: optional(text255),
      },
      any('AccessInfo'),
      any('LocalizedDescription'),
      any('LocalizedLicense'),
      any('ParameterDefinition'),
      any('Event'),
      any('Role'),
      any('Operation'),
    ),
    AccessInfo: requiredLocale,
    LocalizedDescription: optionalLocale,
    LocalizedLicense: requiredLocale,
    LocalizedName: requiredLocale,
    LocalizedOption: optionalLocale,
    ParameterDefinition: element(
      {
        id: required(idType),
        valueType: required(oneOf('BOOLEAN', 'INTEGER', 'LONG', 'STRING', 'ENUMERATION')),
        mandatory: optional(oneOf('true', 'false')),
        configurable: optional(oneOf('true', 'false')),
        default: optional(anyText),
        minValue: optional(long),
        maxValue: optional(long),
      },
      { name: 'Options', min: 0, max: 1 },
      any('LocalizedDescription'),
    ),
    Options: element({}, some('Option')),
    Option: element({ id: required(idType) }, any('LocalizedOption')),
    Event: element({ id: required(idType) }, any('LocalizedDescription')),
    Role: element({ id: required(idType) }, any('LocalizedName'), any('LocalizedDescription')),
    Operation: element(
      {
        id: required(idType),
        type: optional(oneOf('SYNCHRONOUS')),
        actionURL: required(text255),
      },
      any('LocalizedName'),
      any('LocalizedDescription'),
    ),
  },
};

/** OSCM's dialect (oscm §2.1, §2.2). */
const v19: Grammar = {
  dialect: 'v1.9',
  namespace: 'oscm.serviceprovisioning/1.9/TechnicalService.xsd',
  ordered: true,
  elements: {
    TechnicalServices: element({}, some('TechnicalService')),
    TechnicalService: element(
      {
        ...sharedServiceAttributes,
        provisioningType: optional(oneOf('ASYNCHRONOUS', 'SYNCHRONOUS')),
        accessType: required(oneOf('DIRECT', 'LOGIN', 'USER', 'EXTERNAL')),
        billingIdentifier: optional(text255),
        onlyOneSubscriptionPerUser: optional(xmlBoolean),
        allowingOnBehalfActing: optional(xmlBoolean),
      },
      any('AccessInfo'),
      any('LocalizedDescription'),
      any('LocalizedLicense'),
      any('LocalizedTag'),
      any('ParameterDefinition'),
      any('Event'),
      any('Role'),
      any('Operation'),
    ),
    AccessInfo: optionalLocale,
    LocalizedDescription: optionalLocale,
    LocalizedLicense: optionalLocale,
    LocalizedTag: optionalLocale,
    LocalizedName: optionalLocale,
    LocalizedOption: optionalLocale,
    ParameterDefinition: element(
      {
        id: required(text255),
        valueType: required(oneOf('BOOLEAN', 'INTEGER', 'LONG', 'STRING', 'ENUMERATION', 'PWD')),
        mandatory: optional(xmlBoolean),
        configurable: optional(xmlBoolean),
        default: optional(anyText),
        minValue: optional(long),
        maxValue: optional(long),
        modificationType: optional(oneOf('STANDARD', 'ONE_TIME')),
      },
      { name: 'Options', min: 0, max: 1 },
      some('LocalizedDescription'),
    ),
    Options: element({}, some('Option')),
    Option: element({ id: required(text255) }, some('LocalizedOption')),
    Event: element({ id: required(idType) }, some('LocalizedDescription')),
    Role: element({ id: required(idType) }, some('LocalizedName'), some('LocalizedDescription')),
    Operation: element(
      { id: required(text255), actionURL: required(text255) },
      some('LocalizedName'),
      some('LocalizedDescription'),
      any('OperationParameter'),
    ),
    OperationParameter: element(
      {
        id: required(text255),
        type: required(oneOf('INPUT_STRING', 'REQUEST_SELECT')),
        mandatory: optional(xmlBoolean),
      },
      some('LocalizedName'),
    ),
  },
};

export const grammars: readonly Grammar[] = [v14, v19];
/** Namespaces a root may have, the seed's (none) left out. */
export const namespaces = [v19.namespace];
export const oscmNamespace = v19.namespace;
