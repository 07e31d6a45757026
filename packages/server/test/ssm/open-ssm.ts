import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../src/config/settings.ts';
import { type Modules, type ProcessRole, startServer } from '../../src/main.ts';
import { createLog } from '../../src/platform/log/log.ts';
import type { Workspace } from '../../src/workspace/index.ts';
import type { TestDatabase } from '../support/database.ts';

export const secretKey = 'a key for the tests of ssm';

/** The test server has a socket only, and a URL needs a host; its parameter `host` goes before that. */
export function socketAddress(url: string): string {
  return url.replace('@/', '@localhost/');
}

/** A server process of the product on a test database, with free ports. */
export type OpenSsm = {
  modules: Modules;
  workspace: Workspace;
  /** The main listener. */
  base: string;
  /** All listeners, the main one first. */
  urls: readonly string[];
  close(): Promise<void>;
};

/** `settings` are RENKEI_ variables; a further listener takes its own in `listeners`. */
export async function openSsm(
  { url }: Pick<TestDatabase, 'url'>,
  {
    settings = {},
    listeners = [],
    roles = ['api', 'worker'],
  }: { settings?: Record<string, string>; listeners?: object[]; roles?: ProcessRole[] } = {},
): Promise<OpenSsm> {
  const dataDir = mkdtempSync(join(tmpdir(), 'renkei-ssm-'));
  const read = readSettings({
    RENKEI_DATA_DIR: dataDir,
    RENKEI_DATABASE_URL: socketAddress(url),
    RENKEI_SECRET_KEY: secretKey,
    RENKEI_PORT: '0',
    RENKEI_LISTENERS: JSON.stringify(listeners.map((one) => ({ port: 0, dialects: ['ssm'], ...one }))),
    ...settings,
  });
  let modules: Modules | undefined;
  const server = await startServer(read, createLog('silent'), new Set(roles), async (made) => {
    modules = made;
  });
  return {
    modules: modules!,
    workspace: modules!.workspace,
    base: server.urls[0]!,
    urls: server.urls,
    async close() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Applies a workspace file. @throws Error with all mistakes */
export async function applyFile(workspace: Workspace, file: object): Promise<void> {
  const { faults } = await workspace.apply({ file: { renkei: 1, ...file } });
  if (faults.length > 0) {
    throw new Error(faults.map(({ place, message }) => `${place}: ${message}`).join('\n'));
  }
}

/** The workspace of the contract's example, as far as this dialect is concerned. */
export const example = {
  groups: [{ id: 'it', number: 3, name: '情報システム部' }],
  users: [
    {
      id: 'maeda',
      number: 15,
      name: '前田隆',
      mail: 'maeda@example.com',
      password: 'pass-maeda-1',
      kind: 'serviceDesk',
      groups: ['it'],
    },
    { id: 'sasaki', number: 34, name: '佐々木', mail: 'sasaki@example.com', password: 'pass-sasaki-1' },
    { id: 'kobayashi', number: 35, name: '小林', password: 'pass-kobayashi-1' },
    { id: 'saml', number: 36, name: 'SAML利用者', password: 'pass-saml-1', authMethod: 'saml' },
    { id: 'ldap', number: 37, name: 'LDAP利用者', password: 'pass-ldap-1', authMethod: 'ldap' },
  ],
  apps: [
    {
      id: 71,
      alias: 'incident',
      name: 'インシデント管理(Standard)',
      process: {
        type: '01000001',
        idPattern: 'IC1--{yyMMdd}-{seq4}',
        states: ['受付', '調査', '承認待ち', '完了'],
        approval: {
          state: '承認待ち',
          approvers: ['user:maeda'],
          approved: '完了',
          rejected: '調査',
          mail: true,
        },
      },
      fields: [
        { id: 101, name: '件名', alias: 'title', type: 'text', required: true, maxLength: 255 },
        { id: 102, name: '内容', alias: 'body', type: 'richText' },
        { id: 103, name: '重要度', alias: 'severity', type: 'select', options: ['高', '中', '低'] },
        { id: 104, name: '備考', type: 'textarea' },
        { id: 105, name: '工数', alias: 'effort', type: 'number' },
        { id: 106, name: '担当', alias: 'owner', type: 'users' },
        { id: 107, name: '期日', alias: 'due', type: 'date' },
      ],
    },
  ],
};

export type Answer = {
  status: number;
  type: string;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: Record<string, any>;
};

/** One call with JSON; the answer's body is parsed whatever the status. */
export async function call(
  base: string,
  method: string,
  path: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    headers: response.headers,
    body: text === '' ? {} : JSON.parse(text),
  };
}

export async function logIn(base: string, username: string): Promise<{ access: string; refresh: string }> {
  const { status, body } = await call(base, 'POST', '/auth/login', {
    body: { username, password: `pass-${username}-1` },
  });
  if (status !== 200) throw new Error(`login of ${username}: ${status} ${body.msg}`);
  return { access: body.access_token, refresh: body.refresh_token };
}
