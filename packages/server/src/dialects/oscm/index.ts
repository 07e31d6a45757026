/** The service catalog's own protocol: SOAP 1.1 as Open Service Catalog Manager speaks it (oscm). */
import type { FastifyPluginAsync } from 'fastify';
import type { Dispatcher } from 'undici';
import type { Catalog } from '../../modules/catalog/index.ts';
import type { Hosting } from '../../modules/hosting/index.ts';
import type { Identity } from '../../modules/identity/index.ts';
import type { Locale } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log/log.ts';
import { appProvisioning, appProvisioningHandlers } from './app-provisioning.ts';
import { registerEntry } from './entry/routes.ts';
import { eventHandlers, eventService } from './event-service.ts';
import { serviceProvisioning, serviceProvisioningHandlers } from './service-provisioning.ts';
import { sessionHandlers, sessionService } from './session-service.ts';
import { registerService, takeMessages } from './soap-endpoint.ts';
import { subscriptionHandlers, subscriptionService } from './subscription-service.ts';

export type OscmDependencies = {
  catalog: Catalog;
  identity: Pick<Identity, 'callerOfPassword' | 'authenticateBearer' | 'sessions'>;
  /** Connections to applications, with the address guard. */
  dispatcher: Dispatcher;
  log: Logger;
  /** Language of answers to who asks for none. */
  locale: () => Locale;
};

export function createOscm(deps: OscmDependencies): FastifyPluginAsync {
  return async (app) => {
    await registerEntry(app, deps);
    // where applications send browsers after a logout (oscm §4.3 step 7)
    app.get('/marketplace/logoutPage.jsf', (_, reply) => reply.redirect('/'));
    takeMessages(app);
    const { catalog } = deps;
    registerService(app, deps, serviceProvisioning, () => serviceProvisioningHandlers(catalog));
    registerService(app, deps, subscriptionService, () => subscriptionHandlers(catalog));
    registerService(app, deps, eventService, () => eventHandlers(catalog));
    registerService(app, deps, sessionService, (origin) => sessionHandlers(catalog, () => origin));
  };
}

/** This server as an application that is provisioned: each instance is an app (oscm §3). */
export function createAppProvisioning(
  deps: Pick<OscmDependencies, 'identity' | 'log' | 'locale'> & { hosting: Hosting },
): FastifyPluginAsync {
  return async (app) => {
    takeMessages(app);
    const handlers = (origin: string) => appProvisioningHandlers(deps.hosting, origin);
    registerService(app, deps, appProvisioning, handlers, '/provisioning/AppService');
  };
}
