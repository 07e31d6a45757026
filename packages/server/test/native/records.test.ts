import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminPassword, type NativeServer, openNative, workspace } from './open-native.ts';

let server: NativeServer;
let maeda: string;
let sasaki: string;
let admin: string;
const records = '/v1/apps/bihin/records';

beforeAll(async () => {
  server = await openNative(workspace);
  maeda = await server.signIn('maeda', 'pass-maeda-1');
  sasaki = await server.signIn('sasaki', 'pass-sasaki-1');
  admin = await server.signIn('admin', adminPassword);
});
afterAll(() => server.close());

async function make(fields: object, headers: Record<string, string> = {}) {
  const answer = await server.call('POST', records, { token: maeda, body: { fields }, headers });
  expect(answer.status, answer.text).toBe(201);
  return answer.json;
}

async function upload(name: string, content: Buffer, token = maeda) {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(content)], { type: 'text/plain' }), name);
  const answer = await fetch(`${server.url}/v1/apps/bihin/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  return { status: answer.status, json: (await answer.json()) as { id: number } };
}

test('contract §5: a record with every type of field is stored and given back', async () => {
  const shelf = await server.call('POST', '/v1/apps/okiba/records', {
    token: maeda,
    body: { fields: { 名称: '三階' } },
  });
  const file = (await upload('見積書.txt', Buffer.from('見積'))).json;
  const made = await make({
    備品名: 'ノートPC "15" %\\;',
    出庫数: '12.50',
    区分: '周辺機器',
    詳細: '<b>良品</b>',
    担当: ['sasaki', 15],
    納品日: '2024-02-29',
    資料: [file.id],
    備考: '一行目\n二行目 𠮷',
    開始: '09:05',
    発生: '2024-02-29T23:34:56+09:00',
    用途: ['社外', '社内'],
    部署: ['it'],
    置場: shelf.json.id,
    明細: [{ 品目: 'ケーブル', 数: 3 }],
  });
  expect(made).toMatchObject({
    id: expect.any(Number),
    revision: 1,
    createdBy: 'maeda',
    updatedBy: 'maeda',
    createdAt: expect.stringMatching(/Z$/),
  });
  expect(made.fields).toEqual({
    備品名: 'ノートPC "15" %\\;',
    出庫数: 12.5,
    在庫数: 87.5,
    区分: '周辺機器',
    詳細: expect.stringContaining('良品'),
    担当: [
      { id: 'sasaki', number: 34, name: '佐々木光' },
      { id: 'maeda', number: 15, name: '前田隆' },
    ],
    納品日: '2024-02-29',
    資料: [{ id: file.id, name: '見積書.txt', type: 'text/plain', size: 6 }],
    備考: '一行目\n二行目 𠮷',
    開始: '09:05',
    発生: '2024-02-29T14:34:56Z',
    用途: ['社外', '社内'],
    部署: [{ id: 'it', number: 3, name: '情報システム部' }],
    番号: expect.stringMatching(/^B-\d{4}$/),
    置場: '三階',
    明細: [{ 品目: 'ケーブル', 数: 3 }],
  });
  const read = await server.call('GET', `${records}/${made.id}`, { token: maeda });
  expect(read.json).toEqual(made);
  expect(read.headers.get('etag')).toBe('"1"');
  const byNumber = await server.call('GET', `/v1/apps/59/records/${made.id}`, { token: maeda });
  expect(byNumber.json).toEqual(made);
});

test('contract §7: an empty record holds every field, empty', async () => {
  const { fields } = await make({ 備品名: '空' });
  expect(Object.keys(fields)).toHaveLength(16);
  expect(fields).toMatchObject({
    出庫数: null,
    区分: null,
    担当: [],
    資料: [],
    用途: [],
    明細: [],
    発生: null,
  });
});

test.each([
  [{ 備品名: '' }, '/fields/備品名'],
  [{}, '/fields/備品名'],
  [{ 備品名: 'あ'.repeat(101) }, '/fields/備品名'],
  [{ 備品名: { a: 1 } }, '/fields/備品名'],
  [{ 備品名: 'x\0y' }, '/fields/備品名'],
  [{ 備品名: 'x', 出庫数: -1 }, '/fields/出庫数'],
  [{ 備品名: 'x', 出庫数: '十' }, '/fields/出庫数'],
  [{ 備品名: 'x', 出庫数: 2 ** 60 }, '/fields/出庫数'],
  [{ 備品名: 'x', 在庫数: 1 }, '/fields/在庫数'],
  [{ 備品名: 'x', 番号: 1 }, '/fields/番号'],
  [{ 備品名: 'x', 区分: '家電' }, '/fields/区分'],
  [{ 備品名: 'x', 担当: ['nobody'] }, '/fields/担当'],
  [{ 備品名: 'x', 納品日: '2023-02-29' }, '/fields/納品日'],
  [{ 備品名: 'x', 納品日: 20240229 }, '/fields/納品日'],
  [{ 備品名: 'x', 資料: [999999] }, '/fields/資料'],
  [{ 備品名: 'x', 開始: '24:00' }, '/fields/開始'],
  [{ 備品名: 'x', 発生: '2024-02-30T00:00:00' }, '/fields/発生'],
  [{ 備品名: 'x', 用途: '社内' }, '/fields/用途'],
  [{ 備品名: 'x', 部署: ['nowhere'] }, '/fields/部署'],
  [{ 備品名: 'x', 置場: 424242 }, '/fields/置場'],
  [{ 備品名: 'x', 明細: [{ 色: '赤' }] }, '/fields/明細/0/色'],
  [{ 備品名: 'x', 色: '赤' }, '/fields/色'],
  [JSON.parse('{"備品名": "x", "__proto__": 1}'), '/fields/__proto__'],
  [{ 備品名: 'x', toString: 1 }, '/fields/toString'],
])('a wrong value is refused with a pointer to it: %j', async (fields, pointer) => {
  const before = (await server.call('GET', `${records}?limit=500`, { token: maeda })).json.items.length;
  const { status, json } = await server.call('POST', records, { token: maeda, body: { fields } });
  expect(status).toBe(422);
  expect(json.errors[0].pointer).toBe(pointer);
  expect(json.errors[0].detail).not.toBe('');
  const after = (await server.call('GET', `${records}?limit=500`, { token: maeda })).json.items.length;
  expect(after).toBe(before);
});

test('contract §7: maxLength counts characters, not UTF-16 units', async () => {
  expect((await make({ 備品名: '𠮷'.repeat(100) })).fields.備品名).toHaveLength(200);
});

test('RFC 9457: every faulty field is told at once, in the language asked for', async () => {
  const body = { fields: { 出庫数: 'x', 区分: '家電', 納品日: 'x' } };
  const ja = await server.call('POST', records, { token: maeda, body });
  expect(ja.json).toMatchObject({ type: expect.any(String), title: expect.any(String), status: 422 });
  expect(ja.json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
    '/fields/備品名',
    '/fields/出庫数',
    '/fields/区分',
    '/fields/納品日',
  ]);
  expect(ja.json.errors[0].detail).toMatch(/[ぁ-ん]/);
  const en = await server.call('POST', records, { token: maeda, body, headers: { 'accept-language': 'en' } });
  expect(en.json.errors[0].detail).toMatch(/^[ -~]*".*"[ -~]*$/);
});

test('contract §5: PATCH changes the given fields only; the formula follows and the revision rises', async () => {
  const { id } = await make({ 備品名: '椅子', 出庫数: 1, 区分: '消耗品' });
  const changed = await server.call('PATCH', `${records}/${id}`, {
    token: sasaki,
    body: { fields: { 出庫数: 40 } },
  });
  expect(changed.status).toBe(200);
  expect(changed.headers.get('etag')).toBe('"2"');
  expect(changed.json).toMatchObject({ revision: 2, createdBy: 'maeda', updatedBy: 'sasaki' });
  expect(changed.json.fields).toMatchObject({ 備品名: '椅子', 出庫数: 40, 在庫数: 60, 区分: '消耗品' });
});

test('contract §5: If-Match guards change and deletion, 412 when stale', async () => {
  const { id } = await make({ 備品名: '机' });
  const patch = (fields: object, match: string) =>
    server.call('PATCH', `${records}/${id}`, {
      token: maeda,
      body: { fields },
      headers: { 'if-match': match },
    });
  expect((await patch({ 備品名: '机2' }, '"1"')).status).toBe(200);
  const stale = await patch({ 備品名: '机3' }, '"1"');
  expect(stale.status).toBe(412);
  expect(stale.json.status).toBe(412);
  expect((await patch({ 備品名: '机3' }, 'x')).status).toBe(422);
  expect((await patch({ 備品名: '机4' }, '*')).status).toBe(200);
  const remove = (match: string) =>
    server.call('DELETE', `${records}/${id}`, { token: maeda, headers: { 'if-match': match } });
  expect((await remove('"2"')).status).toBe(412);
  expect((await remove('"3"')).status).toBe(204);
  expect((await server.call('GET', `${records}/${id}`, { token: maeda })).status).toBe(404);
  expect((await remove('"3"')).status).toBe(404);
});

test('of twenty parallel changes with the same revision one succeeds', async () => {
  const { id } = await make({ 備品名: '競争' });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      server.call('PATCH', `${records}/${id}`, {
        token: maeda,
        body: { fields: { 出庫数: n } },
        headers: { 'if-match': '"1"' },
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
});

test('contract §5: a batch makes or changes up to 1,000 records, wholly or not at all', async () => {
  const batch = (list: object[]) =>
    server.call('POST', `${records}:batch`, { token: maeda, body: { records: list } });
  const made = await batch(
    Array.from({ length: 1000 }, (_, n) => ({ fields: { 備品名: `一括${n}`, 出庫数: n % 100 } })),
  );
  expect(made.status).toBe(200);
  expect(made.json.items.map(({ fields }: { fields: Record<string, string> }) => fields.備品名)).toEqual(
    Array.from({ length: 1000 }, (_, n) => `一括${n}`),
  );
  const [one, two] = made.json.items;
  const changed = await batch([
    { id: two.id, fields: { 備品名: '二番' } },
    { id: one.id, revision: 1, fields: { 出庫数: 7 } },
  ]);
  expect(changed.json.items.map(({ id }: { id: number }) => id)).toEqual([two.id, one.id]);
  const faulty = await batch([{ fields: { 備品名: '良' } }, { fields: { 備品名: '悪', 出庫数: -1 } }]);
  expect(faulty.status).toBe(422);
  expect(faulty.json.errors[0].pointer).toBe('/records/1/fields/出庫数');
  const filter = encodeURIComponent(JSON.stringify({ field: '備品名', op: '=', value: '良' }));
  expect((await server.call('GET', `${records}?filter=${filter}`, { token: maeda })).json.items).toEqual([]);
  const stale = await batch([
    { id: two.id, fields: { 備品名: '三番' } },
    { id: one.id, revision: 1, fields: { 出庫数: 8 } },
  ]);
  expect(stale.status).toBe(412);
  expect((await server.call('GET', `${records}/${two.id}`, { token: maeda })).json.fields.備品名).toBe(
    '二番',
  );
  expect((await batch([])).status).toBe(422);
  expect((await batch(Array.from({ length: 1001 }, () => ({ fields: { 備品名: 'x' } })))).status).toBe(422);
  expect((await batch([{ id: two.id, fields: {} }, { fields: { 備品名: 'x' } }])).status).toBe(422);
});

test('contract §5: a repeated Idempotency-Key gives the first record again', async () => {
  const headers = { 'idempotency-key': 'order-1' };
  const first = await make({ 備品名: '一度だけ' }, headers);
  expect((await make({ 備品名: '一度だけ' }, headers)).id).toBe(first.id);
  const other = await server.call('POST', records, {
    token: maeda,
    body: { fields: { 備品名: '別' } },
    headers,
  });
  expect(other.status).toBe(422);
  const body = { fields: { 備品名: '一度だけ' } };
  const someone = await server.call('POST', records, { token: sasaki, body, headers });
  expect(someone.json.id).not.toBe(first.id);
});

test('contract §5: a repeated Idempotency-Key changes and deletes once', async () => {
  const { id } = await make({ 備品名: '元' });
  const path = `${records}/${id}`;
  const change = (headers: Record<string, string>, name = '新') =>
    server.call('PATCH', path, { token: maeda, body: { fields: { 備品名: name } }, headers });
  const headers = { 'idempotency-key': 'change-1', 'if-match': '"1"' };
  const changed = await Promise.all(Array.from({ length: 5 }, () => change(headers)));
  for (const { status, json } of changed)
    expect([status, json.revision, json.fields.備品名]).toEqual([200, 2, '新']);
  expect((await change(headers, '別')).status).toBe(422);
  const batch = () =>
    server.call('POST', `${records}:batch`, {
      token: maeda,
      body: { records: [{ id, fields: { 備品名: '三' } }] },
      headers: { 'idempotency-key': 'change-2' },
    });
  expect((await batch()).json.items[0].revision).toBe(3);
  expect((await batch()).json.items[0].revision).toBe(3);
  const remove = (key: string) =>
    server.call('DELETE', path, { token: maeda, headers: { 'idempotency-key': key } });
  expect((await remove('delete-1')).status).toBe(204);
  expect((await remove('delete-1')).status).toBe(204);
  expect((await remove('delete-2')).status).toBe(404);
});

test('contract §5: thirty parallel requests with one Idempotency-Key make one record', async () => {
  const headers = { 'idempotency-key': 'order-parallel' };
  const made = await Promise.all(Array.from({ length: 30 }, () => make({ 備品名: '並行' }, headers)));
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  const filter = encodeURIComponent(JSON.stringify({ field: '備品名', op: '=', value: '並行' }));
  expect((await server.call('GET', `${records}?filter=${filter}`, { token: maeda })).json.items).toHaveLength(
    1,
  );
});

test('contract §7: fields may be called constructor or __proto__, with quotes and SQL in their names', async () => {
  const names = ['constructor', '__proto__', `a"b'c;-- %\\`, 'DROP TABLE x', '㐂𠮷é'];
  const fields = names.map((name, index) => ({ id: 101 + index, name, type: 'text' }));
  const file = { renkei: 1, apps: [{ id: 61, name: `名前"';\\%`, fields }] };
  const applied = await server.call('POST', '/v1/workspace/apply', { token: admin, body: { file } });
  expect(applied.json.faults).toEqual([]);
  const given = Object.fromEntries(names.map((name) => [name, `値 ${name}`]));
  const made = await server.call('POST', '/v1/apps/61/records', { token: maeda, body: { fields: given } });
  expect(made.status, made.text).toBe(201);
  expect(Object.entries(made.json.fields)).toEqual(Object.entries(given));
  const filter = JSON.stringify({ field: '__proto__', op: '=', value: '値 __proto__' });
  const query = new URLSearchParams({ filter, sort: `a"b'c;-- %\\` });
  const found = await server.call('GET', `/v1/apps/61/records?${query}`, { token: maeda });
  expect(found.json.items).toEqual([made.json]);
});

