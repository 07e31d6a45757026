import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { ListenerSettings, ServedDialect, Settings } from './config/settings.ts';
import { settingsInForce } from './config/settings-in-force.ts';
import { createAppSuite, createWebhookBody } from './dialects/appsuite/index.ts';
import { createFusionPlace } from './dialects/fusion-place/index.ts';
import { accessKeyRoutes } from './dialects/native/access-key-routes.ts';
import { automationRoutes } from './dialects/native/automation-routes.ts';
import { billRoutes } from './dialects/native/bill-routes.ts';
import { catalogRoutes } from './dialects/native/catalog-routes.ts';
import { credentialRoutes } from './dialects/native/credential-routes.ts';
import { csvRoutes } from './dialects/native/csv-routes.ts';
import { eventRoutes } from './dialects/native/event-routes.ts';
import { builtConsole, createConsole, createNative, type WorkspaceService } from './dialects/native/index.ts';
import { orphanRoutes } from './dialects/native/orphan-routes.ts';
import { peopleRoutes } from './dialects/native/people-routes.ts';
import { planningCellRoutes, planningImportRoutes } from './dialects/native/planning-cell-routes.ts';
import { planningEditionRoutes } from './dialects/native/planning-edition-routes.ts';
import { planningRoutes } from './dialects/native/planning-routes.ts';
import { priceRoutes } from './dialects/native/price-routes.ts';
import { processRoutes } from './dialects/native/process-routes.ts';
import { settingsRoutes } from './dialects/native/settings-routes.ts';
import { sqlRoutes } from './dialects/native/sql-routes.ts';
import { subscriptionRoutes } from './dialects/native/subscription-routes.ts';
import { trafficRoutes } from './dialects/native/traffic-routes.ts';
import { createAppProvisioning, createOscm } from './dialects/oscm/index.ts';
import { createSsm } from './dialects/ssm/index.ts';
import { migrationSets } from './migrations.ts';
import { createAudit } from './modules/audit/index.ts';
import { automationsExtension, createAutomations, createMailSender } from './modules/automations/index.ts';
import { createBulk } from './modules/bulk/index.ts';
import { createCatalog } from './modules/catalog/index.ts';
import { createConnections } from './modules/connections/index.ts';
import { createHosting } from './modules/hosting/index.ts';
import { createIdentity, systemCaller } from './modules/identity/index.ts';
import { createPlanning } from './modules/planning/index.ts';
import { createProcesses, processExtension } from './modules/processes/index.ts';
import { type AppDeclaration, createRecords } from './modules/records/index.ts';
import { createTraffic } from './modules/traffic/index.ts';
import { loadSecretKey } from './platform/crypto/load-secret-key.ts';
import { createSecretBox } from './platform/crypto/secret-box.ts';
import { createDatabase, type Database } from './platform/database/database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './platform/database/embedded.ts';
import { migrate } from './platform/database/migrate.ts';
import { collectErrors } from './platform/errors.ts';
import { type Listener, startListener } from './platform/http/listener.ts';
import { createOperations } from './platform/http/operations.ts';
import { createHttpMetrics } from './platform/http/request-metrics.ts';
import { createJobs } from './platform/jobs/jobs.ts';
import { createLive } from './platform/live/live.ts';
import type { Logger } from './platform/log/log.ts';
import { createMail } from './platform/mail/mail.ts';
import { createOutbound } from './platform/outbound/outbound.ts';
import { createRecordsDirectory } from './records-directory.ts';
import { createSettings, createWorkspace, toAnswer, type WorkspaceInput } from './workspace/index.ts';

/** What a process does: answer requests, do background work, or both. */
export type ProcessRole = 'api' | 'worker';

export type Server = {
  /** Where it listens, the main listener first. */
  urls: string[];
  /** Finishes what runs, then closes everything. */
  stop(): Promise<void>;
};

/** Long enough for any request but a stream that never ends, in milliseconds. */
const grace = 30_000;

