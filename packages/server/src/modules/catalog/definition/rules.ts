import { isAbsoluteUrl } from '../rules/urls.ts';
import {
  checkDistinct,
  childrenOf,
  descriptionsOf,
  localeOf,
  placeOf,
  type Report,
  textsOf,
} from './element.ts';
import { faults } from './faults.ts';
import type { Grammar } from './grammar.ts';
import {
  type AccessType,
  type Definition,
  type Event,
  nativeBilling,
  type Operation,
  type OperationParameter,
  type Role,
  type Texts,
} from './model.ts';
import { readParameter } from './parameter-rules.ts';
import type { DefinitionElement } from './structure.ts';
import { readTags } from './tag-rules.ts';
import { characters, readBoolean } from './value-types.ts';

export type RuleContext = {
  /** Ids of the registered billing adapters, NATIVE_BILLING included. */
  billingAdapters: ReadonlySet<string>;
  report: Report;
};

/**
 * A definition out of a TechnicalService element, by the rules beyond the structure (oscm §1.2, §1.4, §2.4). Mistakes
 * are reported; the result is of use only when there were none.
 */
export function readService(service: DefinitionElement, grammar: Grammar, context: RuleContext): Definition {
  const { attributes } = service;
  const accessType = attributes.accessType as AccessType;
  checkDistinct(service, ['ParameterDefinition', 'Event', 'Role', 'Operation'], context.report);
  const addresses = readAddresses(service, accessType, grammar, context);
  for (const role of childrenOf(service, 'Role')) {
    if (accessType === 'DIRECT') context.report(faults.roleOfDirect(placeOf(role)));
  }
  if (accessType === 'DIRECT' || accessType === 'USER') checkAccessInfo(service, accessType, context);
  return {
    dialect: grammar.dialect,
    id: attributes.id ?? '',
    version: attributes.version ?? '',
    ...given(attributes, 'build', 'provisioningVersion', 'provisioningPassword', 'descriptionUrl'),
    ...userName(service, context),
    ...(attributes.provisioningTimeout !== undefined && {
      provisioningTimeout: attributes.provisioningTimeout.trim().replace(/^\+/, ''),
    }),
    accessType,
    provisioningType: attributes.provisioningType === 'ASYNCHRONOUS' ? 'ASYNCHRONOUS' : 'SYNCHRONOUS',
    ...addresses,
    billingIdentifier: billingIdentifier(service, context),
    onlyOneSubscriptionPerUser: readBoolean(attributes.onlyOneSubscriptionPerUser, false),
    allowingOnBehalfActing: readBoolean(attributes.allowingOnBehalfActing, false),
    accessInfo: textsOf(service, 'AccessInfo'),
    descriptions: descriptionsOf(service),
    licenses: textsOf(service, 'LocalizedLicense'),
    tags: readTags(childrenOf(service, 'LocalizedTag'), context.report),
    parameters: childrenOf(service, 'ParameterDefinition').map((child) =>
      readParameter(child, grammar.dialect, context.report),
    ),
    events: childrenOf(service, 'Event').map(
      (child): Event => ({ id: child.attributes.id ?? '', descriptions: descriptionsOf(child) }),
    ),
    roles: childrenOf(service, 'Role').map(
      (child): Role => ({
        id: child.attributes.id ?? '',
        names: namesOf(child, context),
        descriptions: descriptionsOf(child),
      }),
    ),
    operations: childrenOf(service, 'Operation').map((child) => readOperation(child, context)),
  };
}

function namesOf(element: DefinitionElement, { report }: RuleContext): Texts {
  for (const name of childrenOf(element, 'LocalizedName')) {
    if (characters(name.text) > 100) {
      report(faults.value(placeOf(name), name.text, { ja: '100文字以内', en: 'at most 100 characters' }));
    }
  }
  return textsOf(element, 'LocalizedName');
}

function given<K extends string>(attributes: DefinitionElement['attributes'], ...names: K[]) {
  const present = names.filter((name) => attributes[name] !== undefined && attributes[name] !== '');
  return Object.fromEntries(present.map((name) => [name, attributes[name]])) as Partial<Record<K, string>>;
}

/** Both spellings of the user name are taken in the seed's dialect, one at a time (oscm §1.2 fact 13). */
function userName(service: DefinitionElement, { report }: RuleContext): { provisioningUsername?: string } {
  const { provisioningUserName, provisioningUsername } = service.attributes;
  if (provisioningUserName !== undefined && provisioningUsername !== undefined) {
    report(
      faults.duplicate(placeOf(service, 'provisioningUserName'), 'provisioningUserName', 'TechnicalService'),
    );
  }
  const name = provisioningUserName ?? provisioningUsername;
  return name ? { provisioningUsername: name } : {};
}

