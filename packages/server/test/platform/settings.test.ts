import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'renkei-settings-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (variables: Record<string, string>) => readSettings({ RENKEI_DATA_DIR: folder, ...variables });

test('contract §2: the defaults', () => {
  expect(read({})).toMatchObject({
    host: '127.0.0.1',
    port: 49152,
    listeners: [],
    tls: undefined,
    databaseUrl: undefined,
    accessTokenTtl: 3600,
    refreshTokenTtl: 30 * 86_400,
    publishHealthcheck: true,
    tlsVerify: true,
    outboundAllow: [],
    logLevel: 'info',
    appsuiteSerial: false,
    fusionPlaceAuth: ['bearer', 'digest'],
    maxUnpacked: 2 * 1024 ** 3,
  });
  expect(readSettings({}).dataDir).toBe(join(process.cwd(), 'data'));
});

test.each([
  ['RENKEI_PORT', '70000', '0 to 65535'],
  ['RENKEI_PORT', '-1', '0 to 65535'],
  ['RENKEI_PORT', '80a', '0 to 65535'],
  ['RENKEI_PORT', '1e3', '0 to 65535'],
  ['RENKEI_LISTENERS', '{', 'JSON'],
  ['RENKEI_TLS_CERT', '/nowhere/cert.pem', 'a file that exists'],
  ['RENKEI_TLS_KEY', '/nowhere/key.pem', 'a file that exists'],
  ['RENKEI_WORKSPACE', '/nowhere/workspace.yaml', 'a file that exists'],
  ['RENKEI_ACCESS_TOKEN_TTL', '1h', 'PT1H'],
  ['RENKEI_ACCESS_TOKEN_TTL', '0', 'more than zero'],
  ['RENKEI_REFRESH_TOKEN_TTL', 'P1M', 'P30D'],
  ['RENKEI_REFRESH_TOKEN_TTL', '-5', 'seconds'],
  ['RENKEI_PUBLISH_HEALTHCHECK', 'yes', 'true, false'],
  ['RENKEI_TLS_VERIFY', 'False', 'true, false'],
  ['RENKEI_TLS_VERIFY', '0', 'true, false'],
  ['RENKEI_UPSTREAM_AUTH_URL', 'ftp://example.com', 'http:// or https://'],
  ['RENKEI_UPSTREAM_AUTH_URL', 'example.com', 'http:// or https://'],
  ['RENKEI_ACCESS_URL_SOURCE', '/path', 'http:// or https://'],
  ['RENKEI_LOG_LEVEL', 'verbose', 'fatal, error, warn, info, debug, trace'],
  ['RENKEI_APPSUITE_SERIAL', '1', 'true, false'],
  ['RENKEI_FUSION_PLACE_AUTH', 'ntlm', 'bearer, digest, basic'],
  ['RENKEI_MAX_UNPACKED', '2GB', 'a whole number'],
])('contract §2: %s=%s is refused in one line that says what is allowed', (key, value, allowed) => {
  const line = refusal({ [key]: value });
  expect(line).toContain(key);
  expect(line).toContain(JSON.stringify(value));
  expect(line).toContain(allowed);
});

test.each([
  ['RENKEI_DATABASE_URL', 'mysql://root:hunter2@db/x', 'postgresql://'],
  ['RENKEI_SMTP_URL', 'http://user:hunter2@mail', 'smtps://'],
  ['RENKEI_SECRET_KEY', 'hunter2', 'at least 16 bytes'],
])('contract §2: %s is refused without showing the secret', (key, value, allowed) => {
  const line = refusal({ [key]: value });
  expect(line).toContain(key);
  expect(line).toContain(allowed);
  expect(line).not.toContain('hunter2');
});

function refusal(variables: Record<string, string>): string {
  try {
    read(variables);
  } catch (error) {
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    return message;
  }
  throw new Error('it was taken');
}

test.each([
  ['90', 90],
  ['PT1M30S', 90],
  ['PT1H', 3600],
  ['P1D', 86_400],
  ['P2W', 1_209_600],
  ['P1DT1H', 90_000],
])('contract §2: a life of %s is %d seconds', (text, seconds) => {
  expect(read({ RENKEI_ACCESS_TOKEN_TTL: text }).accessTokenTtl).toBe(seconds);
});

