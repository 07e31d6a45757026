import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../src/config/settings.ts';
import { type Modules, startServer } from '../../src/main.ts';
import type { Database } from '../../src/platform/database/database.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { createTestDatabase } from '../support/database.ts';

export type Served = {
  url: string;
  /** A further pool, to look behind. */
  database: Database;
  dataDir: string;
  /** For the command line, to find this server. */
  environment: Record<string, string>;
  /** Applies a workspace as `renkei apply` does; throws its faults. */
  apply(file: object): Promise<void>;
  /** A call of the native API as this user, of whom `pass-<user>-1` is the password. */
  as(user: string, path: string, init?: RequestInit): Promise<Response>;
  /** Its answer as JSON; as maeda unless said otherwise. */
  native(path: string, init?: RequestInit & { user?: string }): Promise<{ status: number; body: never }>;
  /** An answer of the native API that is no JSON, for the first user. */
  text(path: string, headers: Record<string, string>): Promise<string>;
  close(): Promise<void>;
};

/** The whole server on a database of its own. */
export async function serve(environment: Record<string, string> = {}): Promise<Served> {
  const { database, url: databaseUrl, drop } = await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'renkei-test-data-'));
  let apply!: Modules['workspace']['apply'];
  const server = await startServer(
    {
      ...readSettings({
        RENKEI_PORT: '0',
        RENKEI_DATA_DIR: dataDir,
        RENKEI_OUTBOUND_ALLOW: '127.0.0.0/8',
        RENKEI_SECRET_KEY: 'a key for the tests',
        ...environment,
      }),
      databaseUrl,
    },
    createLog('error'),
    undefined,
    async ({ workspace }) => {
      apply = workspace.apply;
    },
  );
  const url = server.urls[0]!;
  const tokens = new Map<string, Promise<string>>();

  async function signIn(username: string): Promise<string> {
    const response = await fetch(`${url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password: `pass-${username}-1` }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  async function as(user: string, path: string, init: RequestInit = {}): Promise<Response> {
    const token = tokens.get(user) ?? signIn(user);
    tokens.set(user, token);
    const headers = { ...init.headers, authorization: `Bearer ${await token}` };
    return fetch(url + path, { ...init, headers });
  }

  return {
    url,
    database,
    dataDir,
    environment: {
      RENKEI_DATA_DIR: dataDir,
      RENKEI_PORT: new URL(url).port,
      RENKEI_SECRET_KEY: 'a key for the tests',
    },
    async apply(file) {
      const { faults } = await apply({ file: { renkei: 1, ...file } });
      if (faults.length > 0)
        throw new Error(faults.map(({ place, message }) => `${place} ${message}`).join('\n'));
    },
    as,
    async text(path, headers) {
      return (await as('maeda', path, { headers })).text();
    },
    async native(path, { user = 'maeda', ...init } = {}) {
      const response = await as(user, path, init);
      const text = await response.text();
      return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as never };
    },
    async close() {
      await server.stop();
      await drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
