import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importConf } from '../../src/cli/import-conf.ts';
import { readAssignments } from '../../src/config/python-literals.ts';
import type { Locale } from '../../src/platform/errors.ts';
import { encodeWindows31j } from '../../src/platform/text/windows31j.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'renkei-conf-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(conf: string | Uint8Array, locale?: Locale) {
  const path = join(folder, 'ssmwebapi.conf');
  await writeFile(path, conf);
  return runPath(path, locale);
}

async function runPath(path: string, locale?: Locale) {
  const out = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write(text: string) {
      out[name] += text;
    },
  });
  const code = await importConf(path, {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    ...(locale && { locale }),
  });
  const settings = Object.fromEntries(
    out.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return { code, ...out, settings };
}

const whole = String.raw`# SSM WEBAPI
SSMWEB_SERVER_PROTOCOL = "https"
SSMWEB_SERVER_HOST = "ssmwebhost"   # ホスト名
SQLALCHEMY_DATABASE_URI = "postgresql+psycopg2://ssmuser:ssmpwd@localhost:5432/ssmdb"
SECRET_KEY = b'p\x8eT\x00\xff\'"\t\\k# .\101'
JWT_ACCESS_TOKEN_EXPIRES = datetime.timedelta(hours=1)
JWT_REFRESH_TOKEN_EXPIRES = datetime.timedelta(days=30)

PUBLISH_HEALTHCHECK_API = False
SSL_CERT_VERIFICATION = True
ACCESS_URL_SOURCE = "http://your-senjusm-url/ssm"
`;

test('ssm §1.5: every key of the product becomes its setting', async () => {
  const { code, settings, stderr } = await run(whole);
  expect(code).toBe(0);
  expect(settings).toEqual({
    RENKEI_UPSTREAM_AUTH_URL: 'https://ssmwebhost',
    RENKEI_DATABASE_URL: 'postgresql+psycopg2://ssmuser:ssmpwd@localhost:5432/ssmdb',
    RENKEI_SECRET_KEY: Buffer.from('p\x8eT\x00\xff\'"\t\\k# .A', 'latin1').toString('base64'),
    RENKEI_ACCESS_TOKEN_TTL: '3600',
    RENKEI_REFRESH_TOKEN_TTL: '2592000',
    RENKEI_PUBLISH_HEALTHCHECK: 'false',
    RENKEI_TLS_VERIFY: 'true',
    RENKEI_ACCESS_URL_SOURCE: 'http://your-senjusm-url/ssm',
  });
  expect(stderr).toMatch(/base64/);
  expect(stderr).toMatch(/in seconds/);
  expect(stderr).not.toMatch(/missing|unknown|28/);
});

test('ssm §1.5: missing keys are reported with their documented default', async () => {
  const { code, settings, stderr } = await run('# nothing\n');
  expect(code).toBe(0);
  expect(settings).toEqual({
    RENKEI_PUBLISH_HEALTHCHECK: 'true',
    RENKEI_TLS_VERIFY: 'true',
    RENKEI_ACCESS_URL_SOURCE: '',
  });
  for (const key of ['PUBLISH_HEALTHCHECK_API', 'SSL_CERT_VERIFICATION']) {
    expect(stderr).toContain(`${key} is missing; the documented default applies: True`);
  }
  expect(stderr).toContain('ACCESS_URL_SOURCE is missing; the documented default applies: ""');
  for (const key of [
    'SECRET_KEY',
    'SQLALCHEMY_DATABASE_URI',
    'JWT_ACCESS_TOKEN_EXPIRES',
    'SSMWEB_SERVER_HOST',
  ]) {
    expect(stderr).toMatch(new RegExp(`^${key} is missing and has no documented default`, 'm'));
  }
});

test.each(['"no"', '0', 'None', '"False"', 'b""', '1.5'])(
  'ssm §1.5: SSL_CERT_VERIFICATION = %s means verify',
  async (value) => {
    const { settings, stderr } = await run(`SSL_CERT_VERIFICATION = ${value}\n`);
    expect(settings.RENKEI_TLS_VERIFY).toBe('true');
    expect(stderr).toContain('line 1: SSL_CERT_VERIFICATION is neither True nor False');
  },
);

