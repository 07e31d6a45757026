import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminPassword, type NativeServer, openNative } from './open-native.ts';

const workspace = {
  groups: [{ id: 'it', number: 3, name: '情報システム部' }],
  users: [{ id: 'sasaki', number: 16, name: '佐々木', password: 'pass-sasaki-1' }],
  apps: [
    { id: 58, alias: 'items', name: '品目', fields: [{ id: 101, name: '名', type: 'text' }] },
    {
      id: 59,
      name: '備品',
      fields: [
        { id: 101, name: '名', type: 'text' },
        { id: 102, name: '数', type: 'number' },
        { id: 103, name: '日時', type: 'dateTime' },
        { id: 104, name: '時刻', type: 'time' },
        { id: 105, name: '担当', type: 'users' },
        { id: 106, name: '組織', type: 'groups' },
        { id: 107, name: '印', type: 'multiSelect', options: ['甲', '乙'] },
        { id: 108, name: '品', type: 'reference', app: 'items', field: '名' },
        {
          id: 109,
          name: '明細',
          type: 'table',
          fields: [
            { id: 101, name: '単価', type: 'number' },
            { id: 102, name: '者', type: 'users' },
          ],
        },
        { id: 110, name: '資料', type: 'files' },
        { id: 111, name: '__proto__', type: 'text' },
      ],
      process: {
        type: '01000001',
        idPattern: 'P-{seq4}',
        states: ['受付', '承認待ち', '完了'],
        approval: {
          state: '承認待ち',
          approvers: ['user:admin'],
          approved: '完了',
          rejected: '受付',
          mail: false,
        },
      },
    },
  ],
};

describe('history: values as records have them', () => {
  let server: NativeServer;
  let token: string;
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await server.call(method, path, { token, ...(body !== undefined && { body }) });
    if (answer.status >= 300) throw new Error(answer.text);
    return answer.json;
  };
  beforeAll(async () => {
    server = await openNative(workspace);
    token = await server.signIn('admin', adminPassword);
    await call('POST', '/v1/apps/58/records', { fields: { 名: '品一' } });
    await call('POST', '/v1/apps/58/records', { fields: { 名: '品二' } });
  });
  afterAll(() => server.close());

  test('what was before can be written back as it stands, by type', async () => {
    const before = {
      名: '一',
      数: '12345678901234567890.5',
      日時: '2024-02-29T14:34:56Z',
      時刻: '09:05',
      担当: ['sasaki'],
      組織: ['it'],
      印: ['乙'],
      品: 1,
      明細: [{ 単価: 1.5, 者: ['sasaki'] }],
    };
    const { id, fields } = await call('POST', '/v1/apps/59/records', { fields: before });
    await call('PATCH', `/v1/apps/59/records/${id}`, {
      fields: { 名: '二', 数: 2, 日時: null, 時刻: null, 担当: [], 組織: [], 印: ['甲'], 品: 2, 明細: [] },
    });
    const { items } = await call('GET', `/v1/apps/59/records/${id}/history`);
    expect(items).toHaveLength(1);
    const { changes } = items[0];
    expect(changes.担当).toEqual([[{ id: 'sasaki', number: 16, name: '佐々木' }], []]);
    expect(changes.日時).toEqual(['2024-02-29T14:34:56Z', null]);
    expect(changes.品).toEqual([1, 2]);
    const restored = Object.fromEntries(Object.keys(before).map((name) => [name, changes[name][0]]));
    const after = await call('PATCH', `/v1/apps/59/records/${id}`, { fields: restored });
    expect(after.fields).toEqual(fields);
  });

  test('files are told with name and size, before and after', async () => {
    const form = new FormData();
    form.append('file', new File(['使い方'], '説明書.txt', { type: 'text/plain' }));
    const uploaded = await fetch(`${server.url}/v1/apps/59/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    });
    const { id: file } = (await uploaded.json()) as { id: number };
    const { id } = await call('POST', '/v1/apps/59/records', { fields: { 名: 'x' } });
    await call('PATCH', `/v1/apps/59/records/${id}`, { fields: { 資料: [file] } });
    const { items } = await call('GET', `/v1/apps/59/records/${id}/history`);
    expect(items[0].changes.資料[1]).toEqual([expect.objectContaining({ id: file, name: '説明書.txt' })]);
  });

  test('a process also tells its decisions with their comments', async () => {
    const { processId } = await call('POST', '/v1/apps/59/records', { fields: { 名: '申請' } });
    const one = `/v1/process-types/01000001/processes/${processId}`;
    await call('POST', `${one}/state`, { state: '承認待ち' });
    await call('POST', `${one}/approvals`, { action: 'reject', comment: '<b>理由</b>が足りません' });
    const { items } = await call('GET', `${one}/history`);
    expect(items.map(({ revision, by }: { revision: number; by: string }) => [revision, by])).toEqual([
      [3, 'admin'],
      [2, 'admin'],
      [1, 'admin'],
    ]);
    expect(items[0]).toMatchObject({
      changes: { state: ['承認待ち', '受付'] },
      decision: { action: 'reject', comment: '<b>理由</b>が足りません' },
    });
    expect(items[1].decision).toBeUndefined();
  });
});
