import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiver } from '../automations/receiver.ts';
import { bihin, braced, client, users } from './client.ts';
import { type Served, serve } from './serve.ts';

let served: Served;
let api: ReturnType<typeof client>;
let target: Awaited<ReturnType<typeof receiver>>;

const everything = [
  { id: 101, name: '文字', alias: 'txt', type: 'text' },
  { id: 102, name: '複数行', type: 'textarea' },
  { id: 103, name: 'リッチ', type: 'richText' },
  { id: 104, name: '数値', alias: 'num', type: 'number' },
  { id: 105, name: '日付', type: 'date' },
  { id: 106, name: '時刻', type: 'time' },
  { id: 107, name: '日時', type: 'dateTime' },
  { id: 108, name: '区分', type: 'select', options: ['甲', '乙'] },
  { id: 109, name: '複数', type: 'multiSelect', options: ['赤', '青', '緑'] },
  { id: 110, name: '担当', type: 'users' },
  { id: 111, name: '部署', type: 'groups' },
  { id: 112, name: '資料', type: 'files' },
  { id: 113, name: '翌日', type: 'formula', expression: 'ADDDAYS(日付, 1)', result: 'date' },
  { id: 114, name: '番号', type: 'autoNumber', prefix: 'N-', digits: 4 },
  { id: 115, name: '備品', type: 'reference', app: 59, field: '備品名' },
  { id: 116, name: '貸出先', type: 'reference', app: 59, field: '担当者' },
  {
    id: 117,
    name: '明細',
    type: 'table',
    fields: [
      { id: 101, name: '品', type: 'text' },
      { id: 102, name: '数', type: 'number' },
      { id: 103, name: '期限', type: 'date' },
      { id: 104, name: '人', type: 'users' },
      { id: 105, name: '色', type: 'multiSelect', options: ['赤', '青'] },
    ],
  },
];
const odd = ['__proto__', 'constructor', `a"b'c%\\;`, '𠮷野家', 'a=b&c+d'];

beforeAll(async () => {
  target = await receiver();
  served = await serve();
  await served.apply({
    users,
    groups: [{ id: 'it', number: 3, name: '情報システム部' }],
    apps: [
      { ...bihin, fields: [...bihin.fields, { id: 104, name: '担当者', type: 'users' }] },
      { id: 70, name: '全部品', alias: 'all', fields: everything },
      {
        id: 71,
        name: '識別子',
        alias: 'aliased',
        useAliases: true,
        fields: everything.slice(0, 5),
        automations: [{ title: 't', webhook: { url: target.url } }],
      },
      {
        id: 72,
        name: '六十',
        fields: Array.from({ length: 60 }, (_, n) => ({ id: 101 + n, name: `部品${n + 1}`, type: 'text' })),
      },
      { id: 73, name: '名前', fields: odd.map((name, n) => ({ id: 101 + n, name, type: 'text' })) },
    ],
  });
  api = client(served.url);
});
afterAll(async () => {
  await target.close();
  await served.close();
});

test('appsuite §2.10: every kind of part is written and read back', async () => {
  const { data_id: other } = await api.insert(59, { 備品名: 'キーボード', 担当者: '34' });
  const written = await api.insert(70, {
    文字: '文字 & <b>',
    複数行: '一\n二',
    リッチ: '<b>太字</b>',
    数値: '-12.50',
    日付: '2024-02-29',
    時刻: '09:05',
    日時: '2024-02-29T23:34:56',
    区分: '乙',
    複数: '赤\n緑',
    担当: '15,34',
    部署: '3',
    備品: String(other),
    貸出先: String(other),
    明細: JSON.stringify([
      { 品: 'A', 数: '1', 期限: '2024-03-01', 人: ['15'], 色: ['赤', '青'] },
      { 品: 'B' },
    ]),
  });
  expect(written).toMatchObject({ status: 'ok' });
  const { 資料, ...record } = await api.record(70, written.data_id);
  expect(資料).toEqual({ val: { attach: { item: [] } } });
  const maeda = { id: '15', Name: '前田隆' };
  const sasaki = { id: '34', Name: '佐々木光' };
  expect(record).toMatchObject({
    文字: { val: '文字 & <b>' },
    複数行: { val: '一\n二' },
    リッチ: { val: '<b>太字</b>' },
    数値: { val: '-12.50' },
    日付: { val: { year: 2024, month: 2, day: 29 } },
    時刻: { val: '09:05' },
    日時: { val: '2024-02-29T23:34:56' },
    区分: { val: '乙' },
    複数: { val: '赤\n緑' },
    担当: { val: { users: { item: [maeda, sasaki] } } },
    部署: { val: { groups: { item: [{ id: '3', Name: '情報システム部' }] } } },
    翌日: { val: { year: 2024, month: 3, day: 1 }, type: 'date' },
    番号: { val: 'N-0001' },
    備品: { val: 'キーボード' },
    貸出先: { val: { users: { item: [sasaki] } } },
    明細: {
      val: {
        list: {
          item: [
            {
              品: { val: 'A' },
              数: { val: '1' },
              期限: { val: { year: 2024, month: 3, day: 1 } },
              人: { val: { users: { item: [maeda] } } },
              色: { val: '赤\n青' },
            },
            {
              品: { val: 'B' },
              数: { val: '' },
              期限: { val: '' },
              人: { val: { users: { item: [] } } },
              色: { val: '' },
            },
          ],
        },
      },
    },
  });
  // what was read can be written back
  const again = await api.update(70, written.data_id, { 明細: JSON.stringify(record.明細!.val) });
  expect(again).toMatchObject({ status: 'ok' });
  expect((await api.record(70, written.data_id)).明細).toEqual(record.明細);
});