/** The modules on one database; the one place that knows who depends on whom. */
export async function createModules(settings: Settings, log: Logger) {
  await mkdir(settings.dataDir, { recursive: true });
  const secretKey = await loadSecretKey(settings.secretKey, settings.dataDir);
  const { database, stopPostgres } = await openDatabase(settings, log);
  try {
    await migrate(database, migrationSets);
    const jobs = createJobs({ database, log });
    await jobs.prepare();

    const workspaceSettings = createSettings({ database });
    const { current } = workspaceSettings;
    const secretBox = createSecretBox(secretKey);
    const own = { base: '' };
    const live = createLive({ database, log });
    const audit = createAudit({ database, log, onWritten: () => live.tell('access-log') });
    const traffic = createTraffic({
      database,
      log,
      secretNames: () => catalog.passwordParameters(),
      onWritten: () => live.tell('traffic'),
    });
    const identity = await createIdentity({
      database,
      secretKey,
      accessLog: audit,
      recognised: traffic.recognised,
      passwordExpiry: () => current().passwordExpiry,
    });
    const records = createRecords({
      database,
      directory: createRecordsDirectory(identity.directory, database),
      timeZone: async () => current().timezone,
      log,
      extensions: { process: processExtension, automations: automationsExtension(secretBox) },
    });
    records.onChange(audit.onChange);
    records.onChange(async (tx, changes) => {
      const apps = new Set(changes.map(({ app }) => app.id));
      tx.afterCommit(() => {
        for (const app of apps) live.tell(`records:${app}`);
        live.tell('access-log');
      });
    });
    const mail = createMail(settings);
    const processes = createProcesses({
      database,
      records,
      directory: identity.directory,
      mail,
      jobs,
      settings: current,
      log,
    });
    const outbound = createOutbound({ allow: settings.outboundAllow, tlsVerify: settings.tlsVerify, log });
    const automations = createAutomations({
      database,
      records,
      directory: identity.directory,
      outbound,
      mail: createMailSender({ mail, directory: identity.directory, settings: current }),
      secretBox,
      log,
      webhookBody: createWebhookBody({
        directory: identity.directory,
        timeZone: () => current().timezone,
        // without an internal access URL the detail screen is where this server itself is reached
        accessUrls: () => {
          const { internal, external } = current().accessUrls;
          return { internal: internal || own.base, external };
        },
      }),
      systemCaller: systemCaller('automations'),
      locale: () => current().locale,
      onDeliveries: (app) => live.tell(`deliveries:${app}`),
      async applyWorkspace(file) {
        const { faults } = await workspace.apply({ file }, { by: 'automations' });
        const error = collectErrors(faults);
        if (error) throw error;
      },
    });

    const planning = createPlanning({ database });
    const catalog = createCatalog({
      database,
      secretBox,
      people: identity.directory,
      outbound,
      log,
      jobs,
      mail,
      settings: current,
      portalSessions: identity.sessions,
    });
    identity.sessions.onEnd(catalog.portalSessionEnded);

    const bulk = createBulk({ database, records, people: identity.directory });
    const connections = createConnections({
      database,
      secretBox,
      records,
      planning,
      bulk,
      people: identity.directory,
      dispatcher: outbound.dispatcher,
      dataDir: settings.dataDir,
      systemCaller: systemCaller('syncs'),
      timeZone: () => current().timezone,
      log,
    });

    const sections = [
      workspaceSettings.section,
      identity.section,
      records.section,
      planning.section,
      catalog.section,
      connections.section,
    ];
    const workspace = createWorkspace({ database, sections, log });
    const hosting = createHosting({
      database,
      declarations: async () => ((await records.section.export(database)).apps ?? []) as AppDeclaration[],
      async apply(apps, removeApps) {
        const { faults } = await workspace.apply(
          { file: { renkei: 1, apps } },
          { by: 'hosting', removeApps },
        );
        const error = collectErrors(faults);
        if (error) throw error;
      },
      knownUsers: async (logins) => [...(await identity.directory.numbersOfLogins(database, logins)).keys()],
    });
    jobs.schedule('17 3 * * *', 'cleanUp', async () => {
      await identity.cleanUp();
      await audit.cleanUp();
      await traffic.cleanUp();
      await records.cleanUp();
      await planning.webTokens.cleanUp();
      await catalog.cleanUp();
      await hosting.cleanUp();
      await automations.cleanUp();
    });
    await workspace.start();

    return {
      database,
      settings,
      secretKey,
      jobs,
      mail,
      identity,
      records,
      processes,
      automations,
      bulk,
      live,
      traffic,
      connections,
      planning,
      catalog,
      hosting,
      outbound,
      audit,
      workspace,
      current,
      locale: () => current().locale,
      /** Where the main listener is reached. */
      reachedAt(url: string) {
        own.base = `${url}/cgi-bin/dneo/`;
      },
      async close() {
        await connections.close();
        await audit.stop();
        await traffic.stop();
        await outbound.close();
        await database.close();
        await stopPostgres();
      },
    };
  } catch (error) {
    await database.close();
    await stopPostgres();
    throw error;
  }
}
export type Modules = Awaited<ReturnType<typeof createModules>>;

