import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../../src/config/settings.ts';
import { startServer } from '../../src/main.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { bihinFields } from '../support/bihin.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

export const adminPassword = 'admin-secret-1';

export type Answer = {
  status: number;
  headers: Headers;
  /** The body read as JSON, undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
  text: string;
};

export type NativeServer = {
  url: string;
  /** A folder of its own for this server's keys and files. */
  dataDir: string;
  test: TestDatabase;
  /** Signs in and gives an access token. */
  signIn(username: string, password: string): Promise<string>;
  /** One request; `body` is sent as JSON. */
  call(
    method: string,
    path: string,
    more?: { token?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  close(): Promise<void>;
};

/** A whole server (main.ts) on a free port and a database of its own; the workspace is applied as `admin`. */
export async function openNative(
  workspace?: object,
  environment: Record<string, string> = {},
): Promise<NativeServer> {
  const test = await createTestDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'renkei-native-'));
  const settings = readSettings({
    RENKEI_DATA_DIR: dataDir,
    RENKEI_DATABASE_URL: test.url,
    RENKEI_PORT: '0',
    RENKEI_ADMIN_PASSWORD: adminPassword,
    ...environment,
  });
  const server = await startServer(settings, createLog('silent'));
  const [url] = server.urls as [string];
  const call = createCall(url);
  const signIn = async (username: string, password: string) => {
    const { status, json, text } = await call('POST', '/v1/sessions', { body: { username, password } });
    if (status !== 201) throw new Error(`${username} cannot sign in: ${status} ${text}`);
    return json.access_token as string;
  };
  if (workspace) {
    const token = await signIn('admin', adminPassword);
    const { text, json } = await call('POST', '/v1/workspace/apply', {
      token,
      body: { file: { renkei: 1, ...workspace } },
    });
    if (json?.faults?.length !== 0) throw new Error(text);
  }
  return {
    url,
    dataDir,
    test,
    signIn,
    call,
    async close() {
      await server.stop();
      await test.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function createCall(url: string): NativeServer['call'] {
  return async (method, path, { token, body, headers = {} } = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, json: parse(text), text };
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** maeda administers 備品アプリ, sasaki does not see 詳細 nor change 区分; every type of field. */
export const workspace = {
  settings: { timezone: 'Asia/Tokyo', locale: 'ja' },
  groups: [{ id: 'it', number: 3, name: '情報システム部' }],
  users: [
    {
      id: 'maeda',
      number: 15,
      name: '前田隆',
      password: 'pass-maeda-1',
      groups: ['it'],
      roles: ['designer'],
    },
    { id: 'sasaki', number: 34, name: '佐々木光', password: 'pass-sasaki-1' },
  ],
  apps: [
    {
      id: 59,
      alias: 'bihin',
      name: '備品アプリ',
      fields: [
        ...bihinFields,
        { id: 108, name: '資料', type: 'files' },
        { id: 109, name: '備考', type: 'textarea' },
        { id: 110, name: '開始', type: 'time' },
        { id: 111, name: '発生', type: 'dateTime' },
        { id: 112, name: '用途', type: 'multiSelect', options: ['社内', '社外', '貸出'] },
        { id: 113, name: '部署', type: 'groups' },
        { id: 114, name: '番号', type: 'autoNumber', prefix: 'B-', digits: 4 },
        { id: 115, name: '置場', type: 'reference', app: 'okiba', field: '名称' },
        {
          id: 116,
          name: '明細',
          type: 'table',
          fields: [
            { id: 117, name: '品目', type: 'text' },
            { id: 118, name: '数', type: 'number' },
          ],
        },
      ],
      access: [
        { subject: 'everyone', allow: ['view', 'add', 'change', 'delete'] },
        { subject: 'group:it', allow: ['administer'] },
        { subject: 'user:sasaki', hideFields: ['詳細'], readOnlyFields: ['区分'] },
      ],
    },
    {
      id: 60,
      alias: 'okiba',
      name: '置場',
      fields: [{ id: 101, name: '名称', type: 'text', unique: true }],
    },
  ],
};
