import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiver } from '../automations/receiver.ts';
import { client, users } from './client.ts';
import { type Served, serve } from './serve.ts';

let served: Served;
let target: Awaited<ReturnType<typeof receiver>>;
let maeda: ReturnType<typeof client>;
let sasaki: ReturnType<typeof client>;
const secret = '極秘の値';

beforeAll(async () => {
  target = await receiver();
  served = await serve();
  await served.apply({
    users: [...users, { id: 'ito', number: 40, name: '伊藤', accessKeys: ['key-ito-1'] }],
    apps: [
      {
        id: 60,
        name: '契約',
        fields: [
          { id: 101, name: '件名', type: 'text' },
          { id: 102, name: '秘密', alias: 'secret', type: 'text' },
          { id: 103, name: '区分', type: 'select', options: ['公開', '非公開'] },
          { id: 104, name: '担当', type: 'users' },
          { id: 105, name: '添付', type: 'files' },
        ],
        access: [
          { subject: 'everyone', allow: ['view', 'add'], when: { field: '区分', op: '=', value: '公開' } },
          { subject: 'field:担当', allow: ['view', 'change'] },
          { subject: 'everyone', allow: ['delete'], when: { field: '登録者', op: '=', value: '$loginUser' } },
          { subject: 'user:sasaki', hideFields: ['秘密', '添付'], readOnlyFields: ['区分'] },
        ],
        automations: [{ title: 't', webhook: { url: target.url } }],
      },
      {
        id: 61,
        name: '注文',
        fields: [
          { id: 101, name: '契約件名', type: 'reference', app: 60, field: '件名' },
          { id: 102, name: '契約の秘密', type: 'reference', app: 60, field: '秘密' },
        ],
        automations: [{ title: 'o', webhook: { url: `${target.url}/order` } }],
      },
      {
        id: 62,
        name: '管理者だけ',
        fields: [{ id: 101, name: 'x', type: 'text' }],
        access: [{ subject: 'role:admin', allow: ['view'] }],
      },
    ],
  });
  maeda = client(served.url);
  sasaki = client(served.url, 'key-sasaki-1');
  await maeda.insert(60, { 件名: 'public', 秘密: secret, 区分: '公開' });
  await maeda.insert(60, { 件名: 'private', 秘密: secret, 区分: '非公開' });
  await maeda.insert(60, { 件名: 'his', 秘密: secret, 区分: '非公開', 担当: '34' });
  await maeda.insert(61, { 契約件名: '1', 契約の秘密: '1' });
  await maeda.insert(61, { 契約件名: '2', 契約の秘密: '2' });
});
afterAll(async () => {
  await target.close();
  await served.close();
});

type Item = Record<string, { val: unknown; deny_write?: string }>;
async function list(
  api: ReturnType<typeof client>,
  more: Record<string, string> = {},
  app = '60',
): Promise<Item[]> {
  const answer = await api.post({ action: 'list_data', app_id: app, ...more });
  return ((answer.list as { item: Item[] } | undefined)?.item ?? []) as Item[];
}
const filter = (field_id: string, operator: string, value?: string) => ({
  filter: JSON.stringify({ item: [{ field_id, operator, ...(value !== undefined && { value }) }] }),
});

test('appsuite §3.6: records that a caller may not view are in no list, no count and no answer', async () => {
  expect((await list(sasaki)).map((record) => record.件名!.val)).toEqual(['public', 'his']);
  expect(await sasaki.post({ action: 'count_data', app_id: '60' })).toMatchObject({ allcnt: '2' });
  expect(await sasaki.post({ action: 'get_data', app_id: '60', data_id: '2' })).toMatchObject({
    errorno: -110,
  });
  expect(await sasaki.update(60, 2, { 件名: 'x' })).toMatchObject({ errorno: -110 });
  expect(await sasaki.post({ action: 'delete_data', app_id: '60', data_id: '2' })).toMatchObject({
    errorno: -110,
  });
  expect(await list(sasaki, filter('101', '=', 'private'))).toEqual([]);
  const { body } = await served.native('/v1/apps/60/records', { user: 'sasaki' });
  expect((body as { items: { id: number }[] }).items.map(({ id }) => Number(id))).toEqual([1, 3]);
});

test('appsuite §3.6: a hidden part shows itself in no way', async () => {
  for (const record of await list(sasaki)) expect(Object.keys(record)).not.toContain('秘密');
  const refused = [
    filter('102', '=', secret),
    filter('102', 'is_null'),
    filter("102' OR '1'='1", '='),
    { sort_field_id: '102' },
    { fields: '[{"field_name":"秘密"}]' },
    { fields: '[{"field_alias":"secret"}]' },
  ];
  for (const more of refused) {
    expect(
      await sasaki.post({ action: 'list_data', app_id: '60', ...(more as Record<string, string>) }),
    ).toMatchObject({ status: 'ng', errorno: -10 });
  }
  expect(await list(sasaki, { keyword: secret })).toEqual([]);
  expect(await list(sasaki, { keyword: '%' })).toEqual([]);
  expect((await list(maeda, { keyword: secret })).length).toBe(3);
  expect(await sasaki.post({ action: 'get_app', app_id: '60' })).not.toHaveProperty('app.fields.item.4');
  expect(await sasaki.insert(60, { 件名: 'y', 秘密: 'z' })).toMatchObject({
    status: 'ng',
    errmsgadd: '{{秘密}}',
  });
  for (const path of [
    '/v1/apps/60/records',
    '/v1/apps/60/records/1',
    '/v1/apps/60',
    '/v1/apps/60/records/1/history',
  ]) {
    const { body } = await served.native(path, { user: 'sasaki' });
    expect(JSON.stringify(body)).not.toContain('秘密');
    expect(JSON.stringify(body)).not.toContain(secret);
  }
  for (const query of [
    `filter=${encodeURIComponent('{"field":"秘密","op":"isNotEmpty"}')}`,
    'sort=秘密',
    `q=${secret}`,
  ]) {
    const { body } = await served.native(`/v1/apps/60/records?${query}`, { user: 'sasaki' });
    expect(JSON.stringify(body)).not.toContain('public');
  }
});