/** Starts a server process with its listeners and workers. */
export async function startServer(
  settings: Settings,
  log: Logger,
  roles: ReadonlySet<ProcessRole> = new Set(['api', 'worker']),
  /** What has to be there before the first request is taken; told the password that was made up for `admin`, if one was. */
  beforeListening: (modules: Modules, madeUpPassword: string | undefined) => Promise<void> = async () =>
    undefined,
): Promise<Server> {
  const modules = await createModules(settings, log);
  const listeners: Listener[] = [];
  let working = false;

  async function stop(): Promise<void> {
    await modules.live.stop();
    await Promise.all(listeners.map((listener) => listener.close(grace)));
    if (working) {
      const { jobs, automations, catalog, connections } = modules;
      await Promise.all([jobs.stop(), automations.stop(), catalog.stop(), connections.syncs.stop()]);
    }
    await modules.close();
  }

  try {
    const bootstrapped = await modules.identity.bootstrap(settings.adminPassword);
    await beforeListening(modules, bootstrapped?.madeUpPassword);
    const metrics = new Registry();
    collectDefaultMetrics({ register: metrics });
    const http = createHttpMetrics(metrics);
    modules.traffic.measure(metrics);
    if (roles.has('worker')) {
      await modules.jobs.start();
      await modules.automations.start();
      modules.catalog.start();
      modules.connections.syncs.start();
      working = true;
    }
    const operations = createOperations({
      database: modules.database,
      metrics,
      workerReady: () => working || !roles.has('worker'),
    });
    if (roles.has('api')) {
      for (const listener of [mainListener(settings), ...settings.listeners]) {
        const plugins = [operations, ...(await dialectPlugins(modules, listener, log))];
        const { host, port } = listener;
        const { tls } = listener.settings;
        const observer = modules.traffic.observer(`${host}:${port}`, listener.settings.traffic);
        const more = { ...(tls && { tls }), ...(observer && { observer }) };
        listeners.push(await startListener({ host, port, ...more, log, metrics: http, plugins }));
        if (listeners.length === 1) modules.reachedAt(listeners[0]!.url);
      }
    }
    return {
      urls: listeners.map(({ url }) => url),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function mainListener(settings: Settings): ListenerSettings {
  const { host, port } = settings;
  return { host, port, dialects: ['ssm', 'appsuite', 'fusion_place', 'oscm', 'native'], settings };
}

/** What a listener serves: each dialect with the listener's own settings. */
async function dialectPlugins(
  modules: Modules,
  { dialects, settings }: ListenerSettings,
  log: Logger,
): Promise<FastifyPluginAsync[]> {
  const { identity, records, processes, automations, bulk, planning, catalog, hosting, outbound, audit } =
    modules;
  const { connections, traffic, database, live, current, secretKey, locale } = modules;
  const lives = { access: settings.accessTokenTtl, refresh: settings.refreshTokenTtl };
  const version = await packageVersion();
  const plugins: Partial<Record<ServedDialect, () => FastifyPluginAsync>> = {
    native: () =>
      createNative({
        identity,
        records,
        audit,
        workspace: workspaceService(modules),
        secretKey,
        log,
        locale,
        lives,
        version,
        more: [
          automationRoutes({ automations, records }),
          csvRoutes({ bulk, records }),
          accessKeyRoutes({ identity }),
          settingsRoutes({
            settings: settingsInForce(modules.settings),
            workspaceSettings: current,
            database,
            mail: modules.mail,
            jobs: modules.jobs,
            version,
          }),
          peopleRoutes({ identity }),
          credentialRoutes({ identity, planning }),
          catalogRoutes(catalog),
          subscriptionRoutes(catalog),
          billRoutes(catalog),
          priceRoutes(catalog),
          orphanRoutes(catalog),
          planningRoutes({ planning }),
          planningCellRoutes({ planning }),
          planningImportRoutes({ planning }),
          planningEditionRoutes({ planning }),
          processRoutes({ processes, identity }),
          trafficRoutes({ traffic }),
          eventRoutes({ live, records, planning }),
          sqlRoutes(connections),
        ],
      }),
    appsuite: () =>
      createAppSuite({
        records,
        directory: identity.directory,
        timeZone: () => current().timezone,
        accessKeys: identity.accessKeys,
        locale,
        log,
        serial: settings.appsuiteSerial,
      }),
    fusion_place: () =>
      createFusionPlace({
        identity,
        planning,
        database,
        secretKey,
        log,
        timeZone: () => current().timezone,
        defaultLocale: locale,
        authSchemes: settings.fusionPlaceAuth,
        accessTokenTtl: settings.accessTokenTtl,
        refreshTokenTtl: settings.refreshTokenTtl,
        maxUnpacked: settings.maxUnpacked,
      }),
    oscm: () => async (app) => {
      await app.register(createOscm({ catalog, identity, dispatcher: outbound.dispatcher, log, locale }));
      await app.register(createAppProvisioning({ hosting, identity, log, locale }));
    },
    ssm: () =>
      createSsm({
        tokens: identity.ssm,
        directory: identity.directory,
        processes,
        locale,
        disallowedTags: () => settings.richTextDisallowedTags ?? current().richText.disallowedTags,
        log,
        accessTokenTtl: settings.accessTokenTtl,
        refreshTokenTtl: settings.refreshTokenTtl,
        publishHealthcheck: settings.publishHealthcheck,
        accessUrlSource: settings.accessUrlSource,
        upstreamAuthUrl: settings.upstreamAuthUrl,
        tlsVerify: settings.tlsVerify,
      }),
  };
  const served = dialects.flatMap((name) => plugins[name]?.() ?? []);
  // the console speaks the native API only
  return dialects.includes('native') ? [...served, createConsole({ folder: builtConsole })] : served;
}

function workspaceService({ workspace }: Modules): WorkspaceService {
  return {
    async apply({ file, secrets, ...options }, by, locale) {
      return toAnswer(await workspace.apply({ file, secrets } as WorkspaceInput, { ...options, by }), locale);
    },
    async plan({ file, secrets, ...options }, locale) {
      return toAnswer(await workspace.plan({ file, secrets } as WorkspaceInput, options), locale);
    },
    export: () => workspace.export(),
  };
}

/** The PostgreSQL of RENKEI_DATABASE_URL, else the embedded one of the data folder. */
export async function openDatabase(
  { databaseUrl, dataDir }: Pick<Settings, 'databaseUrl' | 'dataDir'>,
  log: Logger,
): Promise<{ database: Database; stopPostgres: () => Promise<void> }> {
  if (databaseUrl !== undefined) {
    // Python programs name their driver in the address (ssm fact 26)
    const connectionString = databaseUrl.replace(/^postgresql\+psycopg2:/, 'postgresql:');
    return {
      database: createDatabase({ connection: { connectionString }, log }),
      stopPostgres: async () => undefined,
    };
  }
  const postgres: EmbeddedPostgres = await startEmbeddedPostgres({ folder: join(dataDir, 'postgres'), log });
  return { database: createDatabase({ connection: postgres.connection, log }), stopPostgres: postgres.stop };
}

async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
