import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../../../docs/dialects/appsuite.md', import.meta.url), 'utf8');
const rows = page
  .slice(page.indexOf('## Conformance'), page.indexOf('\n## Parts'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| fact') && !line.startsWith('| ---'))
  .map(
    (line) => line.split(' | ').map((cell) => cell.replaceAll('|', '').trim()) as [string, string, string],
  );

test('docs: the conformance table speaks of every numbered fact', () => {
  const told = new Set(
    rows.flatMap(([fact]) =>
      fact.startsWith('§') ? [] : (/^[\d, ]+/.exec(fact)?.[0] ?? '').match(/\d+/g)?.map(Number),
    ),
  );
  const facts = Array.from({ length: 96 }, (_, n) => n + 1);
  expect(facts.filter((fact) => !told.has(fact))).toEqual([]);
});

test('docs: the tests that the conformance table names exist', () => {
  const names = new Set(
    rows.flatMap(([, , tests]) => (tests ?? '').replaceAll(/\(.*?\)/g, '').match(/[\w-]+/g) ?? []),
  );
  expect(names.size).toBeGreaterThan(8);
  const missing = [...names].filter(
    (name) =>
      !['.', '../automations', '../bulk', '../records'].some((folder) =>
        existsSync(new URL(`${folder}/${name}.test.ts`, import.meta.url)),
      ),
  );
  expect(missing).toEqual([]);
});
