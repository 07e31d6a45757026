import { afterAll, beforeAll, expect, test } from 'vitest';
import { mailCredentials, startMailServer } from '../support/mailbox.ts';
import { adminPassword, type NativeServer, openNative } from './open-native.ts';

let server: NativeServer;
let mail: Awaited<ReturnType<typeof startMailServer>>;
let admin: string;
beforeAll(async () => {
  mail = await startMailServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
  server = await openNative(
    { users: [{ id: 'plain', password: 'pass-plain-1' }] },
    {
      RENKEI_SMTP_URL: `smtp://${mailCredentials}127.0.0.1:${mail.port}`,
      RENKEI_SECRET_KEY: 'a secret of the test 123',
    },
  );
  admin = await server.signIn('admin', adminPassword);
});
afterAll(async () => {
  await server.close();
  await mail.close();
});

type Setting = { key: string; value: string | null; secret: boolean; source: string };

test('contract §2: settings in force are shown to administrators, secrets are not', async () => {
  const { status, json, text } = await server.call('GET', '/v1/settings', { token: admin });
  expect(status).toBe(200);
  const of = (key: string) => (json.settings as Setting[]).find((one) => one.key === key);
  expect(of('RENKEI_ACCESS_TOKEN_TTL')).toEqual({
    key: 'RENKEI_ACCESS_TOKEN_TTL',
    value: '3600',
    secret: false,
    source: 'default',
  });
  expect(of('RENKEI_SECRET_KEY')).toMatchObject({ value: null, secret: true });
  expect(of('RENKEI_SMTP_URL')?.value).toMatch(/^smtp:\/\/.*:\*\*\*@127\.0\.0\.1:\d+$/);
  for (const secret of ['a secret of the test', adminPassword, encodeURIComponent('p/w:秘')]) {
    expect(text).not.toContain(secret);
  }
  expect(json.workspace).toMatchObject({ timezone: 'Asia/Tokyo', locale: 'ja', 'mail.security': 'smtp' });
  const plain = await server.signIn('plain', 'pass-plain-1');
  for (const path of ['/v1/settings', '/v1/health']) {
    expect((await server.call('GET', path, { token: plain })).status).toBe(403);
    expect((await server.call('GET', path)).status).toBe(401);
  }
});

test('health tells of database, background work and mail; a test mail is sent or says why not', async () => {
  const { json } = await server.call('GET', '/v1/health', { token: admin });
  expect(json).toMatchObject({
    database: { ok: true, version: expect.stringMatching(/^\d+/) },
    worker: { here: true, failed: 0 },
    mail: { ok: true },
  });
  const send = (to: string) => server.call('POST', '/v1/health/mail', { token: admin, body: { to } });
  expect((await send('ops@example.com')).status).toBe(204);
  expect(mail.mailbox[0]?.to).toEqual(['ops@example.com']);
  expect((await send('a@b, c@d')).status).toBe(422);
  await server.call('POST', '/v1/workspace/apply', {
    token: admin,
    body: { file: { renkei: 1, settings: { mail: { security: 'starttls' } } } },
  });
  const refused = await send('ops@example.com');
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.json.detail).toMatch(/STARTTLS/);
  expect((await server.call('GET', '/v1/health', { token: admin })).json.mail.ok).toBe(false);
  expect(mail.mailbox).toHaveLength(1);
});
