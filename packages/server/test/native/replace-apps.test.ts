import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { adminPassword, type NativeServer, openNative } from './open-native.ts';

const fields = [
  { id: 101, name: '備品名', type: 'text' },
  { id: 102, name: '出庫数', type: 'number' },
  { id: 103, name: '在庫数', type: 'formula', expression: '100 - 出庫数', result: 'number' },
];
const webhook = { url: 'http://127.0.0.1:9/hook' };
const automations = ['甲', '乙'].map((title) => ({ title, webhook }));
const bihin = { id: 59, alias: 'bihin', name: '備品', fields, automations };
const loans = {
  id: 60,
  name: '貸出',
  fields: [{ id: 101, name: '品', type: 'reference', app: 'bihin', field: '備品名' }],
};

/** What the console's app designer saves with. */
describe('replaceApps: apps become as the file says, everything else stays', () => {
  let server: NativeServer;
  let token: string;
  beforeAll(async () => {
    server = await openNative({ users: [{ id: 'sasaki', name: '佐々木', password: 'pass-sasaki-1' }] });
    token = await server.signIn('admin', adminPassword);
  });
  beforeEach(async () => {
    await apply([bihin, loans]);
    await server.call('POST', '/v1/apps/59/records?automations=off', {
      token,
      body: { fields: { 備品名: 'モニター', 出庫数: 1 } },
    });
  });
  afterAll(() => server.close());

  const send = (step: 'plan' | 'apply', apps: object[], more: object = {}) =>
    server.call('POST', `/v1/workspace/${step}`, {
      token,
      body: { file: { renkei: 1, apps }, replaceApps: true, ...more },
    });
  const apply = async (apps: object[]) => (await send('apply', apps)).json;

  test('a field and an automation that the file leaves out go; the plan says with how many values', async () => {
    const less = { ...bihin, fields: [fields[0]!], automations: [automations[0]!] };
    const { json: plan } = await send('plan', [less]);
    const removed = plan.changes.filter(({ action }: { action: string }) => action === 'remove');
    expect(removed).toEqual([
      { action: 'remove', kind: 'field', id: '59/102', details: ['出庫数'], records: expect.any(Number) },
      { action: 'remove', kind: 'field', id: '59/103', details: ['在庫数'], records: 0 },
    ]);
    const { items } = (await server.call('GET', '/v1/apps/59/records', { token })).json;
    expect(removed[0].records).toBe(items.length);

    expect((await apply([less])).faults).toEqual([]);
    const app = (await server.call('GET', '/v1/apps/59', { token })).json;
    expect(app.fields.map(({ name }: { name: string }) => name)).toEqual(['備品名']);
    const { text } = await server.call('GET', '/v1/workspace/export', { token });
    expect(text).not.toContain('乙');
    expect(text).toContain('sasaki');
    expect(text).toContain('貸出');
  });

  test('a name that another app shows may only change together with that app', async () => {
    const renamed = { ...bihin, fields: [{ ...fields[0]!, name: '品名' }, fields[1]!, fields[2]!] };
    const { faults } = await apply([renamed]);
    expect(faults).toEqual([
      { pointer: '/apps/0/fields', at: 'value', message: expect.stringMatching(/備品名.*60/) },
    ]);
    const follows = { ...loans, fields: [{ ...loans.fields[0]!, field: '品名' }] };
    expect((await apply([renamed, follows])).faults).toEqual([]);
  });

  test('a file made from an older revision is refused and changes nothing', async () => {
    const { headers } = await server.call('GET', '/v1/workspace/export', { token });
    const revision = Number(/^"(\d+)"$/.exec(headers.get('etag') ?? '')?.[1]);
    expect((await send('apply', [{ ...bihin, name: '備品（改）' }], { revision })).status).toBe(200);
    const late = await send('apply', [{ ...bihin, name: '備品（遅）' }], { revision });
    expect([late.status, late.json.title]).toEqual([412, 'workspace.stale']);
    expect((await server.call('GET', '/v1/apps/59', { token })).json.name).toBe('備品（改）');
  });
});