test('appsuite §2.10: an empty record holds every part', async () => {
  const { data_id } = await api.insert(70, {});
  const record = await api.record(70, data_id);
  for (const { name } of everything) expect(record).toHaveProperty([name, 'val']);
  expect(record).toMatchObject({
    文字: { val: '' },
    日付: { val: '' },
    明細: { val: { list: { item: [] } } },
  });
});

test('contract §7: values that do not fit are refused and name the part', async () => {
  const wrong = {
    数値: 'abc',
    日付: '2023-02-29',
    時刻: '25:00',
    日時: '2024-01-01',
    区分: '丙',
    複数: '赤\n黒',
    担当: '999',
    部署: 'nobody',
    備品: '99999',
    明細: '[{"数":"x"}]',
    資料: '1',
    番号: '1',
    翌日: '2024-01-01',
  };
  for (const [name, value] of Object.entries(wrong)) {
    const answer = await api.insert(70, { [name]: value });
    expect([name, answer.status, answer.errmsgadd]).toEqual([name, 'ng', `{{${name}}}`]);
  }
  expect(await api.insert(70, { 明細: 'x' })).toMatchObject({ status: 'ng' });
});

test('appsuite §2.8: files are sent by multipart, read with their address, and downloaded', async () => {
  const content = new Uint8Array(3_000_000).map((_, n) => n * 7);
  const form = new FormData();
  form.append('{{資料}}', new Blob([content], { type: 'application/pdf' }), '見積 書.pdf');
  form.append('{{文字}}', '添付');
  form.append('action', 'insert_data');
  form.append('app_id', '70');
  form.append('access_key', 'key-maeda-1');
  const answer = (await (await fetch(api.address, { method: 'POST', body: form })).json()) as {
    data_id: string;
  };
  const cell = (await api.record(70, answer.data_id)).資料!.val as {
    attach: { item: Record<string, string>[] };
  };
  const [file] = cell.attach.item;
  expect(file).toMatchObject({ attachdisp: '見積 書.pdf', mimetype: 'application/pdf', size: '3000000' });
  const headers = { 'x-desknets-auth': 'key-maeda-1' };
  const download = await fetch(file!.url!, { headers });
  expect(download.headers.get('content-type')).toBe('application/pdf');
  expect(download.headers.get('content-disposition')).toContain(encodeURIComponent('見積 書.pdf'));
  expect(Buffer.from(await download.arrayBuffer()).equals(Buffer.from(content))).toBe(true);
  expect((await fetch(file!.url!)).status).toBe(403);
  const other = await fetch(file!.url!.replace('field_id=112', 'field_id=101'), { headers });
  expect(await other.json()).toMatchObject({ status: 'ng' });
});

test('contract §7: a refused save leaves no file behind', async () => {
  const files = async () =>
    (await served.database.row<{ n: number }>({
      name: '',
      text: 'SELECT count(*) AS n FROM records.files',
      values: [],
    }))!.n;
  const before = await files();
  const form = new FormData();
  for (const [name, value] of Object.entries({
    action: 'insert_data',
    app_id: '70',
    ...braced({ 数値: 'x' }),
  }))
    form.append(name, value);
  form.append('{{資料}}', new Blob(['x']), 'x.txt');
  const headers = { 'x-desknets-auth': 'key-maeda-1' };
  const answer = await fetch(api.address, { method: 'POST', headers, body: form });
  expect(await answer.json()).toMatchObject({ status: 'ng', errmsgadd: '{{数値}}' });
  expect(await files()).toBe(before);
});

test('appsuite §2.10 fact 72, §1.3 fact 17: identifier mode reads and writes by identifier; webhooks keep names', async () => {
  const { data_id } = await api.insert(71, { txt: 'x', num: '5' });
  const record = await api.record(71, data_id);
  expect(record).toEqual({
    revision: { val: '1' },
    data_id: { val: data_id },
    txt: { val: 'x' },
    num: { val: '5' },
  });
  expect(await api.insert(71, { 文字: 'x' })).toMatchObject({ status: 'ng', errmsgadd: '{{文字}}' });
  const [call] = await target.wait(1);
  expect(call!.body.data).toMatchObject({ 文字: { val: 'x' }, 数値: { val: '5' }, 複数行: { val: '' } });
});

