import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiver } from '../automations/receiver.ts';
import { bihin, client, users } from './client.ts';
import { type Served, serve } from './serve.ts';

let served: Served;
let target: Awaited<ReturnType<typeof receiver>>;
let maeda: ReturnType<typeof client>;
let sasaki: ReturnType<typeof client>;
const token = 'so84TkMOI470j127MA1Gp6PhIhNv+0SgS5508f8/SHo';

beforeAll(async () => {
  target = await receiver();
  served = await serve();
  await served.apply({
    users,
    settings: {
      accessUrls: {
        internal: 'https://192.168.1.1/cgi-bin/dneo/',
        external: 'https://local.yourdomain/cgi-bin/dneo/',
      },
    },
    apps: [
      {
        ...bihin,
        fields: [...bihin.fields, { id: 104, name: '資料', type: 'files' }],
        automations: [
          {
            title: '備品情報変更',
            on: ['updated'],
            webhook: { url: `${target.url}/hook`, accessToken: token },
          },
        ],
      },
      { ...bihin, id: 571, alias: 'other' },
    ],
  });
  maeda = client(served.url);
  sasaki = client(served.url, 'key-sasaki-1');
});
afterAll(async () => {
  await target.close();
  await served.close();
});

test('appsuite §1.2 fact 7: the whole sample, key for key and in its order', async () => {
  await served.database.row({
    name: '',
    text: 'ALTER TABLE records.app_59 ALTER COLUMN id RESTART WITH 141',
    values: [],
  });
  await maeda.insert(59, { 備品名: 'マウス', 出庫数: '9' });
  for (const revision of [2, 3, 4])
    await maeda.update(59, 141, { 出庫数: String(revision) }, { auto_action: 'off' });
  await sasaki.update(59, 141, { 備品名: 'キーボード', 出庫数: '2' });
  const [sent] = await target.wait(1, '/hook');
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  const user = (id: string, Name: string) => ({ val: { users: { item: [{ id, Name }] } } });
  const screen = 'appsuite.exe?cmd=cdbbrowse&app_id=59#view_id=4&id=141';
  const sample = {
    app_id: '59',
    data_id: '141',
    data: {
      revision: { val: '5' },
      データID: { val: '141' },
      登録日時: { val: time },
      登録者: user('15', '前田隆'),
      更新日時: { val: time },
      更新者: user('34', '佐々木光'),
      備品名: { val: 'キーボード' },
      出庫数: { val: '2' },
      在庫数: { val: '12', type: 'number' },
      資料: { val: { attach: { item: [] } } },
    },
    type: 'updated',
    app_name: '備品アプリ',
    action_name: '備品情報変更',
    access_token: token,
    url: `https://192.168.1.1/cgi-bin/dneo/${screen}`,
    external_url: `https://local.yourdomain/cgi-bin/dneo/${screen}`,
  };
  expect(sent!.body).toEqual(sample);
  expect(Object.keys(sent!.body)).toEqual(Object.keys(sample));
  expect(Object.keys(sent!.body.data as object)).toEqual(Object.keys(sample.data));
});

test('appsuite §1.6: the access log tells the table of an app, also as CSV with the columns of the product', async () => {
  const { data_id } = await maeda.insert(571, { 備品名: 'a' });
  await maeda.update(571, data_id, { 備品名: 'b' });
  const { body } = await served.native('/v1/access-log?app=571');
  const { items } = body as { items: Record<string, unknown>[] };
  expect(items.map(({ operation, table, user, dialect }) => [operation, table, user, dialect])).toEqual([
    ['update_data', 't000571000', 'maeda', 'appsuite'],
    ['insert_data', 't000571000', 'maeda', 'appsuite'],
  ]);
  const csv = await served.text('/v1/access-log?app=other', { accept: 'text/csv', 'accept-language': 'ja' });
  const [heading, first] = csv.replace('\uFEFF', '').split(/\r?\n/);
  const columns = heading!.split(',');
  const cells = first!.split(',');
  expect(cells[columns.indexOf('機能詳細')]).toBe('update_data');
  expect(cells[columns.indexOf('テーブル名他')]).toBe('t000571000');
});

test('contract §7: a file of 100 MB is taken and given back as a stream', async () => {
  const piece = new Uint8Array(1024 * 1024).fill(7);
  const form = new FormData();
  form.append('action', 'insert_data');
  form.append('app_id', '59');
  form.append('{{備品名}}', '大きい');
  form.append('{{資料}}', new Blob(Array.from({ length: 100 }, () => piece)), 'big.bin');
  const headers = { 'x-desknets-auth': 'key-maeda-1' };
  const answer = await fetch(maeda.address, { method: 'POST', headers, body: form });
  const { data_id } = (await answer.json()) as { data_id: string };
  const cell = (await maeda.record(59, data_id)).資料!.val as {
    attach: { item: { url: string; size: string }[] };
  };
  expect(cell.attach.item[0]!.size).toBe(String(100 * 1024 * 1024));
  let size = 0;
  const download = await fetch(cell.attach.item[0]!.url, { headers });
  for await (const chunk of download.body!) size += (chunk as Uint8Array).length;
  expect(size).toBe(100 * 1024 * 1024);
}, 60_000);

test('contract §7: a connection that is cut off while a file is sent stores nothing', async () => {
  const count = async () =>
    (await served.database.row<{ records: number; files: number }>({
      name: '',
      text: 'SELECT (SELECT count(*) FROM records.app_59) AS records, (SELECT count(*) FROM records.files) AS files',
      values: [],
    }))!;
  const before = await count();
  const part = (name: string, more = '') =>
    `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
  const start = `${part('action')}insert_data\r\n${part('app_id')}59\r\n${part('{{備品名}}')}途中\r\n${part('{{資料}}', '; filename="x"')}`;
  await new Promise<void>((done) => {
    const sending = request(maeda.address, {
      method: 'POST',
      headers: {
        'x-desknets-auth': 'key-maeda-1',
        'content-type': 'multipart/form-data; boundary=b',
        'content-length': 10_000_000,
      },
    });
    sending.on('error', () => done());
    sending.write(start);
    sending.write(Buffer.alloc(1_000_000));
    setTimeout(() => sending.destroy(), 200);
    sending.on('close', () => done());
  });
  await new Promise((done) => setTimeout(done, 300));
  expect(await count()).toEqual(before);
  expect(await maeda.post({ action: 'count_data', app_id: '59' })).toMatchObject({ status: 'ok' });
});

test('appsuite §1.4: a body of 100 MB that is no form is refused in the API’s own form', async () => {
  const answer = await fetch(maeda.address, {
    method: 'POST',
    headers: { 'x-desknets-auth': 'key-maeda-1', 'content-type': 'application/json' },
    body: Buffer.alloc(100 * 1024 * 1024, 32),
  });
  expect(await answer.json()).toMatchObject({ status: 'ng' });
}, 60_000);
