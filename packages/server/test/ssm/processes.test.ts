import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { applyFile, call, example, logIn, type OpenSsm, openSsm } from './open-ssm.ts';

const path = '/api/process_types/01000001/processes';
let db: TestDatabase;
let ssm: OpenSsm;
let base: string;
let maeda: string;
let sasaki: string;

beforeAll(async () => {
  db = await createTestDatabase();
  ssm = await openSsm(db);
  await applyFile(ssm.workspace, {
    ...example,
    apps: [
      ...example.apps,
      {
        id: 72,
        name: '変更管理',
        process: { type: '01000002', idPattern: 'CH-{seq}', states: ['起票', '終了'] },
        access: [
          { subject: 'user:maeda', allow: ['view', 'add', 'change'] },
          { subject: 'user:sasaki', allow: ['view'] },
          { subject: 'user:sasaki', hideFields: ['秘密'] },
        ],
        fields: [
          { id: 101, name: '件名', type: 'text' },
          { id: 102, name: '秘密', type: 'text' },
        ],
      },
      { id: 73, name: 'プロセスではない', fields: [{ id: 101, name: '件名', type: 'text' }] },
    ],
  });
  base = ssm.base;
  maeda = (await logIn(base, 'maeda')).access;
  sasaki = (await logIn(base, 'sasaki')).access;
});
afterAll(async () => {
  await ssm.close();
  await db.drop();
});

const create = (items: object, token = maeda) => call(base, 'POST', path, { token, body: { items } });
const get = (id: string, token = maeda) => call(base, 'GET', `${path}/${id}`, { token });
const patch = (id: string, body: object, token = maeda) =>
  call(base, 'PATCH', `${path}/${id}`, { token, body });
const tokyoDay = () => new Date(Date.now() + 9 * 3_600_000).toISOString().slice(2, 10).replaceAll('-', '');

