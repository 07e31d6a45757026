import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyFile, call, example, type OpenSsm, openSsm } from '../ssm/open-ssm.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
let ssm: OpenSsm;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  db = await createTestDatabase();
  ssm = await openSsm(db);
  await applyFile(ssm.workspace, example);
  for (const username of ['maeda', 'sasaki']) {
    const body = { username, password: `pass-${username}-1` };
    tokens[username] = (await call(ssm.base, 'POST', '/v1/sessions', { body })).body.access_token;
  }
});
afterAll(async () => {
  await ssm.close();
  await db.drop();
});

const types = '/v1/process-types';
const as = (user: string, method: string, path: string, body?: unknown) =>
  call(ssm.base, method, path, { token: tokens[user]!, ...(body !== undefined && { body }) });

async function register(): Promise<string> {
  const { body } = await as('sasaki', 'POST', '/v1/apps/incident/records', { fields: { 件名: '障害' } });
  return `${types}/01000001/processes/${body.processId}`;
}

describe('processes over the native API', () => {
  test('types tell their states and approval', async () => {
    const { status, body } = await as('sasaki', 'GET', types);
    expect(status).toBe(200);
    const { states, approval } = example.apps[0]!.process;
    expect(body).toEqual({
      items: [{ type: '01000001', name: 'インシデント管理(Standard)', app: 71, states, approval }],
      next: null,
    });
  });

  test('states and decisions', async () => {
    const one = await register();
    const waiting = await as('sasaki', 'POST', `${one}/state`, { state: '承認待ち', revision: 1 });
    expect(waiting).toMatchObject({ status: 200, body: { state: '承認待ち', revision: 2 } });
    expect((await as('sasaki', 'POST', `${one}/state`, { state: '調査', revision: 1 })).status).toBe(412);
    expect((await as('sasaki', 'POST', `${one}/state`, { state: '調査' })).status).toBe(409);
    expect((await as('sasaki', 'POST', `${one}/approvals`, { action: 'approve' })).status).toBe(403);
    const approved = await as('maeda', 'POST', `${one}/approvals`, { action: 'approve', comment: '可①' });
    expect(approved).toMatchObject({ status: 200, body: { state: '完了', fields: { 件名: '障害' } } });
    expect((await as('maeda', 'POST', `${one}/approvals`, { action: 'approve' })).status).toBe(409);
    expect((await as('maeda', 'POST', `${types}/99999999/processes/x/state`, { state: 'a' })).status).toBe(
      404,
    );
  });

  test('attachments', async () => {
    const one = await register();
    const form = new FormData();
    form.append('file', new Blob(['内容']), '報告.txt');
    const headers = { authorization: `Bearer ${tokens.sasaki}` };
    const added = await fetch(`${ssm.base}${one}/attachments`, { method: 'POST', headers, body: form });
    expect([added.status, await added.json()]).toEqual([201, { n: 1, name: '報告.txt', size: 6 }]);
    const { body } = await as('maeda', 'GET', `${one}/attachments`);
    expect(body.items).toMatchObject([{ n: 1, name: '報告.txt', size: 6, addedBy: 'sasaki' }]);
    const file = await fetch(`${ssm.base}${one}/attachments/1`, { headers });
    expect(await file.text()).toBe('内容');
    expect((await as('maeda', 'GET', `${one}/attachments/2`)).status).toBe(404);
    expect((await as('maeda', 'DELETE', `${one}/attachments/2`)).status).toBe(404);
    expect((await as('maeda', 'DELETE', `${one}/attachments/1`)).status).toBe(204);
    expect((await as('maeda', 'GET', `${one}/attachments`)).body.items).toEqual([]);
    expect((await as('maeda', 'GET', `${one}/attachments/1`)).status).toBe(404);
    expect((await as('maeda', 'POST', `${one}/attachments`, {})).status).toBe(422);
  });
});
