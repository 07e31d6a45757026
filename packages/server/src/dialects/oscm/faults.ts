import type { AppError } from '../../platform/errors.ts';
import { escapeText } from '../../platform/xml/escape.ts';
import { namespace } from './wsdl.ts';

/** Names of the exceptions by code of the catalog; the sheet gives them where it names a refusal. */
const byCode: Readonly<Record<string, string>> = {
  'catalog.update.inUse': 'UpdateConstraintException',
  'catalog.update.active': 'TechnicalServiceActiveException',
  'catalog.update.multipleSubscriptions': 'TechnicalServiceMultiSubscriptions',
  'catalog.update.onBehalfActing': 'UnchangeableAllowingOnBehalfActingException',
  'catalog.definition.billingAdapter': 'BillingAdapterNotFoundException',
  'catalog.keyTaken': 'ImportException',
  'catalog.inUse': 'DeletionConstraintException',
  'catalog.state': 'SubscriptionStateException',
  'catalog.duplicateEvent': 'DuplicateEventException',
  'catalog.notAlive': 'TechnicalServiceNotAliveException',
  'catalog.operationFailed': 'TechnicalServiceOperationException',
  'catalog.concurrentUsers': 'ServiceParameterException',
  'catalog.period': 'ServiceParameterException',
  'catalog.notAssigned': 'OperationNotPermittedException',
  'catalog.foreign': 'OrganizationAuthoritiesException',
  'catalog.forbidden': 'OperationNotPermittedException',
  'catalog.organizationRole': 'OperationNotPermittedException',
};

const byKind: Readonly<Record<string, string>> = {
  forbidden: 'OperationNotPermittedException',
  notFound: 'ObjectNotFoundException',
  conflict: 'ConcurrentModificationException',
  upstream: 'TechnicalServiceNotAliveException',
};

/** Every name a fault may have, for the WSDL. */
export const faultNames = [
  ...new Set([...Object.values(byCode), ...Object.values(byKind), 'ImportException', 'ValidationException']),
];

function exceptionOf({ code, kind, errors }: AppError): string {
  const names = new Set((errors.length > 0 ? errors : [{ code }]).map((one) => byCode[one.code]));
  const [only] = names;
  if (only !== undefined && names.size === 1) return only;
  if (
    code.startsWith('catalog.definition.') ||
    errors.some((one) => one.code.startsWith('catalog.definition.'))
  )
    return 'ImportException';
  return byKind[kind] ?? 'ValidationException';
}

/** The detail of a fault: an element named after the exception, holding the fault bean (oscm §3.8, contract §7). */
export function faultDetail(
  error: AppError,
  locale: 'ja' | 'en',
): { name: string; text: string; detail: string } {
  const name = exceptionOf(error);
  const text = faultText(error, locale);
  const params = Object.values(error.params).map((value) => element('messageParams', String(value)));
  const bean =
    (name === 'ImportException' ? element('details', text) : '') +
    element('messageKey', `ex.${error.code}`) +
    params.join('') +
    (error.params.member === undefined ? '' : element('member', String(error.params.member))) +
    (error.params.reason === undefined ? '' : element('reason', String(error.params.reason)));
  return { name, text, detail: `<o:${name} xmlns:o="${namespace}">${bean}</o:${name}>` };
}

/** The collected text: mistakes of a file with their lines, one a line (oscm §2.3). */
function faultText(error: AppError, locale: 'ja' | 'en'): string {
  const single = error.errors.length > 0 ? error.errors : [error];
  return single
    .map((one) =>
      one.params.line === undefined ? one.text(locale) : `${one.params.line}: ${one.text(locale)}`,
    )
    .join('\n');
}

const element = (name: string, text: string) => `<o:${name}>${escapeText(text)}</o:${name}>`;
