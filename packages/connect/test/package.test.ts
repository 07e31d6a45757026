import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commonProperties } from '@renkei/connect';
import { expect, onTestFinished, test } from 'vitest';
import { addCompanies } from './support/people.ts';
import { startFake } from './support/session.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const own = join(root, 'packages/connect');

test('issue 8: packed and installed alone, the README’s example runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'connect-package-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: own,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString(),
  );
  const names = files.map(({ path }: { path: string }) => path);
  expect(names).toEqual(
    expect.arrayContaining([
      'README.md',
      'LICENSE',
      'bin/renkei-connect.js',
      'dist/index.js',
      'dist/index.d.ts',
    ]),
  );
  expect(names.filter((name: string) => /test|\.tsbuildinfo/.test(name))).toEqual([]);

  // What an installer does, from the packages at hand: this one unpacked, beside what it declares and nothing else.
  const modules = join(folder, 'node_modules');
  const target = join(modules, '@renkei/connect');
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['xzf', join(folder, filename), '-C', target, '--strip-components=1']);
  const { dependencies } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  const link = (name: string) => {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  };
  for (const name of Object.keys(dependencies)) link(name);

  const fake = await startFake();
  addCompanies(fake, 5);
  const example = /```js\n([\s\S]*?)```/.exec(readFileSync(join(target, 'README.md'), 'utf8'))![1]!;
  writeFileSync(
    join(folder, 'example.mjs'),
    example.replace('APIToken=…;AccountId=acme', `APIToken=t;URL=${fake.url}`),
  );
  const output = await new Promise<string>((resolve) => {
    const child = spawn(process.execPath, [join(folder, 'example.mjs')], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
    });
    child.on('exit', () => resolve(text));
  });
  expect(output).toBe('Company 1\nCompany 2\n');
});

test('docs/connect/properties.md lists every property with its default', () => {
  const lines = readFileSync(join(root, 'docs/connect/properties.md'), 'utf8').split('\n');
  for (const property of commonProperties) {
    const line = lines.find((one) => one.startsWith(`| \`${property.name}\``));
    expect(line, property.name).toBeDefined();
    if (property.default) expect(line).toContain(`\`${property.default}\``);
    expect(line!.includes('🔒'), property.name).toBe(property.secret === true);
  }
});
