import { type Connection, connect } from '@renkei/connect';
import init from '@sqlite.org/sqlite-wasm';
import { beforeAll, expect, test } from 'vitest';
import { FakeHighrise } from './support/fake-highrise.ts';
import { addCompanies, person } from './support/people.ts';

// connector case 13: what is asked of the service never changes which rows come out. The reference is a
// plain SQLite table that holds the same rows.

const columns = [
  'Id',
  'FirstName',
  'LastName',
  'Title',
  'Background',
  'CompanyId',
  'VisibleTo',
  'AuthorId',
  'CreatedAt',
  'UpdatedAt',
];
const fields = [
  'id',
  'first-name',
  'last-name',
  'title',
  'background',
  'company-id',
  'visible-to',
  'author-id',
  'created-at',
  'updated-at',
];
const integers = new Set(['Id', 'CompanyId', 'AuthorId']);
const count = 300;

let pushed: Connection;
let local: Connection;
let reference: (where: string) => number[];
let fake: FakeHighrise;

beforeAll(async () => {
  fake = await FakeHighrise.start();
  addCompanies(fake, 10);
  for (let n = 1; n <= count; n += 1) fake.add('people', person(n));
  const text = `AuthScheme=APIToken;APIToken=t;AccountId=acme;URL=${fake.url}`;
  pushed = await connect(text);
  local = await connect(`${text};PushDown=false`);
  const sqlite = await init();
  const database = new sqlite.oo1.DB(':memory:');
  database.exec(
    `CREATE TABLE People (${columns.map((name) => `${name} ${integers.has(name) ? 'INTEGER' : 'TEXT'}`)})`,
  );
  for (let n = 1; n <= count; n += 1) {
    const row = person(n);
    database.exec({
      sql: `INSERT INTO People VALUES (${columns.map(() => '?')})`,
      bind: fields.map((field) => row[field] as string | number | null),
    });
  }
  reference = (where) =>
    database.selectValues(`SELECT Id FROM People WHERE ${where} ORDER BY Id`) as number[];
  return async () => {
    await Promise.all([pushed.close(), local.close()]);
    await fake.stop();
  };
});

/** A repeatable source of numbers (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function generate(seed: number): string {
  const next = random(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)]!;
  const integer = () => pick(['3', '7', "'3'", "'7'", '3.0', "'3.0'", "'x'", '299', '-1', 'NULL', "'03'"]);
  const text = () =>
    pick(["'CEO'", "'CFO'", "''", "'Last3'", "'last3'", "'Everyone'", 'NULL', '5', "'First7'"]);
  const time = () =>
    pick(["'2013-02-10T15:45:20Z'", "'2013-02-25T15:45:46Z'", "'2012-01-05T04:00:00Z'", 'NULL']);
  const operator = () => pick(['=', '<>', '<', '<=', '>', '>=', 'IS', 'IS NOT']);
  const simple = (): string => {
    const kind = Math.floor(next() * 9);
    const number = pick(['Id', 'CompanyId', 'AuthorId']);
    const word = pick(['Title', 'LastName', 'FirstName', 'VisibleTo', 'Background']);
    const date = pick(['UpdatedAt', 'CreatedAt']);
    if (kind === 0) return `${number} ${operator()} ${integer()}`;
    if (kind === 1) return `${word} ${operator()} ${text()}`;
    if (kind === 2) return `${date} ${pick(['=', '<', '<=', '>', '>='])} ${time()}`;
    if (kind === 3)
      return `${word} ${pick(['LIKE', 'NOT LIKE'])} ${pick(["'%1%'", "'Last_'", "'c%'", "'%日本%'", 'NULL'])}`;
    if (kind === 4)
      return `${number} ${pick(['IN', 'NOT IN'])} (${[integer(), integer(), integer()].join(', ')})`;
    if (kind === 5) return `${word} ${pick(['IN', 'NOT IN'])} (${[text(), text()].join(', ')})`;
    if (kind === 6) return `${pick([number, word, date])} IS ${pick(['', 'NOT '])}NULL`;
    if (kind === 7) return `${number} ${pick(['', 'NOT '])}BETWEEN ${integer()} AND ${integer()}`;
    return `${pick([`LENGTH(${word})`, `Id % 7`, `COALESCE(CompanyId, 0)`])} ${pick(['=', '>', '<'])} ${integer()}`;
  };
  const clause = (depth: number): string => {
    const kind = next();
    if (depth === 0 || kind < 0.3) return simple();
    if (kind < 0.4) return `NOT (${clause(depth - 1)})`;
    return `(${clause(depth - 1)} ${pick(['AND', 'AND', 'OR'])} ${clause(depth - 1)})`;
  };
  return clause(3);
}

test.each(Array.from({ length: 30 }, (_, i) => i))(
  'connector case 13: generated clauses, batch %i',
  async (batch) => {
    for (let i = 0; i < 10; i += 1) {
      const where = generate(batch * 10 + i + 1);
      const expected = reference(where);
      const sql = `SELECT Id FROM People WHERE ${where} ORDER BY Id`;
      const ids = (rows: Record<string, unknown>[]) => rows.map(({ Id }) => Id);
      expect(ids(await pushed.query(sql)), where).toEqual(expected);
      expect(ids(await local.query(sql)), `PushDown=false: ${where}`).toEqual(expected);
    }
  },
);

test('connector case 13: the clauses do reach the filters of the service', () => {
  const asked = new Set(
    fake.log.map(({ path, query }) => [path.replace(/\d+/, 'N'), ...query.keys()].join(' ')),
  );
  expect([...asked]).toEqual(
    expect.arrayContaining([
      '/people/N.xml',
      '/companies/N/people.xml',
      '/people.xml title',
      '/people.xml since',
    ]),
  );
});