test('appsuite §2.5: list_data without fields gives at most 50 members, with fields what was asked for', async () => {
  const { data_id } = await api.insert(72, { 部品60: '最後' });
  const list = async (more: Record<string, string>) =>
    (
      (await api.post({ action: 'list_data', app_id: '72', ...more })).list as {
        item: Record<string, { val: string }>[];
      }
    ).item[0]!;
  const short = await list({});
  expect(Object.keys(short)).toHaveLength(50);
  expect(short).toHaveProperty('revision');
  expect((await list({ fields: '[{"field_name":"部品60"}]' })).部品60).toEqual({ val: '最後' });
  expect(Object.keys(await api.record(72, data_id))).toHaveLength(1 + 5 + 60);
  for (const fields of ['[{"field_name":"ない"}]', '[{"field_alias":"x"}]', '{}', '[1]', 'x']) {
    expect(await api.post({ action: 'list_data', app_id: '72', fields })).toMatchObject({ status: 'ng' });
  }
});

test('contract §7: names may hold quotes, percent signs and words of the language, in every way of sending', async () => {
  const parts = Object.fromEntries(odd.map((name, n) => [name, `値${n}`]));
  const parameters = { action: 'insert_data', app_id: '73', ...braced(parts) };
  const form = new FormData();
  for (const [name, value] of Object.entries(parameters)) form.append(name, value);
  const headers = { 'x-desknets-auth': 'key-maeda-1' };
  const bodies = [new URLSearchParams(parameters), form];
  for (const body of bodies) {
    const answer = (await (await fetch(api.address, { method: 'POST', headers, body })).json()) as {
      data_id: string;
    };
    const record = await api.record(73, answer.data_id);
    expect(odd.map((name) => Object.getOwnPropertyDescriptor(record, name)?.value)).toEqual(
      odd.map((_, n) => ({ val: `値${n}` })),
    );
  }
});

test('appsuite §2.8, §2.2: count_data, list_apps, get_app, list_users, delete_data and the login API', async () => {
  await api.insert(59, { 備品名: 'count' });
  expect(await api.post({ action: 'count_data', app_id: '59' })).toMatchObject({ status: 'ok', allcnt: '2' });
  const apps = await api.post({ action: 'list_apps' });
  expect((apps.list as { item: unknown[] }).item).toContainEqual({
    id: '59',
    name: '備品アプリ',
    app_status: '1',
  });
  expect(await api.post({ action: 'get_app', app_id: '59' })).toMatchObject({
    app: { id: '59', app_alias: 'bihin' },
  });
  const base = `${served.url}/cgi-bin/dneo`;
  const headers = { 'x-desknets-auth': 'key-maeda-1' };
  const people = (await (await fetch(`${base}/zrconst.exe?action=list_users`, { headers })).json()) as {
    list: { item: unknown[] };
  };
  expect(people.list.item).toContainEqual({ id: '34', name: '佐々木光', login_id: 'sasaki', mail: '' });

  const login = async (password: string) =>
    (await (
      await fetch(`${base}/dneor.cgi`, {
        method: 'POST',
        body: new URLSearchParams({ action: 'login', login_id: 'sasaki', password }),
      })
    ).json()) as Record<string, string>;
  expect(await login('wrong')).toMatchObject({ status: 'ng' });
  const session = await login('pass-sasaki-1');
  expect(session).toMatchObject({ status: 'ok', user_id: '34', name: '佐々木光' });
  const sasaki = client(served.url, session.access_key);
  const { data_id } = await sasaki.insert(59, { 備品名: 'gone' });
  expect(await sasaki.post({ action: 'delete_data', app_id: '59', data_id: String(data_id) })).toMatchObject({
    status: 'ok',
  });
  expect(await sasaki.post({ action: 'get_data', app_id: '59', data_id: String(data_id) })).toMatchObject({
    status: 'ng',
    errorno: -110,
  });
});

test('contract §7: the addresses of the product lead to the console', async () => {
  const go = async (query: string) => {
    const response = await fetch(`${served.url}/cgi-bin/dneo/appsuite.exe?${query}`, { redirect: 'manual' });
    return [response.status, response.headers.get('location')];
  };
  expect(await go('cmd=cdbbrowse&app_id=59')).toEqual([302, '/apps/59']);
  expect(await go('cmd=cdbmsetappmanage&app_id=571')).toEqual([302, '/apps/571/automations']);
});

test('appsuite fact 77: a keyword finds what stands in the cells of a table, not how it is stored', async () => {
  const rows = [{ 品: '鍵盤と"引用"', 数: '123', 期限: '2024-05-06', 人: ['15'], 色: ['赤'] }];
  const { data_id } = await api.insert(70, { 明細: JSON.stringify(rows) });
  const fields = '[{"field_name":"データID"},{"field_name":"明細"}]';
  const found = async (keyword: string) => {
    const answer = await api.post({ action: 'list_data', app_id: '70', keyword, fields });
    const { item } = (answer.list ?? { item: [] }) as { item: { データID: { val: string } }[] };
    return item.some((record) => record.データID.val === data_id);
  };
  for (const keyword of ['鍵盤', '"引用"', '123', '赤']) expect(await found(keyword), keyword).toBe(true);
  for (const keyword of ['101', '{', '":', '15', '2024-05', '%', '鍵_'])
    expect(await found(keyword), keyword).toBe(false);
});