test('ssm §1.5: SSL_CERT_VERIFICATION = False turns verification off', async () => {
  expect((await run('SSL_CERT_VERIFICATION = False')).settings.RENKEI_TLS_VERIFY).toBe('false');
});

test('ssm acceptance case 17: both spellings of the database address are taken unchanged', async () => {
  const oracle = 'oracle://ssmuser:ssmpwd@oracledbhost:1522/ssmdb';
  const { code, settings, stderr } = await run(`SQLALCHEMY_DATABASE_URI = "${oracle}"`);
  expect(code).toBe(0);
  expect(settings.RENKEI_DATABASE_URL).toBe(oracle);
  expect(stderr).toMatch(/must be moved to PostgreSQL/);
  expect((await run(`SQLALCHEMY_DATABASE_URI = "${oracle}"`, 'ja')).stderr).toMatch(/PostgreSQLへ移し/);
  expect((await run(whole)).stderr).not.toMatch(/must be moved/);
});

test('ssm acceptance case 24: a database password of 28 characters passes, one of 29 is reported', async () => {
  const uri = (password: string) =>
    `SQLALCHEMY_DATABASE_URI = "postgresql+psycopg2://u:${password}@h:5432/d"`;
  expect((await run(uri('x'.repeat(28)))).stderr).not.toMatch(/password has/);
  expect((await run(uri('x'.repeat(29)))).stderr).toMatch(
    /password has 29 characters; the product allows at most 28/,
  );
  expect((await run(uri('%40'.repeat(28)))).stderr).not.toMatch(/password has/);
});

test('signs in a database password that SQLAlchemy takes raw are escaped', async () => {
  const { settings } = await run('SQLALCHEMY_DATABASE_URI = "postgresql+psycopg2://u:p@s/w#d@h:5432/d"');
  expect(settings.RENKEI_DATABASE_URL).toBe('postgresql+psycopg2://u:p%40s%2Fw%23d@h:5432/d');
});

test('unknown and repeated keys are reported', async () => {
  const { code, settings, stderr } = await run(
    'NEW_KEY = 1\nACCESS_URL_SOURCE = "http://a"\nACCESS_URL_SOURCE = "http://b"\n',
  );
  expect(code).toBe(0);
  expect(stderr).toContain('line 1: NEW_KEY is an unknown key');
  expect(stderr).toContain('line 3: ACCESS_URL_SOURCE is given again');
  expect(settings.RENKEI_ACCESS_URL_SOURCE).toBe('http://b');
});

test.each([
  [' SECRET_KEY = b"x"\n', 1],
  ['# c\n SSMWEB_SERVER_HOST = "h"\n', 2],
  ['# c\n\tSSMWEB_SERVER_HOST = "h"\n', 2],
])('ssm §1.4 fact 20, acceptance case 16: a leading blank is a syntax error: %j', async (conf, line) => {
  const { code, stdout, stderr } = await run(conf);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(new RegExp(`ssmwebapi\\.conf: line ${line}: syntax error`));
});

test.each([
  ['import os\n', 1],
  ['A = 1\nSECRET_KEY = os.urandom(24)\n', 2],
  ['SECRET_KEY = __import__("os").system("touch /tmp/x")\n', 1],
  ['SECRET_KEY = open("/etc/passwd").read()\n', 1],
  ['X = [i for i in range(9)]\n', 1],
  ['X = 1 + 1\n', 1],
  ['X = "a" % 1\n', 1],
  ['X = "a".upper()\n', 1],
  ['X = f"{1}"\n', 1],
  ['X = lambda: 1\n', 1],
  ['X =\n"a"\n', 1],
  ['X = "a\n', 1],
  ['X = ("a"\n"b"\n', 1],
  ['X = """a\n\n', 1],
  ['X = 1)\n', 1],
  ['X = "a" b"b"\n', 1],
  ['X = b"あ"\n', 1],
  ['X = "\\x1"\n', 1],
  ['X = 012\n', 1],
  ['X = 1_\n', 1],
  ['X = "a" Y = 1\n', 1],
  ['exec("1")\n', 1],
  ['del X\n', 1],
  ['X = datetime.datetime.now()\n', 1],
  ['X = datetime.timedelta(hours=1*2)\n', 1],
  ['X = datetime.timedelta(years=1)\n', 1],
  ['X = datetime.timedelta(1, days=1)\n', 1],
  ['X = datetime.timedelta(hours=1, 2)\n', 1],
  ['X = datetime.timedelta(hours="1")\n', 1],
  ['\n\nif True:\n    X = 1\n', 3],
])('refused and never executed: %j', async (conf, line) => {
  const { code, stdout, stderr } = await run(conf);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(`line ${line}:`);
});

