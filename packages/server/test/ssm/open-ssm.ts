import { Registry } from 'prom-client';
import { createSsm, type SsmDependencies } from '../../src/dialects/ssm/index.ts';
import { type AccessEntry, createIdentity, type Identity } from '../../src/modules/identity/index.ts';
import { createProcesses, type Processes, processExtension } from '../../src/modules/processes/index.ts';
import { createRecords, type Records } from '../../src/modules/records/index.ts';
import type { Database } from '../../src/platform/database/database.ts';
import { startListener } from '../../src/platform/http/listener.ts';
import { createHttpMetrics } from '../../src/platform/http/request-metrics.ts';
import { createLog } from '../../src/platform/log/log.ts';
import {
  createSettings,
  createWorkspace,
  type Workspace,
  type WorkspaceSettings,
} from '../../src/workspace/index.ts';

export const secretKey = Buffer.from('a key for the tests of ssm');

/** The modules of one server process as main.ts makes them; `serve` opens ports on them. */
export type OpenSsm = {
  identity: Identity;
  records: Records;
  processes: Processes;
  workspace: Workspace;
  settings: () => WorkspaceSettings;
  entries: AccessEntry[];
  serve(listener?: Partial<SsmDependencies>): Promise<string>;
  close(): Promise<void>;
};

export async function openSsm(database: Database): Promise<OpenSsm> {
  const log = createLog('silent');
  const settings = createSettings({ database });
  const entries: AccessEntry[] = [];
  const identity = await createIdentity({
    database,
    secretKey,
    passwordExpiry: () => settings.current().passwordExpiry,
    accessLog: {
      record: async (_db, entry) => void entries.push(entry),
      note: (entry) => void entries.push(entry),
    },
  });
  const { directory } = identity;
  const numbers = async (
    references: readonly (string | number)[],
    find: (one: string | number) => Promise<{ number: number } | undefined>,
  ) => {
    const found = await Promise.all(references.map(async (one) => [one, (await find(one))?.number] as const));
    return new Map(found.flatMap(([one, number]) => (number === undefined ? [] : [[one, number] as const])));
  };
  const records = createRecords({
    database,
    directory: {
      userNumbers: (references) => numbers(references, directory.findUser),
      groupNumbers: (references) => numbers(references, directory.findGroup),
    },
    timeZone: async () => settings.current().timezone,
    log,
    extensions: { process: processExtension },
  });
  const processes = createProcesses({ records });
  const workspace = createWorkspace({
    database,
    sections: [settings.section, identity.section, records.section],
    log,
  });
  await workspace.start();
  const metrics = createHttpMetrics(new Registry());
  const listeners: { close(graceMs: number): Promise<void> }[] = [];
  return {
    identity,
    records,
    processes,
    workspace,
    settings: settings.current,
    entries,
    async serve(listener = {}) {
      const plugin = createSsm({
        tokens: identity.ssm,
        directory,
        processes,
        locale: () => settings.current().locale,
        disallowedTags: () => settings.current().richText.disallowedTags,
        log,
        accessTokenTtl: 3600,
        refreshTokenTtl: 30 * 86_400,
        publishHealthcheck: true,
        accessUrlSource: undefined,
        ...listener,
      });
      const started = await startListener({ host: '127.0.0.1', port: 0, log, metrics, plugins: [plugin] });
      listeners.push(started);
      return started.url;
    },
    async close() {
      await Promise.all(listeners.map((one) => one.close(1000)));
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
