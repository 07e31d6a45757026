import { afterAll, beforeAll, expect, test } from 'vitest';
import { bihin, braced, client, users } from './client.ts';
import { type Served, serve } from './serve.ts';

let served: Served;
let api: ReturnType<typeof client>;

beforeAll(async () => {
  served = await serve();
  await served.apply({ users, apps: [bihin] });
  api = client(served.url);
});
afterAll(() => served.close());

test('appsuite §2.2: the key is taken from the parameter or the header, with the same answer', async () => {
  const { data_id } = await api.insert(59, { 備品名: 'マウス' });
  const query = `action=get_data&app_id=59&data_id=${data_id}`;
  const byHeader = await fetch(`${api.address}?${query}`, { headers: { 'X-Desknets-Auth': 'key-maeda-1' } });
  const byParameter = await fetch(`${api.address}?${query}&access_key=key-maeda-1`);
  expect(await byParameter.json()).toEqual(await byHeader.json());
});

test('appsuite §2.2: a missing or unknown key is HTTP 403 with an empty body', async () => {
  for (const key of ['', '&access_key=wrong']) {
    const response = await fetch(`${api.address}?action=list_data&app_id=59${key}`);
    expect([response.status, await response.text()]).toEqual([403, '']);
  }
});

test('appsuite §2.1: query string, urlencoded body and multipart make equal records', async () => {
  const parameters = {
    action: 'insert_data',
    app_id: '59',
    ...braced({ 備品名: 'a&b=c 日本', 出庫数: '2' }),
  };
  const form = new FormData();
  for (const [name, value] of Object.entries(parameters)) form.append(name, value);
  const headers = { 'x-desknets-auth': 'key-maeda-1' };
  const answers = await Promise.all([
    fetch(`${api.address}?${new URLSearchParams(parameters)}`, { headers }),
    fetch(api.address, { method: 'POST', headers, body: new URLSearchParams(parameters) }),
    fetch(api.address, { method: 'POST', headers, body: form }),
  ]);
  const records = await Promise.all(
    answers.map(async (answer) => {
      const { data_id } = (await answer.json()) as { data_id: string };
      const { 備品名, 出庫数, revision } = await api.record(59, data_id);
      return { 備品名, 出庫数, revision };
    }),
  );
  expect(records).toEqual(
    records.map(() => ({ 備品名: { val: 'a&b=c 日本' }, 出庫数: { val: '2' }, revision: { val: '1' } })),
  );
});

test('appsuite §2.10: a record has the revision, the five system parts and its own parts, as strings', async () => {
  const answer = await api.insert('@bihin', { 備品名: 'キーボード', 出庫数: '2' });
  expect(answer).toEqual({ status: 'ok', id: answer.data_id, data_id: expect.stringMatching(/^\d+$/) });
  const record = await api.record('@bihin', answer.data_id);
  const user = { users: { item: [{ id: '15', Name: '前田隆' }] } };
  const time = { val: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/) };
  expect(record).toEqual({
    revision: { val: '1' },
    データID: { val: answer.data_id },
    登録日時: time,
    登録者: { val: user },
    更新日時: time,
    更新者: { val: user },
    備品名: { val: 'キーボード' },
    出庫数: { val: '2' },
    在庫数: { val: '12', type: 'number' },
  });
  expect(Object.keys(record).slice(0, 6)).toEqual([
    'revision',
    'データID',
    '登録日時',
    '登録者',
    '更新日時',
    '更新者',
  ]);
});

test('appsuite §2.7: an absent part stays, an empty one is emptied, a stale revision changes nothing', async () => {
  const { data_id } = await api.insert(59, { 備品名: '椅子', 出庫数: '3' });
  expect(await api.update(59, data_id, { 備品名: '机' }, { '{{revision}}': '1' })).toMatchObject({
    status: 'ok',
  });
  expect(await api.record(59, data_id)).toMatchObject({ 備品名: { val: '机' }, 出庫数: { val: '3' } });
  const stale = await api.update(59, data_id, { 備品名: '棚' }, { '{{revision}}': '1' });
  expect(stale).toMatchObject({ status: 'ng', errorno: -10409 });
  await api.update(59, data_id, { 出庫数: '' });
  expect(await api.record(59, data_id)).toMatchObject({
    備品名: { val: '机' },
    出庫数: { val: '' },
    revision: { val: '3' },
  });
});