test.each([
  ['SECRET_KEY = 1'],
  ['SECRET_KEY = b""'],
  ['SSMWEB_SERVER_PROTOCOL = "ftp"'],
  ['SSMWEB_SERVER_HOST = "a\\nRENKEI_TLS_VERIFY=false"'],
  ['SQLALCHEMY_DATABASE_URI = "mysql://u:p@h/d"'],
  ['JWT_ACCESS_TOKEN_EXPIRES = datetime.timedelta()'],
  ['JWT_ACCESS_TOKEN_EXPIRES = "1h"'],
  ['ACCESS_URL_SOURCE = "javascript:x"'],
  ['SQLALCHEMY_DATABASE_URI = "postgresql://u:p@h/d\\nRENKEI_TLS_VERIFY=false"'],
])('a value of the wrong kind is refused with its line: %s', async (line) => {
  const { code, stdout, stderr } = await run(`# first\n${line}\n`);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(`line 2: ${line.split(' ')[0]} must be`);
});

test('a missing file exits 1', async () => {
  const { code, stderr } = await runPath(join(folder, 'none.conf'));
  expect(code).toBe(1);
  expect(stderr).toMatch(/none\.conf.*ENOENT/);
});

test.each<[string, unknown]>([
  ['"a" \'b\' """c\nd"""', 'ab' + 'c\nd'],
  ['("a"\n# c\n   "b")', 'ab'],
  ['"a" \\\n  "b"', 'ab'],
  ["'\\'\\\"\\\\\\n\\t\\x41\\101\\u3042\\U0001f600\\q'", '\'"\\\n\tAAあ😀\\q'],
  ["r'\\n\\''", "\\n\\'"],
  ['u"あ"', 'あ'],
  ["b'\\x00\\xff\\u0041\\777'", Buffer.from([0, 255, 0x5c, 0x75, 0x30, 0x30, 0x34, 0x31, 0xff])],
  ["Rb'\\x00' b'a'", Buffer.from('\\x00a')],
  ['-1_000', -1000],
  ['0x1F', 31],
  ['0b11', 3],
  ['0o17', 15],
  ['1.5e3', 1500],
  ['.5', 0.5],
  ['True', true],
  ['None', undefined],
  ['datetime.timedelta(1)', 86_400],
  ['datetime.timedelta(1, 2, 3, 4, 5, 6, 7)', 86_400 + 2 + 0.000003 + 0.004 + 300 + 21_600 + 7 * 604_800],
  ['datetime.timedelta(days=1, hours=-1,)', 82_800],
  ['datetime.timedelta(\n  minutes=1.5,\n  seconds=+1\n)', 91],
  ['timedelta(weeks=2)', 1_209_600],
])('Python literal %s', (literal, value) => {
  const [{ value: got, name, line } = { value: undefined }, after] = readAssignments(
    `X = ${literal}; Y = 1\n`,
  );
  expect({ name, line }).toEqual({ name: 'X', line: 1 });
  expect(got && 'value' in got ? got.value : undefined).toEqual(value);
  expect(after?.name).toBe('Y');
});

test('comments, blank lines, imports of datetime, line ends of Windows and a byte order mark', async () => {
  const conf =
    '\ufeff# c\r\n   \r\n   # indented comment\r\nimport datetime\r\nACCESS_URL_SOURCE = "http://a" # c\r\n\r\n';
  expect((await run(conf)).settings.RENKEI_ACCESS_URL_SOURCE).toBe('http://a');
});

test('a coding comment of Windows-31J is heeded; other bytes are refused', async () => {
  const line = 'ACCESS_URL_SOURCE = "http://a/表" # 能\n';
  const bytes = (head: string) => encodeWindows31j(head + line, () => '?');
  expect((await run(bytes('# -*- coding: cp932 -*-\n'))).settings.RENKEI_ACCESS_URL_SOURCE).toBe(
    'http://a/表',
  );
  expect(await run(bytes('# c\n'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('not valid utf-8'),
  });
});