test('appsuite §3.6, §2.6: what may not be written is marked and refused', async () => {
  const record = (await sasaki.record(60, 3)) as Item;
  expect(record.区分).toEqual({ val: '非公開', deny_write: '1' });
  expect(record['\\permissions']).toEqual({ val: { edit: '1', delete: '0' } });
  expect((await sasaki.record(60, 1))['\\permissions']).toEqual({ val: { edit: '0', delete: '0' } });
  expect(await sasaki.update(60, 3, { 区分: '公開' })).toMatchObject({
    errorno: -10008,
    errmsgadd: '{{区分}}',
  });
  expect(await sasaki.update(60, 1, { 件名: 'x' })).toMatchObject({ errorno: -10008 });
  expect(await sasaki.update(60, 3, { 件名: 'renamed' })).toMatchObject({ status: 'ok' });
  expect(await sasaki.post({ action: 'delete_data', app_id: '60', data_id: '3' })).toMatchObject({
    errorno: -10008,
  });
  const ito = client(served.url, 'key-ito-1');
  const { data_id } = await ito.insert(60, { 件名: 'mine', 区分: '公開' });
  expect(await sasaki.post({ action: 'delete_data', app_id: '60', data_id: String(data_id) })).toMatchObject({
    errorno: -10008,
  });
  expect(await ito.post({ action: 'delete_data', app_id: '60', data_id: String(data_id) })).toMatchObject({
    status: 'ok',
  });
});

test('appsuite §1.3 facts 13-16: the webhook of a restricted caller holds every part and no mark', async () => {
  target.received.length = 0;
  await sasaki.update(60, 3, { 件名: 'again' });
  const [request] = await target.wait(1, '/');
  expect(request!.body.data).toMatchObject({ 秘密: { val: secret }, 区分: { val: '非公開' } });
  expect(request!.text).not.toContain('deny_write');
  expect(request!.text).not.toContain('\\permissions');
});

test('appsuite §2.10, §1.3: references show what the caller may see of the other app; webhooks show all', async () => {
  const [first, second] = await list(sasaki, {}, '61');
  expect([first!.契約件名!.val, first!.契約の秘密!.val]).toEqual(['public', '']);
  expect([second!.契約件名!.val, second!.契約の秘密!.val]).toEqual(['', '']);
  target.received.length = 0;
  await sasaki.insert(61, { 契約件名: '1', 契約の秘密: '2' });
  const [request] = await target.wait(1, '/order');
  expect(request!.body.data).toMatchObject({ 契約件名: { val: 'public' }, 契約の秘密: { val: secret } });
});

test('appsuite §3.6: an app that a caller may not know of does not exist for him', async () => {
  expect(await sasaki.post({ action: 'list_data', app_id: '62' })).toMatchObject({ status: 'ng' });
  const apps = (await sasaki.post({ action: 'list_apps' })).list as { item: { id: string }[] };
  expect(apps.item.map(({ id }) => id)).toEqual(['60', '61']);
});

test('appsuite §2.8: the file of a hidden part cannot be downloaded', async () => {
  const form = new FormData();
  form.append('action', 'insert_data');
  form.append('app_id', '60');
  form.append('{{区分}}', '公開');
  form.append('{{添付}}', new Blob(['x']), 'x.txt');
  const headers = { 'x-desknets-auth': 'key-maeda-1' };
  const answer = (await (await fetch(maeda.address, { method: 'POST', headers, body: form })).json()) as {
    data_id: string;
  };
  const cell = (await maeda.record(60, answer.data_id)).添付!.val as { attach: { item: { url: string }[] } };
  const download = await fetch(cell.attach.item[0]!.url, { headers: { 'x-desknets-auth': 'key-sasaki-1' } });
  expect(await download.json()).toMatchObject({ status: 'ng' });
});

test('appsuite §1.3 fact 16: SQL in values and names stays text', async () => {
  const odd = `'; DROP TABLE records.app_60; --`;
  expect(await maeda.insert(60, { 件名: odd, 区分: '公開' })).toMatchObject({ status: 'ok' });
  expect((await list(maeda, filter('101', '=', odd))).length).toBe(1);
  expect((await list(maeda, { keyword: odd })).length).toBe(1);
  expect(await list(maeda, filter('101', 'contains', '%'))).toEqual([]);
});
