import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeWindows31j, encodeWindows31j } from '../../src/platform/text/windows31j.ts';
import { bihin, client, users } from '../appsuite/client.ts';
import { type Served, serve } from '../appsuite/serve.ts';

let served: Served;
let api: ReturnType<typeof client>;

const app = (id: number) => ({
  ...bihin,
  id,
  alias: `csv${id}`,
  fields: [
    ...bihin.fields,
    { id: 104, name: '区分', type: 'select', options: ['甲', '乙'] },
    { id: 105, name: '担当', type: 'users' },
    { id: 106, name: 'コード', type: 'text', unique: true },
    { id: 107, name: '秘密', type: 'text' },
  ],
  access: [
    { subject: 'everyone', allow: ['view', 'add', 'change', 'export'] },
    { subject: 'user:sasaki', hideFields: ['秘密'] },
  ],
});

beforeAll(async () => {
  served = await serve();
  await served.apply({ users, apps: [80, 81, 82, 83].map(app) });
  api = client(served.url);
});
afterAll(() => served.close());

type Report = {
  inserted: number;
  updated: number;
  failed: number;
  errors: { line: number; field: string | null; message: string }[];
};

async function importCsv(id: number, content: string | Buffer, query = '', user = 'maeda') {
  const answer = await served.native(`/v1/apps/${id}/import?${query}`, {
    user,
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: content,
  });
  return answer as unknown as { status: number; body: Report };
}

async function names(id: number): Promise<unknown[]> {
  const answer = await api.post({ action: 'list_data', app_id: String(id), limit: '5000' });
  return ((answer.list as { item: Record<string, { val: unknown }>[] } | undefined)?.item ?? []).map(
    (record) => record.備品名!.val,
  );
}

test('csv: good lines are stored, bad ones are reported by their line', async () => {
  const csv = [
    '\uFEFF備品名,出庫数,区分,担当,コード',
    'a,1,甲,sasaki,c1',
    ',2,,,',
    'b,x,,,',
    '"c ""quoted""\nsecond line",3,,"15\n34",',
    'd,4,丙,,',
    'e,5',
    'f,6,,,c1',
    'g,7,,,c2',
    '',
    'h,-1,,nobody,',
  ].join('\r\n');
  const { status, body } = await importCsv(80, csv);
  expect(status).toBe(200);
  expect(body).toMatchObject({ inserted: 3, updated: 0, failed: 6 });
  expect(body.errors.map(({ line, field }) => [line, field])).toEqual([
    [3, '備品名'],
    [4, '出庫数'],
    [8, '区分'],
    [9, null],
    [10, 'コード'],
    [13, expect.any(String)],
  ]);
  expect(await names(80)).toEqual(['a', 'c "quoted"\nsecond line', 'g']);
});

test('csv: a key field changes what is there and adds the rest; the same key twice changes it twice', async () => {
  const key = `key=${encodeURIComponent('コード')}`;
  const first = await importCsv(81, 'コード,備品名,出庫数\nk1,one,1\nk2,two,2\nk1,uno,10\n', key);
  expect(first.body).toMatchObject({ inserted: 2, updated: 1, failed: 0 });
  const second = await importCsv(81, 'コード,備品名\nk2,dos\n,empty\nk3,three\n', key);
  expect(second.body).toMatchObject({ inserted: 1, updated: 1, failed: 1, errors: [{ line: 3 }] });
  expect(await names(81)).toEqual(['uno', 'dos', 'three']);
  const byId = await importCsv(81, 'データID,出庫数\n1,100\n99,1\n', `key=${encodeURIComponent('データID')}`);
  expect(byId.body).toMatchObject({ updated: 1, failed: 1, errors: [{ line: 3 }] });
});

test('csv: Windows-31J, column mapping, and what is exported is imported again', async () => {
  const columns = encodeURIComponent(JSON.stringify({ 品名: '備品名', 余分: '' }));
  const csv = encodeWindows31j('品名,余分,区分,秘密\n髙橋①,x,乙,S\n', () => '?');
  const report = await importCsv(82, csv, `encoding=windows-31j&columns=${columns}`);
  expect(report.body).toMatchObject({ inserted: 1, failed: 0 });
  expect(await names(82)).toEqual(['髙橋①']);
  const { body: exported } = await raw('/v1/apps/82/export?encoding=windows-31j');
  expect(decodeWindows31j(exported)).toBe(
    'データID,備品名,出庫数,在庫数,区分,担当,コード,秘密\r\n1,髙橋①,,14,乙,,,S\r\n',
  );
  const again = await importCsv(82, exported, `encoding=windows-31j&key=${encodeURIComponent('データID')}`);
  expect(again.body).toMatchObject({ updated: 1, failed: 0 });
  const wrong = await importCsv(82, csv);
  expect(wrong.status).toBe(422);
  expect(wrong.body).toMatchObject({ title: 'bulk.encoding' });
});

async function raw(path: string, user = 'maeda') {
  const { access_token: token } = (await (
    await fetch(`${served.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: user, password: `pass-${user}-1` }),
    })
  ).json()) as { access_token: string };
  const response = await fetch(served.url + path, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

test('appsuite §3.6: import and export need their rights, and hidden fields stay out', async () => {
  expect((await importCsv(82, '備品名\nx\n', '', 'sasaki')).status).toBe(403);
  const { body } = await raw('/v1/apps/82/export', 'sasaki');
  expect(body.toString()).toContain('髙橋①');
  expect(body.toString()).not.toContain('秘密');
  expect((await raw(`/v1/apps/82/export?fields=${encodeURIComponent('秘密')}`, 'sasaki')).status).toBe(422);
});

test('csv: a heading that fits nothing, an empty file and a broken quote are refused', async () => {
  for (const csv of ['ない\nx\n', '', '備品名,備品名\na,b\n'])
    expect((await importCsv(82, csv)).status).toBe(422);
  expect((await importCsv(82, '備品名\n"never closed\n')).status).toBe(422);
});

test('csv: renkei import and export-csv work on the running server', async () => {
  const run = promisify(execFile);
  const entry = fileURLToPath(new URL('../../src/cli/renkei.ts', import.meta.url));
  const renkei = (...given: string[]) =>
    run(process.execPath, ['--import', 'tsx', entry, ...given], {
      env: { ...process.env, ...served.environment, LANG: 'C' },
    });
  const file = join(served.dataDir, 'items.csv');
  writeFileSync(file, '備品名,出庫数\nペン,3\nノート,x\n');
  const failed = await renkei('import', 'csv83', file).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  expect(failed).toMatchObject({ code: 1, stdout: '1 added, 0 changed, 1 failed\n' });
  expect(failed.stderr).toContain(`${file}:3: `);
  const { stdout } = await renkei('export-csv', 'csv83', '--fields', '備品名,出庫数');
  expect(stdout).toBe('\uFEFFデータID,備品名,出庫数\r\n1,ペン,3\r\n');
}, 90_000);
