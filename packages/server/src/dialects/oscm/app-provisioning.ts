import type { Hosting } from '../../modules/hosting/index.ts';
import { AppError } from '../../platform/errors.ts';
import { child, childrenNamed, childText, type Element } from '../../platform/soap/element.ts';
import type { SoapHandlers } from './service-provisioning.ts';
import { type FieldValue, fields, type Operation, type SoapService } from './wsdl.ts';

/**
 * The provisioning service (oscm §3) of this server as an application: an instance is an app, made like the one that
 * parameter TEMPLATE names. What cannot be done is told by `rc` and `desc`, as applications do.
 */

const result = (type: string): Operation['output'] => ({ name: 'return', type });
const change: Operation = {
  input: fields(
    'instanceId: xs:string',
    'subscriptionId: xs:string',
    'referenceId: xs:string',
    'parameterValues: serviceParameter*',
    'attributeValues: serviceAttribute*',
    'requestingUser: user',
  ),
  output: result('baseResult')!,
};
const ofInstance: Operation = {
  input: fields('instanceId: xs:string', 'requestingUser: user'),
  output: result('baseResult')!,
};
const ofUsers = (type: string): Operation => ({
  input: fields('instanceId: xs:string', 'users: user*', 'requestingUser: user'),
  output: result(type)!,
});
const base = ['desc: xs:string', 'rc: xs:int!'];

export const appProvisioning: SoapService = {
  name: 'ProvisioningService',
  faults: [],
  operations: {
    sendPing: { input: fields('arg: xs:string'), output: result('xs:string')! },
    saveAttributes: {
      input: fields(
        'organizationId: xs:string',
        'attributeValues: serviceAttribute*',
        'requestingUser: user',
      ),
      output: result('baseResult')!,
    },
    createInstance: {
      input: fields('request: instanceRequest', 'requestingUser: user'),
      output: result('instanceResult')!,
    },
    modifySubscription: change,
    upgradeSubscription: change,
    activateInstance: ofInstance,
    deactivateInstance: ofInstance,
    deleteInstance: {
      input: fields(
        'instanceId: xs:string',
        'organizationId: xs:string',
        'subscriptionId: xs:string',
        'requestingUser: user',
      ),
      output: result('baseResult')!,
    },
    createUsers: ofUsers('userResult'),
    updateUsers: ofUsers('baseResult'),
    deleteUsers: ofUsers('baseResult'),
  },
  types: {
    baseResult: fields(...base),
    instanceResult: fields(...base, 'instance: instanceInfo'),
    userResult: fields(...base, 'users: user*'),
    instanceInfo: fields(
      'accessInfo: xs:string',
      'baseUrl: xs:string',
      'instanceId: xs:string',
      'loginPath: xs:string',
    ),
    instanceRequest: fields(
      'attributeValue: serviceAttribute*',
      'defaultLocale: xs:string',
      'loginUrl: xs:string',
      'organizationId: xs:string',
      'organizationName: xs:string',
      'parameterValue: serviceParameter*',
      'referenceId: xs:string',
      'subscriptionId: xs:string',
    ),
    serviceParameter: fields('encrypted: xs:boolean', 'parameterId: xs:string', 'value: xs:string'),
    serviceAttribute: fields(
      'attributeId: xs:string',
      'controllerId: xs:string',
      'encrypted: xs:boolean',
      'value: xs:string',
    ),
    user: fields(
      'applicationUserId: xs:string',
      'email: xs:string',
      'locale: xs:string',
      'roleIdentifier: xs:string',
      'userFirstName: xs:string',
      'userId: xs:string',
      'userLastName: xs:string',
    ),
  },
};

export function appProvisioningHandlers(hosting: Hosting, origin: string): SoapHandlers {
  const done: FieldValue = { desc: 'ok', rc: 0 };
  const changed: SoapHandlers[string] = async (caller, request) => {
    const name = parametersOf(request, 'parameterValues').get('NAME');
    if (name) await hosting.rename(caller, appOf(request), name);
    return done;
  };
  const admitted = (answer: (users: readonly Element[]) => FieldValue): SoapHandlers[string] =>
    async function admit(caller, request) {
      const users = childrenNamed(request, 'users');
      const admitting = users.map((user) => ({
        login: childText(user, 'userId') ?? '',
        role: childText(user, 'roleIdentifier'),
      }));
      await hosting.admit(caller, appOf(request), admitting);
      return answer(users);
    };
  const switched = (active: boolean): SoapHandlers[string] =>
    async function switchTo(caller, request) {
      await hosting.switch(caller, appOf(request), active);
      return done;
    };
  return toldByCode({
    sendPing: async (_, request) => childText(request, 'arg') ?? '',
    saveAttributes: async () => done,
    async createInstance(caller, request) {
      const given = child(request, 'request');
      const app = await hosting.create(caller, {
        organization: childText(given, 'organizationId') ?? '',
        subscription: childText(given, 'subscriptionId') ?? '',
        parameters: parametersOf(given, 'parameterValue'),
      });
      const baseUrl = `${origin}/apps/${app}`;
      return { desc: 'ok', rc: 0, instance: { accessInfo: baseUrl, baseUrl, instanceId: `app-${app}` } };
    },
    modifySubscription: changed,
    upgradeSubscription: changed,
    activateInstance: switched(true),
    deactivateInstance: switched(false),
    async deleteInstance(caller, request) {
      await hosting.remove(caller, appOf(request));
      return done;
    },
    createUsers: admitted((users) => ({
      desc: 'ok',
      rc: 0,
      users: users.map((user) => {
        const userId = childText(user, 'userId');
        return { applicationUserId: userId, userId };
      }),
    })),
    updateUsers: admitted(() => done),
    async deleteUsers(caller, request) {
      const logins = childrenNamed(request, 'users').flatMap((user) => childText(user, 'userId') ?? []);
      await hosting.dismiss(caller, appOf(request), logins);
      return done;
    },
  });
}

/** Refusals are results with a code: 120 for wrong values, 200 for everything else (oscm §3.6, not normative). */
function toldByCode(handlers: SoapHandlers): SoapHandlers {
  return Object.fromEntries(
    Object.entries(handlers).map(([operation, handle]): [string, SoapHandlers[string]] => [
      operation,
      async (caller, request) => {
        try {
          return await handle(caller, request);
        } catch (error) {
          if (!(error instanceof AppError) || error.kind === 'internal') throw error;
          const mistakes = error.errors.length > 0 ? error.errors : [error];
          const desc = mistakes.map((one) => one.text(caller.locale)).join('\n');
          return { desc, rc: error.kind === 'invalid' ? 120 : 200 };
        }
      },
    ]),
  );
}

/** No app has the number 0: an instance that is none of ours. */
function appOf(request: Element): number {
  return Number(/^app-(\d{1,6})$/.exec(childText(request, 'instanceId') ?? '')?.[1] ?? 0);
}

function parametersOf(request: Element | undefined, name: string): Map<string, string> {
  return new Map(
    childrenNamed(request, name).map((one) => [
      childText(one, 'parameterId') ?? '',
      childText(one, 'value') ?? '',
    ]),
  );
}
