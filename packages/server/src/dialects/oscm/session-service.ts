import type { Catalog } from '../../modules/catalog/index.ts';
import { keyOf } from './event-service.ts';
import { faultNames } from './faults.ts';
import type { SoapHandlers } from './service-provisioning.ts';
import { required } from './subscription-service.ts';
import { fields, type SoapService } from './wsdl.ts';

/** `SessionService`: login tokens and logouts of subscribed applications (oscm §4.3). */
export const sessionService: SoapService = {
  name: 'SessionService',
  faults: faultNames,
  operations: {
    resolveUserToken: {
      input: fields('subscriptionKey: xs:long!', 'sessionId: xs:string!', 'userToken: xs:string!'),
      output: { name: 'return', type: 'xs:string' },
    },
    deleteServiceSession: {
      input: fields('subscriptionKey: xs:long!', 'sessionId: xs:string!'),
      output: { name: 'return', type: 'xs:string' },
    },
    createServiceSession: {
      input: fields('subscriptionKey: xs:long!', 'sessionId: xs:string!', 'userToken: xs:string!'),
    },
    createPlatformSession: { input: fields('sessionId: xs:string!') },
    deletePlatformSession: {
      input: fields('sessionId: xs:string!'),
      output: { name: 'return', type: 'xs:int' },
    },
    deleteServiceSessionsForSubscription: { input: fields('subscriptionKey: xs:long!') },
    getNumberOfServiceSessions: {
      input: fields('subscriptionKey: xs:long!'),
      output: { name: 'return', type: 'xs:int' },
    },
    getSubscriptionKeysForSessionId: {
      input: fields('sessionId: xs:string!'),
      output: { name: 'return', type: 'xs:long', many: true },
    },
  },
  types: {},
};

export function sessionHandlers({ sessions }: Catalog, origin: () => string): SoapHandlers {
  return {
    resolveUserToken: (caller, request) =>
      sessions.resolve(
        caller,
        keyOf(request),
        required(request, 'sessionId'),
        required(request, 'userToken'),
      ),
    async deleteServiceSession(caller, request) {
      const key = keyOf(request);
      await sessions.end(caller, key, required(request, 'sessionId'));
      return `${origin()}/marketplace/logoutPage.jsf?subscriptionKey=${key.toString(16)}`;
    },
    async createServiceSession(caller, request) {
      const sessionId = required(request, 'sessionId');
      await sessions.create(caller, keyOf(request), sessionId, required(request, 'userToken'));
      return undefined;
    },
    async createPlatformSession(caller, request) {
      await sessions.beginPlatformSession(caller, required(request, 'sessionId'));
      return undefined;
    },
    deletePlatformSession: (caller, request) =>
      sessions.endPlatformSession(caller, required(request, 'sessionId')),
    async deleteServiceSessionsForSubscription(caller, request) {
      await sessions.endAll(caller, keyOf(request));
      return undefined;
    },
    getNumberOfServiceSessions: (caller, request) => sessions.count(caller, keyOf(request)),
    getSubscriptionKeysForSessionId: (caller, request) =>
      sessions.subscriptionsOf(caller, required(request, 'sessionId')),
  };
}
