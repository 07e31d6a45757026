import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenCatalog, openCatalog } from './open-catalog.ts';

/**
 * Files as they are met in the world of the original product (oscm §6), written by us: each alone into an empty
 * catalog gives the verdict that its first comment names: `accepted`, or `refused` with line and element of the first
 * mistake (oscm §7 case 8). `replace NAME VALUE` is done first, as their users do.
 */
const folder = new URL('./real-files/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.xml'));

let opened: OpenCatalog;
beforeAll(async () => {
  opened = await openCatalog();
  await opened.apply({ catalog: { billingAdapters: ['FILE_BILLING'] } });
});
afterAll(() => opened.close());

test('oscm §6: there are files to judge', () => expect(names.length).toBeGreaterThan(15));

for (const name of names) {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const [, verdict, line, element] = /<!-- (accepted|refused)(?: at (\d+) (\w+))?:/.exec(text) ?? [];
  test(`oscm §7 case 8: ${name} is ${verdict}`, async () => {
    expect(verdict).toBeDefined();
    const replacements = [...text.matchAll(/<!-- replace (\S+) (\S+) -->/g)];
    const file = replacements.reduce((sum, [, from, to]) => sum.replaceAll(`\${${from}}`, to!), text);
    const { status, body } = await opened.importFile(file);
    const { items } = (await opened.call('GET', '/v1/catalog/technical-services')).body;
    if (verdict === 'accepted') {
      expect([status, body.errors]).toEqual([200, undefined]);
      expect(items.length).toBe(body.imported.length);
      for (const { id, version } of items) {
        const query = version === undefined ? '' : `?version=${version}`;
        await opened.call('DELETE', `/v1/catalog/technical-services/acme/${encodeURIComponent(id)}${query}`);
      }
    } else {
      expect([status, body.errors?.[0]]).toEqual([
        422,
        expect.objectContaining({ line: Number(line), element }),
      ]);
      expect(items).toEqual([]);
    }
  });
}
