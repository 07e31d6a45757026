import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bihin, client, users } from '../appsuite/client.ts';
import { type Served, serve } from '../appsuite/serve.ts';
import { type Received, type Reply, receiver } from './receiver.ts';

let served: Served;
let api: ReturnType<typeof client>;
let target: Awaited<ReturnType<typeof receiver>>;
let answers = new Map<string, (request: Received) => Reply | Promise<Reply>>();
const mails: { to: string[]; text: string }[] = [];
let smtp: SMTPServer;

beforeAll(async () => {
  target = await receiver((request) => answers.get(request.path)?.(request) ?? {});
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, text: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  const port = await new Promise<number>((done) => {
    const server = smtp.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port));
  });
  served = await serve({ RENKEI_SMTP_URL: `smtp://127.0.0.1:${port}` });
  await served.apply({
    users: users.map((user) => ({ ...user, mail: `${user.id}@example.com` })),
    groups: [{ id: 'it', number: 3, name: '情報システム部' }],
    settings: { mail: { security: 'smtp', from: 'renkei@example.com' } },
  });
  api = client(served.url);
});
afterEach(() => {
  answers = new Map();
  target.received.length = 0;
  mails.length = 0;
});
afterAll(async () => {
  await target.close();
  await served.close();
  await new Promise<void>((done) => smtp.close(done));
});