test('appsuite §2.5: an empty list is a refusal with number -110', async () => {
  const filter = JSON.stringify({ item: [{ field_id: '101', operator: '=', value: 'ない' }] });
  const answer = await api.post({ action: 'list_data', app_id: '59', filter });
  expect(answer).toMatchObject({
    status: 'ng',
    errorno: -110,
    errormessage: expect.stringMatching(/\[W110\]$/),
  });
});

test('appsuite §2.9, §2.5: numbers compare as numbers; order and window', async () => {
  for (const out of ['9', '10', '100']) await api.insert(59, { 備品名: 'filter', 出庫数: out });
  const filter = JSON.stringify({
    item: [
      { field_id: '101', operator: 'contains', value: 'filter' },
      { field_id: '102', operator: '>=', value: '10' },
    ],
  });
  const list = async (more: Record<string, string>) => {
    const answer = await api.post({ action: 'list_data', app_id: '59', filter, ...more });
    const { item } = answer.list as { item: Record<string, { val: string }>[] };
    return item.map((record) => record.出庫数!.val);
  };
  expect(await list({ sort_field_id: '102' })).toEqual(['10', '100']);
  expect(await list({ sort_field_id: '102', sort_order: 'desc' })).toEqual(['100', '10']);
  expect(await list({ sort_field_id: '102', offset: '1', limit: '1' })).toEqual(['100']);
});

test('appsuite §2.3: what is wrong is ng over HTTP 200 and says so', async () => {
  const refused = async (parameters: Record<string, string>) => {
    const answer = await api.post(parameters);
    expect(answer).toMatchObject({
      status: 'ng',
      errorno: expect.any(Number),
      errmsgadd: expect.any(String),
    });
    return [answer.errorno, answer.errmsgadd];
  };
  expect(await refused({ action: 'nothing' })).toEqual([-10, '']);
  expect(await refused({ app_id: '59' })).toEqual([-10, '']);
  for (const app_id of ['60', '@nobody', '', 'x', '@59']) await refused({ action: 'list_data', app_id });
  for (const data_id of ['999999', '', 'x', '0', '-1', "1' OR '1'='1"]) {
    await refused({ action: 'get_data', app_id: '59', data_id });
  }
  const insert = { action: 'insert_data', app_id: '59' };
  expect(await refused(insert)).toEqual([-10, '{{備品名}}']);
  expect(await refused({ ...insert, ...braced({ 備品名: 'x', 出庫数: 'x' }) })).toEqual([-10, '{{出庫数}}']);
  expect(await refused({ ...insert, ...braced({ 備品名: 'x', ない: '1' }) })).toEqual([-10, '{{ない}}']);
  for (const name of ['__proto__', 'constructor', 'データID', '在庫数']) {
    expect(await refused({ ...insert, ...braced({ 備品名: 'x', [name]: '1' }) })).toEqual([
      -10,
      `{{${name}}}`,
    ]);
  }
  for (const filter of [
    '{',
    '[]',
    '{"item":[{}]}',
    '{"item":[{"field_id":"101","operator":"~","value":"1"}]}',
  ]) {
    await refused({ action: 'list_data', app_id: '59', filter });
  }
});

test('appsuite §2.1: bodies that are no form are refused, and nothing is stored', async () => {
  const headers = { 'x-desknets-auth': 'key-maeda-1' };
  const send = async (type: string, body: string) => {
    const response = await fetch(api.address, {
      method: 'POST',
      headers: { ...headers, 'content-type': type },
      body,
    });
    return [response.status, ((await response.json()) as { status: string }).status];
  };
  const count = async () =>
    (await served.database.row<{ n: number }>({
      name: '',
      text: 'SELECT count(*) AS n FROM records.app_59',
      values: [],
    }))!.n;
  const before = await count();
  expect(await send('application/json', '{"action":')).toEqual([200, 'ng']);
  expect(await send('application/x-www-form-urlencoded', 'action=%FF')).toEqual([200, 'ng']);
  const part = (name: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const whole = part('action', 'insert_data') + part('app_id', '59') + part('{{備品名}}', '途中');
  expect(await send('multipart/form-data; boundary=b', whole)).toEqual([200, 'ng']);
  expect(await send('multipart/form-data', whole)).toEqual([200, 'ng']);
  expect(await count()).toBe(before);
  expect(await send('multipart/form-data; boundary=b', `${whole}--b--\r\n`)).toEqual([200, 'ok']);
});
