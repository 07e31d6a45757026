import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serverProcess } from '../support/server-process.ts';
import { type Application, startApplication } from './application.ts';
import { file19 } from './definition-files.ts';
import { eventually } from './offers.ts';

let application: Application;
let server: Awaited<ReturnType<typeof serverProcess>>;
beforeAll(async () => {
  application = await startApplication();
  server = await serverProcess({ RENKEI_ADMIN_PASSWORD: 'pass-admin-1' });
});
afterAll(async () => {
  await server.close();
  await application.close();
});

const services = [
  { id: 'create', on: 'createInstance', type: 'SYNCHRONOUS' },
  { id: 'users', on: 'createUsers', type: 'SYNCHRONOUS' },
  { id: 'async', on: 'asyncCreateInstance', type: 'ASYNCHRONOUS' },
];

/** The file of the workspace: one technical service for each step in which the server is killed. */
function workspaceFile(): string {
  const path = join(server.dataDir, 'workspace.json');
  const catalog = {
    organizations: [{ id: 'acme', roles: ['technologyProvider', 'supplier', 'customer'], users: ['admin'] }],
    technicalServices: services.map(({ id, type }) => ({
      path: `${id}.xml`,
      text: file19({ id, provisioningType: type, provisioningUrl: `${application.url}/${id}?wsdl` }),
    })),
    services: services.map(({ id }) => ({ id, technicalService: { id }, supplier: 'acme' })),
  };
  writeFileSync(path, JSON.stringify({ renkei: 1, catalog }));
  return path;
}

test('issue 7: killed in each step of a subscription, nothing is ACTIVE without an instance and nothing is lost', async () => {
  const workspace = workspaceFile();
  const url = await server.start({ RENKEI_WORKSPACE: workspace });
  const sign = async () => {
    const answer = await fetch(`${url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: 'pass-admin-1' }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const token = await sign();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  let killed = false;
  for (const { on } of services) application.on(on, () => (killed ? { return: '<o:rc>0</o:rc>' } : 'hang'));
  for (const { id } of services) {
    fetch(`${url}/v1/catalog/subscriptions`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ id, service: id, users: [{ user: 'admin' }] }),
    }).catch(() => undefined);
    if (id === 'create') {
      await eventually(async () => application.callsOf('createInstance').length > 0);
      // the next one gets its instance, and hangs at its users
      application.on('createInstance', {
        return: '<o:rc>0</o:rc><o:instance><o:instanceId>made</o:instanceId></o:instance>',
      });
    }
  }
  await eventually(async () => services.every(({ on }) => application.callsOf(on).length > 0));
  await server.kill();
  killed = true;
  await server.start();

  type View = { id: string; state: string; instance?: object; message?: string };
  const list = async (path: string) =>
    (
      (await (
        await fetch(`${url}/v1/catalog/${path}`, { headers: { authorization: headers.authorization } })
      ).json()) as { items: View[] }
    ).items;
  const settled = await eventually(async () => {
    const items = await list('subscriptions');
    const done = items.every(({ state, message }) => state !== 'PENDING' || message !== undefined);
    return done && items;
  }, 60_000);
  const of = (id: string) => settled.find((one) => one.id.replace(/#\d+$/, '') === id);
  expect(of('create')).toMatchObject({
    state: 'INVALID',
    message: expect.stringContaining('the server stopped'),
  });
  expect(of('users')).toMatchObject({ state: 'ACTIVE', instance: { instanceId: 'made' } });
  expect(of('async')).toMatchObject({ state: 'PENDING', message: expect.stringContaining('callback') });
  const orphans = (await list('orphans')) as unknown as { subscriptionId: string; state: string }[];
  expect(orphans).toMatchObject([{ subscriptionId: 'create', state: 'open' }]);
}, 150_000);
