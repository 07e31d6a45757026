import type { Dispatcher } from 'undici';
import { openDefaultBrowser } from './auth/browser.ts';
import { Connection } from './connection.ts';
import { openRestConnection } from './rest/open.ts';
import { splitConnectionString } from './settings/connection-string.ts';
import { loadDescription } from './sources.ts';

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
  const pairs = splitConnectionString(connectionString);
  const description = await loadDescription(pairs);
  const parts = await openRestConnection(description, connectionString, {
    openBrowser: options.openBrowser ?? openDefaultBrowser,
    now: options.now ?? Date.now,
    userAgent: options.userAgent ?? 'renkei-connect/0.1 (https://www.npmjs.com/package/@renkei/connect)',
    callbackTimeout: options.callbackTimeout ?? 300_000,
    ...(options.dispatcher ? { dispatcher: options.dispatcher } : {}),
  });
  return Connection.open(parts);
}