/** The addresses after normalising (oscm §1.2 facts 11, 16, 17; §2.4 rules 1, 3, 5, 6). */
function readAddresses(
  service: DefinitionElement,
  accessType: AccessType,
  { dialect }: Grammar,
  { report }: RuleContext,
): Pick<Definition, 'provisioningUrl' | 'baseUrl' | 'loginPath'> {
  const { attributes, faulty } = service;
  const missing = (attribute: string) => {
    if (!faulty.has(attribute) && !faulty.has('accessType'))
      report(faults.requiredFor(placeOf(service, attribute), accessType));
  };
  const baseUrl = attributes.baseUrl?.trim().replace(/\\+$/, '') || undefined;
  if (baseUrl !== undefined && !isAbsoluteUrl(baseUrl)) {
    const allowed = { ja: 'http、https、ftpの絶対URL', en: 'an absolute http, https or ftp URL' };
    report(faults.value(placeOf(service, 'baseUrl'), baseUrl, allowed));
  }
  const through = accessType === 'LOGIN' || accessType === 'PLATFORM';
  const needsBase = dialect === 'v14' ? through : accessType !== 'DIRECT' && accessType !== 'USER';
  if (needsBase && baseUrl === undefined) missing('baseUrl');

  const written = attributes.provisioningUrl?.trim();
  const provisioningUrl =
    accessType === 'EXTERNAL' ? (written ?? '') : provisioningAddress(written, baseUrl, dialect);
  const needsProvisioning = accessType !== 'EXTERNAL' && accessType !== 'PROXY';
  if (needsProvisioning && provisioningUrl === '') missing('provisioningUrl');

  let loginPath = attributes.loginPath;
  if (dialect === 'v14') {
    if (loginPath === '') loginPath = undefined;
    if (loginPath !== undefined && !loginPath.startsWith('/')) {
      const allowed = { ja: '先頭がスラッシュ(/)のパス', en: 'a path that begins with a slash (/)' };
      report(faults.value(placeOf(service, 'loginPath'), loginPath, allowed));
    }
  } else if (loginPath !== undefined) {
    loginPath = `/${loginPath.trim().replace(/^\\+/, '').replace(/^\//, '')}`;
  }
  if (through && loginPath === undefined) missing('loginPath');
  return {
    provisioningUrl,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(loginPath !== undefined && { loginPath }),
  };
}

/** One that is no http address stands behind the base URL; in the seed's dialect an empty one is a missing one. */
function provisioningAddress(
  url: string | undefined,
  baseUrl: string | undefined,
  dialect: Grammar['dialect'],
): string {
  if (url === undefined || (dialect === 'v14' && url === '')) return '';
  if (url.toLowerCase().startsWith('http') || baseUrl === undefined) return url;
  return baseUrl.replace(/\/$/, '') + url;
}

/** A blank English AccessInfo is wrong at once; a missing one may stand in the catalog already (oscm §2.4 rule 7). */
function checkAccessInfo(service: DefinitionElement, accessType: AccessType, { report }: RuleContext): void {
  for (const info of childrenOf(service, 'AccessInfo')) {
    if (localeOf(info) === 'en' && info.text === '') report(faults.accessInfo(placeOf(info), accessType));
  }
}

function billingIdentifier(service: DefinitionElement, { billingAdapters, report }: RuleContext): string {
  const id = service.attributes.billingIdentifier?.trim() || nativeBilling;
  if (!billingAdapters.has(id)) {
    report(faults.billingAdapter(placeOf(service, 'billingIdentifier'), id, [...billingAdapters]));
  }
  return id;
}

function readOperation(operation: DefinitionElement, context: RuleContext): Operation {
  checkDistinct(operation, ['OperationParameter'], context.report);
  const { id = '', actionURL = '', type } = operation.attributes;
  return {
    id,
    actionURL: actionURL.trim(),
    ...(type !== undefined && { type }),
    names: namesOf(operation, context),
    descriptions: descriptionsOf(operation),
    parameters: childrenOf(operation, 'OperationParameter').map(
      (child): OperationParameter => ({
        id: child.attributes.id ?? '',
        type: child.attributes.type as OperationParameter['type'],
        mandatory: readBoolean(child.attributes.mandatory, false),
        names: namesOf(child, context),
      }),
    ),
  };
}
