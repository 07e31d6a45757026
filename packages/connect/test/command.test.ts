import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeLaunchpad } from './support/fake-launchpad.ts';
import { addCompanies, addPeople } from './support/people.ts';
import { startFake } from './support/session.ts';

const program = fileURLToPath(new URL('../bin/renkei-connect.js', import.meta.url));

function run(values: string[], input = '', onError: (text: string) => void = () => undefined) {
  return new Promise<{ status: number | null; out: string; err: string }>((resolve) => {
    const child = spawn(process.execPath, [program, ...values]);
    const result = { out: '', err: '' };
    child.stdout.on('data', (part) => {
      result.out += part;
    });
    child.stderr.on('data', (part) => {
      result.err += part;
      onError(String(part));
    });
    child.stdin.end(input);
    child.on('exit', (status) => resolve({ status, ...result }));
  });
}

async function setting() {
  const fake = await startFake();
  addCompanies(fake, 3);
  fake.records('companies').get(2)!.name = '株式会社, "Two"';
  return { fake, text: `AuthScheme=APIToken;APIToken=t;AccountId=acme;URL=${fake.url}` };
}

describe('issue 8: the command renkei-connect', () => {
  test('prints a table', async () => {
    const { text } = await setting();
    const { status, out } = await run([text, 'SELECT Id, Name FROM Companies ORDER BY Id']);
    expect(out).toBe(
      'Id  Name\n--  ---------------\n 1  Company 1\n 2  株式会社, "Two"\n 3  Company 3\n(3 rows)\n',
    );
    expect(status).toBe(0);
  });

  test('prints CSV, JSON and NDJSON, and takes parameters', async () => {
    const { text } = await setting();
    const sql = 'SELECT Id, Name, Background FROM Companies WHERE Id >= ? AND Id < ? ORDER BY Id';
    const parameters = ['--param', '2', '--param', '4'];
    expect((await run([text, sql, '--format', 'csv', ...parameters])).out).toBe(
      'Id,Name,Background\r\n2,"株式会社, ""Two""",\r\n3,Company 3,\r\n',
    );
    const rows = [
      { Id: 2, Name: '株式会社, "Two"', Background: null },
      { Id: 3, Name: 'Company 3', Background: null },
    ];
    expect(JSON.parse((await run([text, sql, '-f', 'json', ...parameters])).out)).toEqual(rows);
    const lines = (await run([text, sql, '-f', 'ndjson', ...parameters])).out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
  });

  test('an empty result is valid JSON; a write tells its rows; SQL may come from standard input', async () => {
    const { text, fake } = await setting();
    expect(
      JSON.parse((await run([text, 'SELECT Id FROM Companies WHERE Id = 9', '-f', 'json'])).out),
    ).toEqual([]);
    expect((await run([text, '-'], "INSERT INTO Companies (Name) VALUES ('Four')")).out).toBe(
      '1 row written\n',
    );
    expect(fake.records('companies').size).toBe(4);
  });

  test('lists tables and describes one', async () => {
    const { text } = await setting();
    expect((await run(['tables', text])).out).toMatch(/highrise\s+Companies\s+TABLE/);
    expect((await run(['describe', text, 'deals', '-f', 'csv'])).out).toContain(
      'Price,Integer,false,false,false,',
    );
    expect(await run(['describe', text, 'nothing'])).toMatchObject({ status: 2, out: '' });
  });

  test('exit status 1 when it fails, 2 for wrong usage; errors show no secret', async () => {
    const { text } = await setting();
    const failed = await run([
      text.replace('APIToken=t', 'APIToken=wrong-secret'),
      'SELECT Id FROM Companies',
    ]);
    expect(failed.status).toBe(1);
    expect(failed.err).toMatch(/^OperationalError: .*401/);
    expect(failed.err).not.toContain('wrong-secret');
    expect((await run([text])).status).toBe(2);
    expect((await run([text, 'SELECT 1', '--format', 'parquet'])).status).toBe(2);
    expect((await run(['--help'])).out).toContain('Examples:');
  });

  test('authorize prints the address, waits for the redirect and keeps the tokens', async () => {
    const { fake } = await setting();
    const launchpad = await FakeLaunchpad.start(fake);
    const folder = await mkdtemp(join(tmpdir(), 'connect-command-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'settings');
    const text = `${launchpad.properties}CallbackURL=http://127.0.0.1:33334/cb;OAuthSettingsLocation=${file}`;
    const done = await run(['authorize', text, '--print-url'], '', (err) => {
      const address = /https?:\S+/.exec(err)?.[0];
      if (address) void launchpad.consent(address);
    });
    expect(done).toMatchObject({ status: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const rows = await run([
      `${text};InitiateOAuth=REFRESH`,
      'SELECT COUNT(*) AS n FROM Companies',
      '-f',
      'json',
    ]);
    expect(JSON.parse(rows.out)).toEqual([{ n: 3 }]);
  });

  test('a reader that leaves early ends it quietly', async () => {
    const { text, fake } = await setting();
    addPeople(fake, 3000);
    const child = spawn('sh', [
      '-c',
      `"${process.execPath}" "${program}" "${text}" "SELECT * FROM People" -f ndjson | head -2`,
    ]);
    let err = '';
    child.stderr.on('data', (part) => {
      err += part;
    });
    await new Promise((resolve) => child.on('exit', resolve));
    expect(err).toBe('');
  });
});
