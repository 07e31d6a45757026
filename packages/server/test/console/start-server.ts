import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../src/config/settings.ts';
import { startServer } from '../../src/main.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { createTestDatabase } from '../support/database.ts';

export const adminPassword = 'pass-admin-1';

export type RunningServer = {
  url: string;
  /** The native API as `admin`, with a token of its own. */
  call(method: string, path: string, body?: unknown): Promise<Response>;
  stop(): Promise<void>;
};

/** The whole server on a database of its own and a free port, with this workspace applied to it. */
export async function startRenkei(
  workspace?: Record<string, unknown>,
  environment: Record<string, string> = {},
): Promise<RunningServer> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'renkei-console-'));
  const settings = readSettings({
    RENKEI_DATA_DIR: folder,
    RENKEI_PORT: '0',
    RENKEI_ADMIN_PASSWORD: adminPassword,
    ...environment,
  });
  const server = await startServer({ ...settings, databaseUrl: database.url }, createLog('fatal'));
  const url = server.urls[0]!;
  const signedIn = await fetch(`${url}/v1/sessions`, json({ username: 'admin', password: adminPassword }));
  const { access_token } = (await signedIn.json()) as { access_token: string };

  const running: RunningServer = {
    url,
    call(method, path, body) {
      const authorization = `Bearer ${access_token}`;
      const { headers, ...rest } = body === undefined ? { headers: {} } : json(body);
      return fetch(url + path, { ...rest, method, headers: { ...headers, authorization } });
    },
    async stop() {
      await server.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  if (workspace) {
    const applied = await running.call('POST', '/v1/workspace/apply', { file: { renkei: 1, ...workspace } });
    const { faults } = (await applied.json()) as { faults?: unknown[] };
    if (!applied.ok || faults?.length !== 0) throw new Error(`not applied: ${JSON.stringify(faults)}`);
  }
  return running;
}

function json(body: unknown) {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