describe('contract §4: processes', () => {
  test('case 9: a process is created in the first state and read by its id', async () => {
    const created = await create({ title: 'ネットワーク障害', 重要度: '高', effort: 1.5, owner: ['sasaki'] });
    expect(created.status).toBe(201);
    expect(created.type).toMatch(/^application\/json/);
    expect(created.body).toEqual({
      process_type: '01000001',
      process_id: expect.stringMatching(new RegExp(`^IC1--${tokyoDay()}-\\d{4}$`)),
      state: '受付',
      revision: 1,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      updated_at: created.body.created_at,
      items: {
        title: 'ネットワーク障害',
        body: null,
        severity: '高',
        備考: null,
        effort: 1.5,
        owner: [{ id: 'sasaki', number: 34, name: '佐々木' }],
        due: null,
      },
    });
    const read = await get(created.body.process_id);
    expect(read).toMatchObject({ status: 200, body: created.body });
    // ids count up within the day
    const next = await create({ title: '次' });
    expect(Number(next.body.process_id.slice(-4))).toBe(Number(created.body.process_id.slice(-4)) + 1);
  });

  test('what is read can be written back', async () => {
    const { body } = await create({ title: 'a', severity: '低', owner: ['maeda'], due: '2024-02-29' });
    const { status, body: after } = await patch(body.process_id, { items: body.items });
    expect(status).toBe(200);
    expect(after.items).toEqual(body.items);
  });

  test('PATCH changes what is given, and only on the expected revision', async () => {
    const { body: before } = await create({ title: 'a', effort: 3 });
    const id = before.process_id;
    const changed = await patch(id, { revision: 1, state: '調査', items: { title: 'b' } });
    expect(changed).toMatchObject({
      status: 200,
      body: { state: '調査', revision: 2, items: { title: 'b', effort: 3 } },
    });
    const stale = await patch(id, { revision: 1, items: { title: 'c' } });
    expect(stale).toMatchObject({ status: 409, body: { msg: expect.any(String) } });
    expect((await get(id)).body).toEqual(changed.body);
  });

  test('of parallel changes on one revision exactly one is stored', async () => {
    const { body } = await create({ title: 'a' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        patch(body.process_id, { revision: 1, items: { title: `t${n}` } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)]);
    expect((await get(body.process_id)).body.revision).toBe(2);
  });

  test('wrong items are refused with a reason, and nothing is stored', async () => {
    const { body: before } = await create({ title: 'a' });
    const id = before.process_id;
    const wrong: [object, RegExp][] = [
      [{ title: '' }, /件名/],
      [{ title: 'x'.repeat(256) }, /255/],
      [{ title: 'b', severity: '無い' }, /無い/],
      [{ title: 'b', nothing: 1 }, /nothing/],
      [{ title: 'b', due: '2023-02-29' }, /期日/],
      [{ title: 'b', owner: ['nobody'] }, /nobody/],
      [{ title: { a: 1 } }, /件名/],
      [{ title: 'a\0b' }, /NUL/],
    ];
    for (const [items, reason] of wrong) {
      for (const answer of [await patch(id, { items }), await create(items)]) {
        expect([items, answer.status]).toEqual([items, 422]);
        expect(answer.body.msg).toMatch(reason);
      }
    }
    expect((await create({})).status).toBe(422);
    expect((await get(id)).body).toEqual(before);
  });

  test('wrong types of the body itself', async () => {
    const { body } = await create({ title: 'a' });
    for (const wrong of [[], { items: [] }, { items: 'x' }, { revision: '1' }, { state: 5 }, { item: {} }]) {
      const { status, body: answer } = await patch(body.process_id, wrong);
      expect([wrong, status, Object.keys(answer)]).toEqual([wrong, 422, ['msg']]);
    }
    const broken = await call(base, 'POST', path, { token: maeda, body: '{"items": {' });
    expect(broken).toMatchObject({ status: 400, body: { msg: expect.any(String) } });
    expect((await patch(body.process_id, { state: '無い状態' })).status).toBe(422);
  });

  test('unknown types and processes are 404', async () => {
    expect((await get('IC1--990101-9999')).status).toBe(404);
    for (const type of ['99999999', 'incident', '71', '__proto__']) {
      expect(
        (await call(base, 'GET', `/api/process_types/${type}/processes/x`, { token: maeda })).status,
      ).toBe(404);
    }
    // a record of another app is no process
    expect((await get('1')).status).toBe(404);
  });

  test('rights of the workspace hold: 403 for what one may not do, 404 for what one may not see', async () => {
    const other = '/api/process_types/01000002/processes';
    const { body } = await call(base, 'POST', other, {
      token: maeda,
      body: { items: { 件名: 'a', 秘密: 's' } },
    });
    expect(body.items).toEqual({ 件名: 'a', 秘密: 's' });
    const at = `${other}/${body.process_id}`;
    expect((await call(base, 'GET', at, { token: sasaki })).body.items).toEqual({ 件名: 'a' });
    expect((await call(base, 'POST', other, { token: sasaki, body: { items: {} } })).status).toBe(403);
    expect((await call(base, 'PATCH', at, { token: sasaki, body: { items: { 件名: 'b' } } })).status).toBe(
      403,
    );
    const { access: kobayashi } = await logIn(base, 'kobayashi');
    for (const method of ['GET', 'PATCH']) {
      const options = { token: kobayashi, ...(method === 'PATCH' && { body: { items: {} } }) };
      expect((await call(base, method, at, options)).status).toBe(404);
    }
    const types = async (token: string) =>
      (await call(base, 'GET', '/api/process_types', { token })).body.process_types;
    expect(await types(maeda)).toEqual([
      { id: '01000001', name: 'インシデント管理(Standard)' },
      { id: '01000002', name: '変更管理' },
    ]);
    expect(await types(kobayashi)).toEqual([{ id: '01000001', name: 'インシデント管理(Standard)' }]);
  });
});

describe('ssm §1.8: characters outside Shift_JIS', () => {
  test('case 18: text becomes decimal character references', async () => {
    const { body } = await create({ title: '髙﨑①㈱ 高崎 …', 備考: '¥‾～😀' });
    expect(body.items).toMatchObject({
      title: '&#39641;&#64017;&#9312;&#12849; 高崎 …',
      備考: '&#165;&#8254;&#65374;&#128512;',
    });
    expect((await get(body.process_id)).body.items.title).toBe('&#39641;&#64017;&#9312;&#12849; 高崎 …');
  });
});

describe('ssm §1.9: rich text', () => {
  const rich = async (body: string) => (await create({ title: 'r', body })).body.items.body;

  test('the value comes back inside one div', async () => {
    expect(await rich('<p>あ①</p>')).toBe('<div><p>あ&#9312;</p></div>');
  });

  test('case 21: leading white space is kept', async () => {
    expect(await rich('  二つ')).toBe('<div>  二つ</div>');
    expect(await rich('\u3000\n x')).toBe('<div>\u3000\n x</div>');
  });

  test('case 19: 10,000,000 bytes after escaping are stored; more leave the item as it was', {
    timeout: 180_000,
  }, async () => {
    const full = '&'.repeat(2_000_000);
    const { body: before } = await create({ title: 'a', body: full });
    expect(before.items.body).toBe(`<div>${full}</div>`);
    const changed = await patch(before.process_id, { items: { title: 'b', body: `${full}&` } });
    expect(changed.status).toBe(200);
    expect(changed.body.items.title).toBe('b');
    expect(changed.body.items.body).toBe(`<div>${full}</div>`);
    const created = await create({ title: 'c', body: 'x'.repeat(10_000_001) });
    expect(created).toMatchObject({ status: 201, body: { items: { title: 'c', body: null } } });
    // the references that characters become are not counted
    const wide = await create({ title: 'd', body: '한'.repeat(1_300_000) });
    expect(wide.status).toBe(201);
    expect(wide.body.items.body).toHaveLength(8 * 1_300_000 + '<div></div>'.length);
  });

  test('case 20: disallowed tags are cleaned, or refused with 500 and nothing stored', async () => {
    const dirty = 'a<script>alert(1)</script><b onclick="x()">b</b>';
    expect(await rich(dirty)).toBe('<div>a<b>b</b></div>');
    await applyFile(ssm.workspace, { settings: { richText: { disallowedTags: 'reject' } } });
    const { body: before } = await create({ title: 'a', body: '<b>ok</b>' });
    const refused = await patch(before.process_id, { items: { title: 'b', body: dirty } });
    expect(refused).toMatchObject({ status: 500, body: { msg: expect.stringMatching(/script/) } });
    expect((await get(before.process_id)).body).toEqual(before);
    await applyFile(ssm.workspace, { settings: { richText: { disallowedTags: 'sanitize' } } });
  });
});