test.each([
  'postgres://u:p@db:5432/x',
  'postgresql://u@db/x?sslmode=require',
  'postgresql+psycopg2://u:p@db/x',
  'postgresql://u@/x?host=/run/postgresql&port=5433',
  'postgresql:///x',
])('contract §2: RENKEI_DATABASE_URL takes %s', (url) => {
  expect(read({ RENKEI_DATABASE_URL: url }).databaseUrl).toBe(url);
});

test('contract §2: a secret may be given as a file; its last line end is not part of it', () => {
  const file = join(folder, 'password');
  writeFileSync(file, 'from-a-file \n');
  expect(read({ RENKEI_ADMIN_PASSWORD_FILE: file }).adminPassword).toBe('from-a-file ');
  expect(refusal({ RENKEI_SECRET_KEY_FILE: '/nowhere/key' })).toMatch(/RENKEI_SECRET_KEY_FILE.*can be read/);
  writeFileSync(file, 'short');
  expect(refusal({ RENKEI_SECRET_KEY_FILE: file })).toContain('RENKEI_SECRET_KEY');
});

test('contract §2: renkei.yaml beside or in the data folder holds the same keys; the environment wins', () => {
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { recursive: true });
  const beside = join(folder, 'renkei.yaml');
  writeFileSync(
    beside,
    'RENKEI_PORT: 8081\nRENKEI_HOST: 0.0.0.0\nRENKEI_OUTBOUND_ALLOW: [10.0.0.0/8, intranet]\n' +
      'RENKEI_LISTENERS:\n  - {port: 8082, dialects: [ssm], settings: {RENKEI_PUBLISH_HEALTHCHECK: false}}\n',
  );
  const settings = readSettings({ RENKEI_DATA_DIR: dataDir, RENKEI_PORT: '8090' });
  expect(settings).toMatchObject({ port: 8090, host: '0.0.0.0', outboundAllow: ['10.0.0.0/8', 'intranet'] });
  expect(settings.listeners).toMatchObject([
    { host: '0.0.0.0', port: 8082, dialects: ['ssm'], settings: { publishHealthcheck: false } },
  ]);
  writeFileSync(beside, 'RENKEI_PROT: 1\n');
  const wrong = () => readSettings({ RENKEI_DATA_DIR: dataDir });
  expect(wrong).toThrow(/RENKEI_PROT/);
  writeFileSync(beside, 'RENKEI_PORT: [1\n');
  expect(wrong).toThrow(/renkei\.yaml/);
  writeFileSync(beside, '- 1\n');
  expect(wrong).toThrow(/renkei\.yaml/);
  rmSync(beside);
});

test.each([
  [[{ host: '::1' }], 'port'],
  [[{ port: 1, dialects: ['soap'] }], 'dialects'],
  [[{ port: 1, dialects: 'ssm' }], 'dialects'],
  [[{ port: 70000 }], '65535'],
  [[{ port: 1, settings: { RENKEI_LISTENERS: [] } }], 'RENKEI_LISTENERS'],
  [[{ port: 1, settings: { PORT: 1 } }], 'PORT'],
  [[{ port: 1, settings: { RENKEI_TLS_VERIFY: 'no' } }], 'true, false'],
  [[{ port: 1, surprise: true }], 'surprise'],
  [['8080'], 'a list'],
])('contract §7: RENKEI_LISTENERS %j is refused', (listeners, words) => {
  const line = refusal({ RENKEI_LISTENERS: JSON.stringify(listeners) });
  expect(line).toContain('RENKEI_');
  expect(line).toContain(words);
});

test('contract §2: certificate and key go together', () => {
  const cert = join(folder, 'cert.pem');
  writeFileSync(cert, '');
  expect(refusal({ RENKEI_TLS_CERT: cert })).toContain('RENKEI_TLS_KEY');
  expect(refusal({ RENKEI_TLS_KEY: cert })).toContain('RENKEI_TLS_CERT');
});
