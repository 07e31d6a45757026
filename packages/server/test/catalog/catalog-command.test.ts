import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkDefinitions, exportDefinitions, importDefinitions } from '../../src/cli/catalog.ts';
import type { ServerConnection } from '../../src/cli/server-connection.ts';
import { file19, sample14 } from './definition-files.ts';
import { type OpenCatalog, openCatalog } from './open-catalog.ts';

let opened: OpenCatalog;
let folder: string;
let lines: string[] = [];
const terminal = {
  locale: 'en' as const,
  print: (line: string) => void lines.push(line),
  complain: (line: string) => void lines.push(line),
  paint: (_: string, text: string) => text,
  interactive: false,
  confirm: async () => false,
};

beforeAll(async () => {
  opened = await openCatalog();
  folder = await mkdtemp(join(tmpdir(), 'renkei-catalog-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await opened.close();
});

async function connect(): Promise<ServerConnection> {
  const authorization = `Bearer ${await opened.tokenOf('admin')}`;
  return {
    send: (method, path, body) =>
      request(opened.url + path, {
        method,
        headers: { authorization, ...(body && { 'content-type': body.type }) },
        body: body?.content ?? null,
      }),
    close: async () => undefined,
  };
}

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  lines = [];
  return path;
}

const importing = (path: string, organization?: string) =>
  importDefinitions(path, { organization, dryRun: false }, { terminal, connect });

test('contract §5: renkei catalog import shows what came of each service, or the mistakes with their lines', async () => {
  const path = await fileOf('sample.xml', sample14());
  expect(await importing(path, 'acme')).toBe(0);
  expect(lines).toEqual(['+ SampleService 1.00 (acme)']);
  expect(await importing(path, 'acme')).toBe(0);
  expect(lines.at(-1)).toBe('= SampleService 1.00 (acme)');
  const bad = await fileOf('bad.xml', `\n${file19({ accessType: undefined })}`);
  expect(await importing(bad, 'acme')).toBe(1);
  expect(lines).toEqual([`${bad}:2: TechnicalService/@accessType: this attribute is required`]);
  expect(await importing(bad)).toBe(1);
  await expect(importing(join(folder, 'none.xml'))).rejects.toThrow('ENOENT');
});

test('contract §5: renkei catalog export writes what imports without a change', async () => {
  const path = join(folder, 'export.xml');
  const options = { organization: 'acme', services: ['SampleService:1.00'] };
  expect(await exportDefinitions(path, options, { terminal, connect })).toBe(0);
  expect(await readFile(path, 'utf8')).toContain('SampleService');
  lines = [];
  expect(await importing(path, 'acme')).toBe(0);
  expect(lines).toEqual(['= SampleService 1.00 (acme)']);
});

test('renkei catalog check needs no server', async () => {
  expect(
    await checkDefinitions(await fileOf('ok.xml', file19({ billingIdentifier: 'X' })), ['X'], terminal),
  ).toBe(0);
  expect(lines).toEqual(['✓ Example']);
  const empty = await fileOf('empty.xml', '');
  expect(await checkDefinitions(empty, [], terminal)).toBe(1);
  expect(lines[0]).toMatch(new RegExp(`^${empty}:1: .*XML error`));
});
