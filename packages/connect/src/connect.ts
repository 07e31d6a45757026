import type { Dispatcher } from 'undici';
import { openDefaultBrowser } from './auth/browser.ts';
import { Connection } from './connection.ts';
import type { Source } from './engine/shape.ts';
import { ProgrammingError } from './errors.ts';
import { openLog } from './log.ts';
import { createMetadata } from './metadata/metadata.ts';
import { openRestConnection, type RestConnection, readServiceSettings } from './rest/open.ts';
import { readSettings, type Settings, splitConnectionString } from './settings/connection-string.ts';
import { commonProperties } from './settings/properties.ts';
import { loadDescription } from './sources.ts';
import { readViews } from './views.ts';

/** Options of `connect`; all may be left out. */
export interface ConnectOptions {
  /** Opens the consent page of the desktop flow; not awaited. Default: the user's browser. */
  openBrowser?: (address: string) => void;
  /** Milliseconds since 1970; decides whether a token has expired. Default: `Date.now`. */
  now?: () => number;
  /** `User-Agent` of every request: the application and a way to reach its maker. */
  userAgent?: string;
  /** How long the desktop flow waits for the redirect, in milliseconds. Default: 300,000. */
  callbackTimeout?: number;
  /** Sends requests in place of the connector's own: proxy, firewall and certificate properties are then not used. */
  dispatcher?: Dispatcher;
}

/**
 * Opens a connection, as `mod.connect(...)` does in CData's Python connector (connector §1 facts 1 to 3).
 * OAuth tokens are got here when `InitiateOAuth` asks for it; otherwise no request is made yet.
 *
 * @param connectionString `Name=Value;…`, see docs/connect/properties.md
 * @throws ProgrammingError for a wrong connection string; OperationalError when authorization fails
 */
export async function connect(connectionString: string, options: ConnectOptions = {}): Promise<Connection> {
  const service = await openService(connectionString, options);
  const { settings, source, log, now, http } = service;
  let views: Map<string, string>;
  try {
    views = await readViews(settings.text('UserDefinedViews'));
  } catch (error) {
    await service.close();
    throw error;
  }
  return Connection.open({
    sources: { main: refusing(source, settings), sys: createMetadata(service, views) },
    aliases: new Map([
      [source.description.name.toLowerCase(), 'main'],
      ['userviews', 'temp'],
    ]),
    views,
    settings,
    log,
    now,
    requests: http.requests,
    service,
    close: service.close,
  });
}

/** Most schemas one session may have: SQLite attaches ten databases, one of which is kept free. */
const mostSchemas = 9;

/**
 * SQL over several sources at once, each under its schema: `SELECT … FROM crm.Deals JOIN apps.orders …`.
 * Closing the connection closes the sources.
 */
export async function connectSources(sources: Readonly<Record<string, Source>>): Promise<Connection> {
  const names = Object.keys(sources);
  if (names.length > mostSchemas)
    throw new ProgrammingError(`At most ${mostSchemas} sources can be queried together`);
  const settings = readSettings('', commonProperties);
  return Connection.open({
    sources,
    aliases: new Map(),
    views: new Map(),
    settings,
    log: openLog(settings),
    now: Date.now,
    requests: () => 0,
    close: async () => {
      await Promise.all(Object.values(sources).map((source) => source.close?.()));
    },
  });
}

/** Opens the service of a connection string as a source for `connectSources`. */
export async function openSource(connectionString: string, options: ConnectOptions = {}): Promise<Source> {
  const service = await openService(connectionString, options);
  return { ...refusing(service.source, service.settings), close: service.close };
}

/**
 * Checks a connection string without opening a connection, and gives its settings.
 *
 * @throws ProgrammingError as `connect` would
 */
export async function checkConnectionString(connectionString: string): Promise<Settings> {
  const description = await loadDescription(splitConnectionString(connectionString));
  return readServiceSettings(description, connectionString).settings;
}

async function openService(connectionString: string, options: ConnectOptions): Promise<RestConnection> {
  const description = await loadDescription(splitConnectionString(connectionString));
  return openRestConnection(description, connectionString, {
    openBrowser: options.openBrowser ?? openDefaultBrowser,
    now: options.now ?? Date.now,
    userAgent: options.userAgent ?? 'renkei-connect/0.1 (https://www.npmjs.com/package/@renkei/connect)',
    callbackTimeout: options.callbackTimeout ?? 300_000,
    ...(options.dispatcher ? { dispatcher: options.dispatcher } : {}),
  });
}

/** The source, without writes where the settings forbid them. */
function refusing(source: RestConnection['source'], settings: Settings): Source {
  const property = ['Readonly', 'Offline'].find((name) => settings.flag(name));
  if (!property) return source;
  const tables = () =>
    source
      .tables()
      .map(({ writes: _, ...table }) => ({ ...table, refusal: `the connection is ${property}` }));
  return { ...source, tables };
}