test('contract §7: hidden fields do not exist for a caller, read-only ones cannot be set', async () => {
  const { id } = await make({ 備品名: '秘', 詳細: '社外秘', 区分: '消耗品' });
  const read = await server.call('GET', `${records}/${id}`, { token: sasaki });
  expect(read.text).not.toContain('社外秘');
  expect(Object.keys(read.json.fields)).not.toContain('詳細');
  const patch = (fields: object) =>
    server.call('PATCH', `${records}/${id}`, { token: sasaki, body: { fields } });
  expect((await patch({ 詳細: 'x' })).status).toBe(422);
  expect((await patch({ 区分: '周辺機器' })).status).toBeGreaterThanOrEqual(403);
  const hidden = encodeURIComponent(JSON.stringify({ field: '詳細', op: 'contains', value: '社外' }));
  expect((await server.call('GET', `${records}?filter=${hidden}`, { token: sasaki })).status).toBe(422);
  expect(
    (await server.call('GET', `${records}?sort=${encodeURIComponent('詳細')}`, { token: sasaki })).status,
  ).toBe(422);
  expect((await server.call('GET', `${records}/${id}/history`, { token: sasaki })).text).not.toContain(
    '詳細',
  );
});

test('the history tells who changed what, the newest first', async () => {
  const { id } = await make({ 備品名: '前', 出庫数: 1 });
  await server.call('PATCH', `${records}/${id}`, { token: sasaki, body: { fields: { 備品名: '後' } } });
  const { json } = await server.call('GET', `${records}/${id}/history`, { token: maeda });
  expect(json.items).toEqual([
    expect.objectContaining({ revision: 2, by: 'sasaki', via: 'native', changes: { 備品名: ['前', '後'] } }),
  ]);
});

