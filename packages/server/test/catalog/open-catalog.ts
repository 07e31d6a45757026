import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import { billRoutes } from '../../src/dialects/native/bill-routes.ts';
import { catalogRoutes } from '../../src/dialects/native/catalog-routes.ts';
import { orphanRoutes } from '../../src/dialects/native/orphan-routes.ts';
import { priceRoutes } from '../../src/dialects/native/price-routes.ts';
import { subscriptionRoutes } from '../../src/dialects/native/subscription-routes.ts';
import { useTypeboxSchemas } from '../../src/dialects/native/validation.ts';
import { createOscm } from '../../src/dialects/oscm/index.ts';
import { type Catalog, createCatalog } from '../../src/modules/catalog/index.ts';
import { createIdentity, type Identity } from '../../src/modules/identity/index.ts';
import { createSecretBox } from '../../src/platform/crypto/secret-box.ts';
import { collectErrors } from '../../src/platform/errors.ts';
import { startListener } from '../../src/platform/http/listener.ts';
import { createHttpMetrics } from '../../src/platform/http/request-metrics.ts';
import { createJobs } from '../../src/platform/jobs/jobs.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { createMail } from '../../src/platform/mail/mail.ts';
import { createOutbound } from '../../src/platform/outbound/outbound.ts';
import type { Change, WorkspaceFile } from '../../src/platform/workspace-section.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const secretKey = Buffer.from('a key for the tests');
const log = createLog('silent');

export type Answer = { status: number; body: Body; text: string; headers: Headers };
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by the tests
type Body = any;

export type OpenCatalog = {
  test: TestDatabase;
  identity: Identity;
  catalog: Catalog;
  url: string;
  /** A request as this user (`admin` by default), JSON unless the body is text or bytes (then XML). */
  call(method: string, path: string, body?: unknown, user?: string): Promise<Answer>;
  /** An access token of the native API. */
  tokenOf(user: string): Promise<string>;
  /** Imports a definition file for the organization. */
  importFile(file: string | Uint8Array, organization?: string, user?: string): Promise<Answer>;
  apply(file: WorkspaceFile, options?: { prune?: boolean }): Promise<Change[]>;
  close(): Promise<void>;
};

export const people = [
  { id: 'provider', name: 'Paula Provider', mail: 'provider@example.com', roles: ['technologyProvider'] },
  { id: 'rival', name: 'Rita Rival', roles: ['technologyProvider'] },
  { id: 'seller', name: 'Sam Seller', roles: ['supplier'] },
  { id: 'customer', name: 'Ada Customer', mail: 'ada@example.com', roles: ['customerAdmin'] },
  { id: 'member', name: 'Mia Member', mail: 'mia@example.com', roles: [] },
  { id: 'stranger', name: 'Stan Stranger', roles: ['technologyProvider', 'supplier', 'customerAdmin'] },
].map((user) => ({ ...user, password: `pass-${user.id}` }));

export const organizations = [
  { id: 'acme', name: 'Acme', roles: ['technologyProvider', 'supplier'], users: ['provider', 'seller'] },
  { id: 'rivals', name: 'Rivals', roles: ['technologyProvider'], users: ['rival'] },
  { id: 'customer1', name: 'お客様1', roles: ['customer'], users: ['customer', 'member'] },
];

/** The catalog as main.ts makes it, on a database of its own, with the organizations and people above. */
export async function openCatalog(options: { smtpUrl?: string } = {}): Promise<OpenCatalog> {
  const test = await createTestDatabase();
  const { database } = test;
  const identity = await createIdentity({
    database,
    secretKey,
    passwordExpiry: () => ({ serviceDesk: 'login', endUser: 'change' }),
    accessLog: { record: async () => undefined, note: () => undefined },
  });
  await identity.bootstrap('pass-admin');
  const outbound = createOutbound({ allow: ['127.0.0.0/8'], tlsVerify: true, log });
  const jobs = createJobs({ database, log });
  await jobs.prepare();
  const catalog = createCatalog({
    database,
    secretBox: createSecretBox(secretKey),
    people: identity.directory,
    outbound,
    log,
    callTimeoutMs: 1500,
    // what runs by the clock is run by the tests, at the time that they choose
    jobs: { ...jobs, schedule: (_, task, handler) => jobs.handle(task, handler) },
    mail: createMail({ smtpUrl: options.smtpUrl, tlsVerify: true }),
    settings: () => ({
      locale: 'en',
      timezone: 'Asia/Tokyo',
      mail: { security: 'smtp', from: 'renkei@example.com' },
    }),
    portalSessions: identity.sessions,
  });
  identity.sessions.onEnd(catalog.portalSessionEnded);
  await jobs.start();
  const sections = [identity.section, catalog.section];

  const authenticate = (request: FastifyRequest) =>
    identity.authenticateBearer(request.headers.authorization?.replace(/^Bearer /, ''), {
      via: 'native',
      locale: 'en',
      requestId: request.id,
    });
  const native: FastifyPluginAsync = async (app) => {
    useTypeboxSchemas(app);
    for (const routes of [catalogRoutes, subscriptionRoutes, billRoutes, priceRoutes, orphanRoutes]) {
      routes(catalog)(app, authenticate);
    }
  };
  const listener = await startListener({
    host: '127.0.0.1',
    port: 0,
    log,
    metrics: createHttpMetrics(new Registry()),
    plugins: [
      native,
      createOscm({ catalog, identity, dispatcher: outbound.dispatcher, log, locale: () => 'en' }),
    ],
  });
  const { url } = listener;
  const tokens = new Map<string, string>();

  async function tokenOf(user: string): Promise<string> {
    const known = tokens.get(user);
    if (known !== undefined) return known;
    const request = { username: user, password: `pass-${user}` };
    const how = { via: 'native' as const, locale: 'en' as const, requestId: 'test' };
    const { access_token: token } = await identity.sessions.signIn(request, how, {
      access: 3600,
      refresh: 3600,
    });
    tokens.set(user, token);
    return token;
  }

  const opened: OpenCatalog = {
    test,
    identity,
    catalog,
    url,
    tokenOf,
    async call(method, path, body, user = 'admin') {
      const xml = typeof body === 'string' || body instanceof Uint8Array;
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${await tokenOf(user)}`,
          ...(body !== undefined && { 'content-type': xml ? 'application/xml' : 'application/json' }),
        },
        ...(body !== undefined && { body: xml ? (body as string) : JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = response.headers.get('content-type')?.includes('json');
      return {
        status: response.status,
        text,
        headers: response.headers,
        body: json ? JSON.parse(text) : undefined,
      };
    },
    importFile: (file, organization = 'acme', user = 'admin') =>
      opened.call('POST', `/v1/catalog/technical-services?organization=${organization}`, file, user),
    async apply(file, { prune = false } = {}) {
      return database.transaction(async (tx) => {
        const options = { prune, readSecret: async (reference: unknown) => String(reference) };
        const plans = [];
        for (const section of sections) plans.push(await section.plan(tx, file, options));
        const fault = collectErrors(plans.flatMap(({ faults }) => faults));
        if (fault) throw fault;
        for (const plan of plans) await plan.apply(tx);
        return plans.flatMap(({ changes }) => changes);
      });
    },
    async close() {
      await listener.close(100);
      await jobs.stop();
      await outbound.close();
      await test.drop();
    },
  };
  await opened.apply({ users: people, catalog: { organizations } });
  return opened;
}
