import type { Catalog } from '../../modules/catalog/index.ts';
import { child, childrenNamed, childText, type Element } from '../../platform/soap/element.ts';
import { soapErrors } from './errors.ts';
import { faultNames } from './faults.ts';
import type { SoapHandlers } from './service-provisioning.ts';
import { type Field, fields, type Operation, type SoapService } from './wsdl.ts';

/** `SubscriptionService`: what asynchronous applications call back (oscm §3.8). */

const reference = ['subscriptionId: xs:string!', 'organizationId: xs:string!'];
const withInstance: Operation = { input: fields(...reference, 'instance: VOInstanceInfo') };
const texts = (name: string): Operation => ({ input: fields(...reference, `${name}: VOLocalizedText*`) });

const types: Readonly<Record<string, readonly Field[]>> = {
  VOInstanceInfo: fields(
    'accessInfo: xs:string',
    'baseUrl: xs:string',
    'instanceId: xs:string',
    'loginPath: xs:string',
    'vmsNumber: xs:int',
  ),
  VOLocalizedText: fields('locale: xs:string', 'text: xs:string', 'version: xs:int'),
};

export const subscriptionService: SoapService = {
  name: 'SubscriptionService',
  faults: faultNames,
  operations: {
    completeAsyncSubscription: withInstance,
    abortAsyncSubscription: texts('reason'),
    updateAsyncSubscriptionProgress: texts('progress'),
    completeAsyncModifySubscription: withInstance,
    abortAsyncModifySubscription: texts('reason'),
    completeAsyncUpgradeSubscription: withInstance,
    abortAsyncUpgradeSubscription: texts('reason'),
    updateAccessInformation: withInstance,
    updateAsyncSubscriptionStatus: withInstance,
    notifySubscriptionAboutVmsNumber: withInstance,
    updateAsyncOperationProgress: {
      input: fields('transactionId: xs:string!', 'status: xs:string!', 'progress: VOLocalizedText*'),
    },
  },
  types,
};

export function subscriptionHandlers({ callbacks, operations }: Catalog): SoapHandlers {
  const none = async (work: Promise<void>) => {
    await work;
    return undefined;
  };
  return {
    completeAsyncSubscription: (caller, request) =>
      none(callbacks.complete(caller, referenceOf(request), instanceOf(request))),
    abortAsyncSubscription: (caller, request) =>
      none(callbacks.abort(caller, referenceOf(request), textOf(request, 'reason', caller.locale))),
    updateAsyncSubscriptionProgress: (caller, request) =>
      none(callbacks.progress(caller, referenceOf(request), textOf(request, 'progress', caller.locale))),
    completeAsyncModifySubscription: (caller, request) =>
      none(callbacks.completeChange(caller, referenceOf(request), 'modify', instanceOf(request))),
    completeAsyncUpgradeSubscription: (caller, request) =>
      none(callbacks.completeChange(caller, referenceOf(request), 'upgrade', instanceOf(request))),
    abortAsyncModifySubscription: (caller, request) =>
      none(
        callbacks.abortChange(
          caller,
          referenceOf(request),
          'modify',
          textOf(request, 'reason', caller.locale),
        ),
      ),
    abortAsyncUpgradeSubscription: (caller, request) =>
      none(
        callbacks.abortChange(
          caller,
          referenceOf(request),
          'upgrade',
          textOf(request, 'reason', caller.locale),
        ),
      ),
    updateAccessInformation: (caller, request) =>
      none(callbacks.updateAccess(caller, referenceOf(request), instanceOf(request))),
    updateAsyncSubscriptionStatus: (caller, request) =>
      none(callbacks.vanished(caller, referenceOf(request))),
    notifySubscriptionAboutVmsNumber: (caller, request) =>
      none(callbacks.countMachines(caller, referenceOf(request), vmsNumberOf(request))),
    async updateAsyncOperationProgress(caller, request) {
      const transactionId = required(request, 'transactionId');
      const status = required(request, 'status');
      if (status !== 'RUNNING' && status !== 'COMPLETED' && status !== 'ERROR') {
        throw soapErrors.status({ member: 'status', reason: 'INVALID', value: status });
      }
      const message = Object.fromEntries(localizedTexts(request, 'progress'));
      await operations.updateProgress(caller, transactionId, status, message);
      return undefined;
    },
  };
}

export function required(request: Element | undefined, member: string): string {
  const text = childText(request, member);
  if (text === undefined) throw soapErrors.missing({ member, reason: 'REQUIRED' });
  return text;
}

function referenceOf(request: Element) {
  return {
    subscriptionId: required(request, 'subscriptionId'),
    organizationId: required(request, 'organizationId'),
  };
}

function instanceOf(request: Element) {
  const instance = child(request, 'instance');
  return {
    accessInfo: childText(instance, 'accessInfo'),
    baseUrl: childText(instance, 'baseUrl'),
    instanceId: childText(instance, 'instanceId'),
    loginPath: childText(instance, 'loginPath'),
  };
}

/** In the instance (OSCM's own client puts it there), or by itself. */
function vmsNumberOf(request: Element): number {
  const instance = child(request, 'instance') ?? child(request, 'instanceInfo');
  const value =
    childText(instance, 'vmsNumber') ?? childText(request, 'vmsNumber') ?? required(request, 'number');
  if (!/^\d{1,9}$/.test(value)) throw soapErrors.number({ member: 'vmsNumber', reason: 'INT', value });
  return Number(value);
}

function localizedTexts(request: Element, name: string): [locale: string, text: string][] {
  return childrenNamed(request, name).map((one) => [
    childText(one, 'locale') ?? 'en',
    childText(one, 'text') ?? '',
  ]);
}

/** The text in the wanted language, else English, else the first. */
function textOf(request: Element, name: string, locale: string): string {
  const all = localizedTexts(request, name);
  const found = all.find(([one]) => one === locale) ?? all.find(([one]) => one === 'en') ?? all[0];
  return found?.[1] ?? '';
}