const fields = [...bihin.fields, { id: 104, name: '担当', type: 'users' }];
const hook = (title: string, webhook: object = {}, more: object = {}) => ({
  title,
  webhook: { url: `${target.url}/${title}?key=in-the-query`, ...webhook },
  ...more,
});
let apps = 200;
async function app(...automations: object[]): Promise<number> {
  apps += 1;
  await served.apply({ apps: [{ ...bihin, id: apps, alias: `app${apps}`, fields, automations }] });
  return apps;
}
const post = (path: string, body: object, method = 'POST') =>
  served.native(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const list = async (path: string) =>
  ((await served.native(path)).body as { items: Record<string, unknown>[] }).items;

async function until<T>(look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error('it did not happen');
}
const states = async (id: number) =>
  (await list(`/v1/deliveries?app=${id}&limit=500`)).map(({ state }) => String(state)).sort();
const settled = (id: number) =>
  until(async () => !(await states(id)).some((state) => state === 'pending' || state === 'running'));

test('automations: a mail goes to addresses, users, groups and the users of a part, with the values of the record', async () => {
  const id = await app({
    title: 'mail',
    mail: {
      to: ['extern@example.com', 'user:maeda', 'field:担当'],
      subject: '{備品名}が{出庫数}個',
      body: '担当: {担当}\n残り {在庫数} {ない}',
    },
  });
  await api.insert(id, { 備品名: 'ペン\n', 出庫数: '3', 担当: '34' });
  const mail = await until(() => mails[0]);
  expect(mail.to.sort()).toEqual(['extern@example.com', 'maeda@example.com', 'sasaki@example.com']);
  const [, subject] = /^Subject: ((?:.*\r\n )*.*)/m.exec(mail.text)!;
  expect(subject).toMatch(/^=\?UTF-8\?/);
  const [head, body] = mail.text.split('\r\n\r\n');
  const text = /base64/i.test(head!) ? Buffer.from(body!, 'base64').toString() : decodeQuoted(body!);
  expect(text.replaceAll('\r\n', '\n')).toContain('担当: 佐々木光\n残り 11 {ない}');
  await settled(id);
  expect(await states(id)).toEqual(['done']);
});

function decodeQuoted(text: string): string {
  const bytes = text
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

test('automations: a write adds to another app, changes by key, and calls the automations there', async () => {
  const log = await app(hook('chained'));
  const id = await app({
    title: 'copy',
    write: { app: log, key: '備品名', values: { 備品名: '{備品名}', 出庫数: '{出庫数}', 担当: '{担当}' } },
  });
  await api.insert(id, { 備品名: 'a', 出庫数: '1', 担当: '34' });
  const [first] = await target.wait(1, undefined);
  expect(first!.body).toMatchObject({ type: 'added', data: { 備品名: { val: 'a' }, 出庫数: { val: '1' } } });
  await api.update(id, 1, { 出庫数: '7' });
  const [, second] = await target.wait(2);
  expect(second!.body).toMatchObject({
    type: 'updated',
    data_id: first!.body.data_id,
    data: { 出庫数: { val: '7' } },
  });
  expect(JSON.stringify(second!.body)).toContain('佐々木光');
});

test('automations: a chain of automations ends with a line in the error log', async () => {
  const id = await app();
  await served.apply({
    apps: [
      {
        ...bihin,
        id,
        alias: `app${id}`,
        fields,
        automations: [{ title: 'again', write: { app: id, values: { 備品名: '{備品名}+' } } }],
      },
    ],
  });
  await api.insert(id, { 備品名: 'x' });
  const [entry] = await until(async () => {
    const items = await list(`/v1/apps/${id}/error-log`);
    return items.length > 0 && items;
  });
  expect(entry).toMatchObject({ automation: 'again', operation: 'added', record: 6 });
  expect(await api.post({ action: 'count_data', app_id: String(id) })).toMatchObject({ allcnt: '6' });
});

test('automations: an import calls the automations of imports and no others', async () => {
  const id = await app(hook('import', {}, { on: ['imported'] }), hook('change'));
  const body = '備品名\na\nb\n';
  await served.native(`/v1/apps/${id}/import`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body,
  });
  await target.wait(2);
  await settled(id);
  expect(target.received.map(({ body: { action_name, type } }) => [action_name, type])).toEqual([
    ['import', 'added'],
    ['import', 'added'],
  ]);
});

test('automations: by the clock for every record that meets the condition, and once where it says so', async () => {
  const when = { field: '出庫数', op: '>=', value: 5 };
  const id = await app(
    hook('clock', {}, { every: '1h', when }),
    hook('once', {}, { every: '1h', once: true, when }),
  );
  for (const out of ['4', '5', '6']) await api.insert(id, { 備品名: out, 出庫数: out });
  const due = async () => {
    await until(async () => {
      const rows = await served.database.rows({
        name: '',
        text: `UPDATE automations.schedules SET next_at = now() WHERE app = ${id} RETURNING 1`,
        values: [],
      });
      return rows.length === 2;
    });
    target.received.length = 0;
  };
  const titles = () => target.received.map(({ body }) => body.action_name).sort();
  await due();
  await until(() => target.received.length >= 4);
  expect(titles()).toEqual(['clock', 'clock', 'once', 'once']);
  await due();
  await until(() => target.received.length >= 2);
  await settled(id);
  expect(titles()).toEqual(['clock', 'clock']);
});

test('webhooks: deliveries of one record go in order, also over a retry', async () => {
  let failures = 1;
  answers.set('/ordered?key=in-the-query', () => ({ status: failures-- > 0 ? 500 : 200 }));
  const id = await app(hook('ordered', { ordered: true, retries: 3 }));
  await api.insert(id, { 備品名: '0' });
  for (let n = 1; n < 6; n++) await api.update(id, 1, { 備品名: String(n) });
  await target.wait(7, undefined, 20_000);
  const order = target.received.map(({ body }) => (body.data as { 備品名: { val: string } }).備品名.val);
  expect(order).toEqual(['0', '0', '1', '2', '3', '4', '5']);
}, 30_000);

test('webhooks: no more requests at a time than the webhook allows', async () => {
  let open = 0;
  let most = 0;
  answers.set('/few?key=in-the-query', async () => {
    most = Math.max(most, ++open);
    await new Promise((done) => setTimeout(done, 20));
    open -= 1;
    return {};
  });
  const id = await app(hook('few', { concurrency: 2 }));
  await Promise.all(Array.from({ length: 20 }, (_, n) => api.insert(id, { 備品名: `${n}` })));
  await target.wait(20);
  expect(most).toBe(2);
});

test('webhooks: a target that keeps failing is paused with a notice, and resumed', async () => {
  answers.set('/sick?key=in-the-query', () => ({ status: 503 }));
  const id = await app(hook('sick', { pauseAfter: 3, concurrency: 1 }));
  for (let n = 0; n < 3; n++) await api.insert(id, { 備品名: `${n}` });
  const pause = await until(async () => (await list('/v1/automations/pauses')).find((one) => one.app === id));
  expect(pause).toMatchObject({ automation: 'sick', reason: expect.stringContaining('3') });
  await api.insert(id, { 備品名: 'waits' });
  expect((await states(id)).filter((state) => state === 'paused')).toHaveLength(1);
  expect(
    (await list(`/v1/apps/${id}/error-log`)).filter(({ operation }) => operation === 'paused'),
  ).toHaveLength(1);
  answers.clear();
  expect((await post(`/v1/apps/${id}/automations/resume`, { title: 'sick' })).body).toEqual({ resumed: 1 });
  await settled(id);
  expect(await states(id)).toEqual(['done', 'failed', 'failed', 'failed']);
  const again = { app: String(id), automation: 'sick' };
  expect((await post('/v1/deliveries/replay', { ...again, dryRun: true })).body).toEqual({ replayed: 3 });
  expect(await states(id)).toEqual(['done', 'failed', 'failed', 'failed']);
  expect((await post('/v1/deliveries/replay', again)).body).toEqual({
    replayed: 3,
  });
  await settled(id);
  expect(await states(id)).toEqual(['done', 'done', 'done', 'done']);
});

test('webhooks: own headers are sent, and the history masks them and the query', async () => {
  const id = await app(hook('headers', { headers: { 'X-Key': 'very-secret', 'X-Other': '' } }));
  await api.insert(id, { 備品名: 'a' });
  const [request] = await target.wait(1);
  expect(request!.headers).toMatchObject({ 'x-key': 'very-secret', 'content-type': 'application/json' });
  await settled(id);
  const [{ id: delivery }] = (await list(`/v1/deliveries?app=${id}`)) as [{ id: number }];
  const { body } = await served.native(`/v1/deliveries/${delivery}`);
  const text = JSON.stringify(body);
  expect(text).toContain('"X-Key":"***"');
  expect(text).not.toContain('very-secret');
  expect(text).not.toContain('in-the-query');
});

test('the automations of an app are listed without secrets, for who administers it', async () => {
  const id = await app(hook('first', { accessToken: 'very-secret' }), hook('second', {}, { enabled: false }));
  expect(await list(`/v1/apps/${id}/automations`)).toEqual([
    { title: 'first', enabled: true, actions: ['webhook'], url: `${target.url}/first?…` },
    { title: 'second', enabled: false, actions: ['webhook'], url: `${target.url}/second?…` },
  ]);
});

test('webhooks: a test send tells what the receiver answered and leaves no delivery', async () => {
  const id = await app(hook('try', {}, { enabled: false }));
  await api.insert(id, { 備品名: 'a' });
  answers.set('/try?key=in-the-query', () => ({ body: '{"result":"ng","error_message":"だめ"}' }));
  const { body } = await post(`/v1/apps/${id}/automations/test`, { title: 'try', record: 1 });
  expect(body).toMatchObject({ status: 200, error: 'だめ' });
  expect(target.received[0]!.body).toMatchObject({ data_id: '1', action_name: 'try' });
  expect(await states(id)).toEqual([]);
  expect((await post(`/v1/apps/${id}/automations/test`, { title: 'none', record: 1 })).status).toBe(404);
});

test('loops: a loop is reported, one call switches the automation off, and the limit does so by itself', async () => {
  const id = await app(hook('loop'), hook('limited', {}, { loopLimit: 4 }));
  answers.set('/loop?key=in-the-query', async ({ body }) => {
    if (target.received.length < 40)
      await api.update(id, body.data_id, { 出庫数: String(target.received.length) });
    return {};
  });
  await api.insert(id, { 備品名: 'a' });
  const loop = await until(async () =>
    (await list('/v1/automations/loops?least=6')).find((one) => one.app === id && one.automation === 'loop'),
  );
  expect(loop).toMatchObject({ record: 1, count: expect.any(Number) });
  expect((await post(`/v1/apps/${id}/automations`, { title: 'loop', enabled: false }, 'PATCH')).status).toBe(
    204,
  );
  await settled(id);
  const before = target.received.length;
  await api.update(id, 1, { 備品名: 'b' });
  await settled(id);
  expect(target.received.slice(before).map(({ path }) => path)).not.toContain('/loop?key=in-the-query');
  expect(target.received.filter(({ path }) => path.startsWith('/limited'))).toHaveLength(4);
  expect(await list(`/v1/apps/${id}/error-log`)).toContainEqual(
    expect.objectContaining({ automation: 'limited', message: expect.stringContaining('4') }),
  );
});

test('workspace: mistakes in automations are told with their place', async () => {
  const wrong = [
    { title: 'a' },
    { title: 'a', every: '5s', webhook: { url: 'ftp://x', headers: { Host: 'x' } } },
    { title: 'b', mail: { to: ['nobody', 'field:ない'], subject: 's', body: '' } },
    { title: 'c', write: { app: 1.5, key: 'x', values: {} }, watch: ['ない'] },
  ];
  const message = await app(...wrong).catch((error: Error) => error.message);
  for (const place of [
    '0',
    '1/title',
    '1/every',
    '1/webhook/url',
    '1/webhook/headers',
    '2/mail/to/0',
    '2/mail/to/1',
    '3/write/app',
    '3/write/key',
    '3/watch/0',
  ]) {
    expect(message).toContain(`/apps/0/automations/${place} `);
  }
});
