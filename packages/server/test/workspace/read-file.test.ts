import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readWorkspaceFile } from '../../src/workspace/index.ts';
import type { ReadWorkspace } from '../../src/workspace/read-file.ts';
import { folderWith } from './folder.ts';

function shown({ faults }: ReadWorkspace): string[] {
  return faults.map(
    ({ error, position }) =>
      `${basename(position?.file ?? '')}:${position?.line}:${position?.column} ${error.message}`,
  );
}

describe('contract §3: the workspace file', () => {
  test('YAML and JSON give the same', async () => {
    const path = folderWith({
      'a.yaml': 'renkei: 1\nshelves:\n  - {id: "01", on: [added]}\n',
      'a.json': '{"renkei": 1, "shelves": [{"id": "01", "on": ["added"]}]}',
    });
    const yaml = await readWorkspaceFile(path('a.yaml'));
    expect(yaml.faults).toEqual([]);
    expect(yaml.file).toEqual({ renkei: 1, shelves: [{ id: '01', on: ['added'] }] });
    expect((await readWorkspaceFile(path('a.json'))).file).toEqual(yaml.file);
  });

  test('names like constructor and __proto__ are plain keys', async () => {
    const path = folderWith({ 'a.yaml': 'renkei: 1\n__proto__: {polluted: 1}\nconstructor: 2\n' });
    const { file } = await readWorkspaceFile(path('a.yaml'));
    expect(Object.keys(file)).toEqual(['renkei', '__proto__', 'constructor']);
    expect((file as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('a missing file, broken YAML, other bytes and another top are told with their place', async () => {
    const path = folderWith({
      'a.yaml': 'renkei: 1\nusers: [a\ngroups: 1\n',
      'list.yaml': '- 1\n',
      'empty.yaml': '',
    });
    expect(shown(await readWorkspaceFile(path('none.yaml')))[0]).toMatch(
      /^none\.yaml:1:1 cannot read .*ENOENT/,
    );
    expect(shown(await readWorkspaceFile(path('a.yaml')))[0]).toMatch(/^a\.yaml:3:\d+ not valid YAML/);
    expect(shown(await readWorkspaceFile(path('list.yaml')))).toEqual([
      'list.yaml:1:1 a workspace file is a map of keys and values at its top',
    ]);
    expect(shown(await readWorkspaceFile(path('empty.yaml')))[0]).toMatch(/^empty\.yaml:1:1 /);
  });

  test('"renkei: 1" must be there', async () => {
    const path = folderWith({ 'a.yaml': 'shelves: []\n', 'b.yaml': 'shelves: []\nrenkei: "1"\n' });
    expect(shown(await readWorkspaceFile(path('a.yaml')))).toEqual([
      'a.yaml:1:1 the file must say "renkei: 1" (the only form this version reads)',
    ]);
    expect(shown(await readWorkspaceFile(path('b.yaml')))[0]).toMatch(/^b\.yaml:2:9 /);
  });

  test('a key given twice is refused at its second place', async () => {
    const path = folderWith({ 'a.yaml': 'renkei: 1\nshelves:\n  - id: a\n    label: x\n    id: b\n' });
    expect(shown(await readWorkspaceFile(path('a.yaml')))).toEqual([
      'a.yaml:5:5 the key "id" is given twice (first in line 3)',
    ]);
  });

  test('aliases work, bombs and loops are refused', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
    );
    const path = folderWith({
      'a.yaml': 'renkei: 1\nx: &x {id: a}\ny: [*x, *x]\n',
      'bomb.yaml': `renkei: 1\nl0: &l0 [lol]\n${levels.join('\n')}\n`,
      'loop.yaml': 'renkei: 1\nx: &x [*x]\n',
      'deep.yaml': `renkei: 1\nx: ${'['.repeat(100_000)}\n`,
    });
    expect((await readWorkspaceFile(path('a.yaml'))).file).toMatchObject({ y: [{ id: 'a' }, { id: 'a' }] });
    for (const name of ['bomb.yaml', 'loop.yaml', 'deep.yaml']) {
      const read = await readWorkspaceFile(path(name));
      expect(read.broken).toBe(true);
      expect(read.faults.length).toBeLessThanOrEqual(20);
      expect(read.faults.length).toBeGreaterThan(0);
    }
  });
});

describe('contract §3: include', () => {
  test('lists are concatenated, settings and catalog merged, places kept', async () => {
    const path = folderWith({
      'main.yaml':
        'renkei: 1\ninclude: [parts/*.yaml, more.json]\nsettings: {locale: ja}\nshelves: [{id: a}]\n',
      'parts/1.yaml': 'renkei: 1\nsettings:\n  timezone: UTC\nshelves:\n  - id: b\n',
      'parts/2.yaml': 'catalog: {services: [s1]}\nshelves:\n  - id: c\n',
      'more.json': '{"catalog": {"services": ["s2"], "organizations": []}}',
    });
    const read = await readWorkspaceFile(path('main.yaml'));
    expect(read.faults).toEqual([]);
    expect(read.file).toEqual({
      renkei: 1,
      settings: { locale: 'ja', timezone: 'UTC' },
      shelves: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
      catalog: { services: ['s1', 's2'], organizations: [] },
    });
    const placed = read.locate('/shelves/2/id', 'value')!;
    expect([basename(placed.file), placed.line, placed.column]).toEqual(['2.yaml', 3, 9]);
  });

  test('a value given in two files must be the same', async () => {
    const path = folderWith({
      'main.yaml': 'renkei: 1\ninclude: b.yaml\nsettings: {locale: ja, timezone: UTC}\n',
      'b.yaml': 'settings:\n  timezone: UTC\n  locale: en\n',
    });
    expect(shown(await readWorkspaceFile(path('main.yaml')))).toEqual([
      `b.yaml:3:3 "locale" also stands in ${path('main.yaml')}:3 with another value`,
    ]);
  });

  test('cycles and names without a file are refused where they are included', async () => {
    const path = folderWith({
      'a.yaml': 'renkei: 1\ninclude: [b.yaml]\n',
      'b.yaml': 'include: [sub/c.yaml]\n',
      'sub/c.yaml': 'include: [../a.yaml]\n',
      'd.yaml': 'renkei: 1\ninclude:\n  - nothing/*.yaml\n  - 5\n',
    });
    expect(shown(await readWorkspaceFile(path('a.yaml')))).toEqual([
      `c.yaml:1:11 ${path('a.yaml')} includes itself (a.yaml → b.yaml → sub/c.yaml → a.yaml)`,
    ]);
    expect(shown(await readWorkspaceFile(path('d.yaml')))).toEqual([
      'd.yaml:3:5 no file matches "nothing/*.yaml"',
      'd.yaml:4:5 include takes a file name or a list of them (relative paths, * allowed)',
    ]);
  });

  test('a file included by two others counts once; brackets in a name are no pattern', async () => {
    const path = folderWith({
      'a.yaml': 'renkei: 1\ninclude: ["b.yaml", "[x].yaml"]\n',
      'b.yaml': 'include: "[x].yaml"\n',
      '[x].yaml': 'shelves: [{id: once}]\n',
    });
    const read = await readWorkspaceFile(path('a.yaml'));
    expect(read.faults).toEqual([]);
    expect(read.file).toEqual({ renkei: 1, shelves: [{ id: 'once' }] });
  });
});

test('contract §3: technicalServices globs are read relative to the file they stand in', async () => {
  const path = folderWith({
    'main.yaml': 'renkei: 1\ninclude: sub/catalog.yaml\ncatalog:\n  technicalServices: [none/*.xml]\n',
    'sub/catalog.yaml':
      'catalog:\n  technicalServices:\n    - ts/*.xml\n    - {organization: o, files: [ts/b.xml]}\n    - {path: p, text: t}\n',
    'sub/ts/a.xml': '<a/>',
    'sub/ts/b.xml': '<b/>',
  });
  const read = await readWorkspaceFile(path('main.yaml'));
  expect(shown(read)).toEqual(['main.yaml:4:23 no file matches "none/*.xml"']);
  expect(read.file.catalog).toEqual({
    technicalServices: [
      { path: 'ts/a.xml', text: '<a/>' },
      { path: 'ts/b.xml', text: '<b/>' },
      { organization: 'o', files: [{ path: 'ts/b.xml', text: '<b/>' }] },
      { path: 'p', text: 't' },
    ],
  });
});

test('contract §3: {env} and {file} are looked up where the file is read', async () => {
  const path = folderWith({
    'main.yaml': 'renkei: 1\nx: [{env: A_SECRET}, {env: UNSET}, {file: key.txt}, {file: absent}]\n',
    'key.txt': 'from file\n',
  });
  const { secrets } = await readWorkspaceFile(path('main.yaml'), { A_SECRET: 'from env' });
  expect(secrets).toEqual([
    { reference: { env: 'A_SECRET' }, text: 'from env' },
    { reference: { file: 'key.txt' }, text: 'from file' },
  ]);
});
