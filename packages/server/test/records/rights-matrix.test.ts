import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { client } from '../appsuite/client.ts';
import { type Served, serve } from '../appsuite/serve.ts';
import { receiver } from '../automations/receiver.ts';

/**
 * Who may not see something gets it by no way (issue 3). Every way is tried by maeda too, who may see all: it must give
 * him what is secret, so that a way that leads nowhere proves nothing by its silence.
 */
const secret = 'SECRET-FIELD';
const secretRecord = 'SECRET-RECORD';
const marks = [secret, secretRecord];

let served: Served;
let target: Awaited<ReturnType<typeof receiver>>;
const ssmTokens = new Map<string, string>();
const ids = { public: '', private: '', delivery: 0 };

const see = { field: '区分', op: '=', value: '公開' };
const hideFields = ['秘密', '秘密表', '添付'];
const limited = ['ito', 'kato'] as const;
const all = [...limited, 'sato'] as const;

const user = (id: string, number: number, more: object = {}) => ({
  id,
  number,
  name: id,
  kind: 'serviceDesk',
  password: `pass-${id}-1`,
  accessKeys: [`key-${id}-1`],
  ...more,
});

beforeAll(async () => {
  target = await receiver();
  served = await serve();
  await served.apply({
    groups: [{ id: 'it', number: 3, name: '情報システム部' }],
    users: [
      user('maeda', 15, { roles: ['admin'], groups: ['it'] }),
      user('ito', 40), // neither the hidden parts nor the hidden record
      user('kato', 41), // the same, but administers the app
      user('sato', 42), // nothing of the app
    ],
    apps: [
      {
        id: 71,
        alias: 'contract',
        name: '契約',
        process: { type: '01000001', idPattern: 'C-{seq4}', states: ['受付', '完了'] },
        fields: [
          { id: 101, name: '件名', alias: 'title', type: 'text' },
          { id: 102, name: '秘密', alias: 'secret', type: 'text' },
          { id: 103, name: '区分', alias: 'kind', type: 'select', options: ['公開', '非公開'] },
          { id: 104, name: '添付', alias: 'files', type: 'files' },
          {
            id: 105,
            name: '秘密表',
            alias: 'rows',
            type: 'table',
            fields: [{ id: 101, name: '中身', type: 'text' }],
          },
          {
            id: 106,
            name: '長さ',
            alias: 'length',
            type: 'formula',
            expression: 'LEN(件名)',
            result: 'number',
          },
        ],
        access: [
          {
            subject: 'group:it',
            allow: ['view', 'add', 'change', 'delete', 'administer', 'export', 'import'],
          },
          { subject: 'user:ito', allow: ['view', 'add', 'change', 'export', 'import'], when: see },
          { subject: 'user:ito', hideFields },
          { subject: 'user:kato', allow: ['view', 'change', 'export', 'administer'], when: see },
          { subject: 'user:kato', hideFields },
        ],
        automations: [{ title: 't', webhook: { url: target.url } }],
      },
      {
        id: 72,
        name: '注文',
        fields: [
          { id: 101, name: '契約件名', type: 'reference', app: 71, field: '件名' },
          { id: 102, name: '契約の秘密', type: 'reference', app: 71, field: '秘密' },
        ],
      },
    ],
  });
  const maeda = client(served.url);
  const values = { 秘密: secret, 秘密表: JSON.stringify([{ 中身: secret }]) };
  ids.public = String((await maeda.insert(71, { 件名: 'public', 区分: '公開', ...values })).data_id);
  ids.private = String((await maeda.insert(71, { 件名: secretRecord, 区分: '非公開', ...values })).data_id);
  // a first and a second value, for the history
  await maeda.update(71, ids.public, { 件名: 'public', 秘密: `${secret}-2` });
  await maeda.update(71, ids.private, { 件名: `${secretRecord}-2` });
  for (const id of [ids.public, ids.private])
    await served.native(`/v1/apps/71/records/${id}`, patch({ 添付: [await uploaded()] }));
  await maeda.insert(72, { 契約件名: ids.public, 契約の秘密: ids.public });
  await maeda.insert(72, { 契約件名: ids.private, 契約の秘密: ids.private });
  const form = new FormData();
  form.append('file', new Blob([secretRecord]), `${secretRecord}.txt`);
  await ssm('maeda', 'processes/C-0002/attachments', { method: 'POST', body: form });
  await target.wait(6, '/');
  const { body } = await served.native('/v1/deliveries?app=71');
  ids.delivery = (body as { items: { id: number; record: number }[] }).items.find(
    ({ record }) => String(record) === ids.private,
  )!.id;
});
afterAll(async () => {
  await target.close();
  await served.close();
});