test('files go up and down as they are, streamed, and only to who may see them', async () => {
  const content = Buffer.alloc(3 * 1024 * 1024, '資料の中身');
  const up = await upload('図面 (最終) 1;.pdf', content);
  expect(up.status).toBe(201);
  const path = `${server.url}/v1/apps/bihin/files/${up.json.id}`;
  const get = (token: string) => fetch(path, { headers: { authorization: `Bearer ${token}` } });
  // not yet part of a record: the one who uploaded it alone
  expect((await get(sasaki)).status).toBe(404);
  const { id } = await make({ 備品名: '図面', 資料: [up.json.id] });
  const down = await get(sasaki);
  expect(Buffer.from(await down.arrayBuffer()).equals(content)).toBe(true);
  expect(down.headers.get('content-length')).toBe(String(content.length));
  expect(decodeURIComponent(down.headers.get('content-disposition')!)).toContain('図面 (最終) 1;.pdf');
  expect(down.headers.get('x-content-type-options')).toBe('nosniff');
  await server.call('DELETE', `${records}/${id}`, { token: maeda });
  expect((await get(maeda)).status).toBe(404);
});

test('an upload without a file part, or cut off, is refused and stores nothing', async () => {
  const headers = { authorization: `Bearer ${maeda}` };
  const json = await server.call('POST', '/v1/apps/bihin/files', { token: maeda, body: { a: 1 } });
  expect(json.status).toBe(422);
  const cut = await fetch(`${server.url}/v1/apps/bihin/files`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'multipart/form-data; boundary=b' },
    body: '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of it',
  });
  expect(cut.status).toBeGreaterThanOrEqual(400);
  expect(cut.status).toBeLessThan(500);
  const empty = await fetch(`${server.url}/v1/apps/bihin/files`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'multipart/form-data; boundary=b' },
    body: '--b--\r\n',
  });
  expect(empty.status).toBe(422);
});

test('only an administrator reads the access log', async () => {
  expect((await server.call('GET', '/v1/access-log', { token: maeda })).status).toBe(403);
  const { id } = await make({ 備品名: '記録' });
  const { json } = await server.call('GET', '/v1/access-log?app=bihin&user=maeda&limit=1', { token: admin });
  expect(json.items).toEqual([
    expect.objectContaining({
      user: 'maeda',
      dialect: 'native',
      operation: 'insert_data',
      app: 59,
      table: 't000059000',
      record: String(id),
      outcome: 'ok',
    }),
  ]);
});