function patch(fields: object): RequestInit {
  return {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fields }),
  };
}

async function uploaded(): Promise<number> {
  const form = new FormData();
  form.append('file', new Blob([secret]), `${secret}.txt`);
  const { body } = await served.native('/v1/apps/71/files', { method: 'POST', body: form });
  return (body as { id: number }).id;
}

/** What a call tells: its status and its text, without the id that every request has of its own. */
type Told = { status: number; text: string };
async function told(response: Response): Promise<Told> {
  const text = await response.text();
  return { status: response.status, text: text.replace(/"requestId":"[^"]*"/, '') };
}

async function appsuite(who: string, parameters: Record<string, string>): Promise<Told> {
  const body = new URLSearchParams({ app_id: '71', ...parameters });
  const headers = { 'x-desknets-auth': `key-${who}-1` };
  return told(await fetch(`${served.url}/cgi-bin/dneo/appsr.cgi`, { method: 'POST', headers, body }));
}

async function native(who: string, path: string, init: RequestInit = {}): Promise<Told> {
  return told(await served.as(who, path, init));
}

async function ssm(who: string, path: string, init: RequestInit = {}): Promise<Told> {
  const token = ssmTokens.get(who) ?? (await ssmLogin(who));
  ssmTokens.set(who, token);
  const address = `${served.url}/api/process_types/01000001/${path}`;
  return told(
    await fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
  );
}

async function ssmLogin(username: string): Promise<string> {
  const answer = await fetch(`${served.url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: `pass-${username}-1` }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

const change = (body: object): RequestInit => ({
  method: 'PATCH',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const query = (name: string, value: unknown) =>
  `${name}=${encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value))}`;

describe('issue 3: the hidden part and the hidden record are in no answer', () => {
  const ways: Record<string, (who: string) => Promise<Told>> = {
    'appsuite list_data': (who) => appsuite(who, { action: 'list_data' }),
    'appsuite get_data, hidden part': (who) => appsuite(who, { action: 'get_data', data_id: ids.public }),
    'appsuite get_data, hidden record': (who) => appsuite(who, { action: 'get_data', data_id: ids.private }),
    'appsuite references': (who) => appsuite(who, { action: 'list_data', app_id: '72' }),
    'native list': (who) => native(who, '/v1/apps/71/records'),
    'native get, hidden part': (who) => native(who, `/v1/apps/71/records/${ids.public}`),
    'native get, hidden record': (who) => native(who, `/v1/apps/71/records/${ids.private}`),
    'native references': (who) => native(who, '/v1/apps/72/records'),
    'native history, hidden part': (who) => native(who, `/v1/apps/71/records/${ids.public}/history`),
    'native history, hidden record': (who) => native(who, `/v1/apps/71/records/${ids.private}/history`),
    'native answer to a change': (who) =>
      native(who, `/v1/apps/71/records/${ids.public}`, patch({ 区分: '公開' })),
    'native answer to a batch': (who) =>
      native(who, '/v1/apps/71/records:batch', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ records: [{ id: Number(ids.public), fields: { 区分: '公開' } }] }),
      }),
    'native change of the hidden record': (who) =>
      native(who, `/v1/apps/71/records/${ids.private}`, patch({ 区分: '非公開' })),
    'CSV export': (who) => native(who, '/v1/apps/71/export'),
    'CSV export of references': (who) => native(who, '/v1/apps/72/export?fields=契約の秘密'),
    'a delivery, hidden part': (who) => native(who, `/v1/deliveries/${ids.delivery}`),
    'ssm list': (who) => ssm(who, 'processes'),
    'ssm get, hidden part': (who) => ssm(who, 'processes/C-0001'),
    'ssm get, hidden record': (who) => ssm(who, 'processes/C-0002'),
    'ssm history, hidden part': (who) => ssm(who, 'processes/C-0001/history'),
    'ssm history, hidden record': (who) => ssm(who, 'processes/C-0002/history'),
    'ssm answer to a change': (who) => ssm(who, 'processes/C-0001', change({ items: { kind: '公開' } })),
    'ssm change of the hidden record': (who) =>
      ssm(who, 'processes/C-0002', change({ items: { kind: '非公開' } })),
    'ssm attachments of the hidden record': (who) => ssm(who, 'processes/C-0002/attachments'),
    'ssm attachment of the hidden record': (who) => ssm(who, 'processes/C-0002/attachments/1'),
  };
  // CSV holds references as the other records' numbers, for whoever exports
  const shownToNobody = new Set(['CSV export of references']);

  test.each(Object.entries(ways))('%s', async (name, way) => {
    const open = (await way('maeda')).text;
    expect(
      marks.some((mark) => open.includes(mark)),
      'who may see it gets it',
    ).toBe(!shownToNobody.has(name));
    for (const who of all) {
      const { text, status } = await way(who);
      expect(status, text).toBeLessThan(500);
      for (const mark of marks) expect(text, `${who} gets what is hidden`).not.toContain(mark);
    }
  });
});

describe('issue 3: nothing tells a right guess of what is hidden from a wrong one', () => {
  const item = (field_id: string, operator: string, value: string) => ({
    filter: JSON.stringify({ item: [{ field_id, operator, value }] }),
  });
  const ways: Record<string, (who: string, guess: string) => Promise<Told>> = {
    'appsuite filter on the part': (who, guess) =>
      appsuite(who, { action: 'list_data', ...item('102', 'contains', guess) }),
    'appsuite filter on the record': (who, guess) =>
      appsuite(who, { action: 'list_data', ...item('101', 'contains', guess) }),
    'appsuite keyword': (who, guess) => appsuite(who, { action: 'list_data', keyword: guess }),
    'appsuite keyword among fields': (who, guess) =>
      appsuite(who, { action: 'list_data', keyword: guess, fields: '[{"field_name":"件名"}]' }),
    'appsuite count by filter on the part': (who, guess) =>
      appsuite(who, { action: 'count_data', ...item('102', 'contains', guess) }),
    'appsuite count by filter on the record': (who, guess) =>
      appsuite(who, { action: 'count_data', ...item('101', 'contains', guess) }),
    'appsuite count by keyword': (who, guess) => appsuite(who, { action: 'count_data', keyword: guess }),
    'native filter on the part': (who, guess) =>
      native(who, `/v1/apps/71/records?${query('filter', { field: '秘密', op: 'contains', value: guess })}`),
    'native filter on the record': (who, guess) =>
      native(who, `/v1/apps/71/records?${query('filter', { field: '件名', op: 'contains', value: guess })}`),
    'native keyword': (who, guess) => native(who, `/v1/apps/71/records?${query('q', guess)}`),
    'ssm q': (who, guess) => ssm(who, `processes?${query('q', guess)}`),
  };

  test.each(Object.entries(ways))('%s', async (_, way) => {
    const answers = async (who: string) =>
      Promise.all([...marks, 'WRONG-GUESS'].map(async (guess) => way(who, guess)));
    const [field, record, wrong] = await answers('maeda');
    expect(field!.text === wrong!.text && record!.text === wrong!.text, 'who may see it finds it').toBe(
      false,
    );
    for (const who of all) {
      const [field, record, wrong] = await answers(who);
      expect(wrong!.status).toBeLessThan(500);
      expect([field, record], who).toEqual([wrong, wrong]);
    }
  });

  test.each([
    ['appsuite', (who: string) => appsuite(who, { action: 'list_data', sort_field_id: '102' })],
    ['native', (who: string) => native(who, `/v1/apps/71/records?${query('sort', '秘密')}`)],
    ['ssm', (who: string) => ssm(who, `processes?${query('sort', '秘密')}`)],
  ])('sort, %s', async (_, way) => {
    for (const who of all) expect((await way(who)).text).not.toContain('public');
  });
});

test('issue 3: a hidden part and what uses it are not described to who may not see it', async () => {
  for (const who of all) {
    for (const { text } of [
      await appsuite(who, { action: 'get_app' }),
      await native(who, '/v1/apps/71'),
      await native(who, '/v1/apps'),
      await native(who, '/v1/process-types'),
    ]) {
      expect(text, who).not.toMatch(/"秘密|添付/);
    }
  }
  for (const { text } of [await appsuite('sato', { action: 'list_apps' }), await native('sato', '/v1/apps')])
    expect(text).not.toContain('71');
});

test('issue 3: who administers an app but does not see all of it sees no payload, and sends only what he sees', async () => {
  const delivery = await native('kato', `/v1/deliveries/${ids.delivery}`);
  expect(JSON.parse(delivery.text)).toMatchObject({ id: ids.delivery, body: null });
  const replay = (who: string) => native(who, `/v1/deliveries/${ids.delivery}/replay`, { method: 'POST' });
  expect((await replay('kato')).text).not.toContain(secretRecord);
  const send = (who: string, record: string) =>
    native(who, '/v1/apps/71/automations/test', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 't', record: Number(record) }),
    });
  expect((await send('kato', ids.private)).status).toBe(404);
  expect((await send('kato', ids.public)).status).toBe(200);
  expect((await send('ito', ids.public)).status).toBe(403);
  for (const who of ['ito', 'sato']) {
    expect((await native(who, `/v1/deliveries/${ids.delivery}`)).status).toBe(404);
    expect((await replay(who)).status).toBe(404);
  }
});

test('issue 3: files of a hidden part and of a hidden record open for nobody else', async () => {
  for (const id of [ids.public, ids.private]) {
    const { body } = await served.native(`/v1/apps/71/records/${id}`);
    const [file] = (body as { fields: { 添付: { id: number }[] } }).fields.添付;
    const path = `/v1/apps/71/files/${file!.id}`;
    expect((await native('maeda', path)).text).toBe(secret);
    for (const who of all) {
      expect((await native(who, path)).status, who).toBeGreaterThanOrEqual(400);
      const steal = await native(who, `/v1/apps/71/records/${ids.public}`, patch({ 添付: [file!.id] }));
      expect(steal.status, who).toBeGreaterThanOrEqual(400);
    }
  }
});

test('issue 3: a repeated key does not show what became of a record that is hidden since', async () => {
  const create = (who: string) =>
    native(who, '/v1/apps/71/records', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'one-and-the-same' },
      body: JSON.stringify({ fields: { 件名: 'mine', 区分: '公開' } }),
    });
  const first = JSON.parse((await create('ito')).text);
  expect(first.fields.件名).toBe('mine');
  const taken = { 件名: secretRecord, 区分: '非公開' };
  await native('maeda', `/v1/apps/71/records/${first.id}`, patch(taken));
  const again = await create('ito');
  expect(JSON.parse(again.text).id).toBe(first.id);
  expect(again.text).not.toContain(secretRecord);
});

test('issue 3: a change that hides the record from who made it answers without its values', async () => {
  const { text } = await native('maeda', '/v1/apps/71/records', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fields: { 件名: 'goes away', 区分: '公開' } }),
  });
  const { id } = JSON.parse(text);
  const hidden = await native('ito', `/v1/apps/71/records/${id}`, patch({ 区分: '非公開' }));
  expect(hidden.status).toBe(200);
  expect(JSON.parse(hidden.text)).toMatchObject({ id, fields: {} });
  expect(hidden.text).not.toContain('goes away');
});
