import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@renkei/connect';
import { SaxesParser } from 'saxes';

// Figures of the SQL connector beside their references, one line each. Run: npm run bench -- connect

const server = fork(new URL('./connect/server.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
const port = await new Promise<number>((resolve) =>
  server.once('message', (message) => resolve(Number(message))),
);
const origin = `http://127.0.0.1:${port}`;
let account = 0;
/** A base address of its own: the connector counts requests per account, and so do the limits. */
const base = (people: number) => `${origin}/${++account}/${people}`;

const open = (people: number, more = '') =>
  connect(`AuthScheme=APIToken;APIToken=t;URL=${base(people)};${more}`);
const seconds = async (work: () => Promise<unknown>) => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};
const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const line = (name: string, figure: string, reference: string) =>
  console.log(`${name.padEnd(46)} ${figure.padStart(22)}   ${reference}`);

/** What any client must do: fetch the pages and parse their XML, one after the other. */
async function bare(rows: number): Promise<number> {
  const address = base(rows);
  let count = 0;
  for (let from = 0; ; from += 500) {
    const body = await (await fetch(`${address}/people.xml?n=${from}`)).text();
    const parser = new SaxesParser({ xmlns: false });
    let here = 0;
    let characters = 0;
    parser.on('opentag', (tag) => {
      if (tag.name === 'person') here += 1;
    });
    parser.on('text', (text) => {
      characters += text.length;
    });
    parser.write(body).close();
    if (characters < 0) throw new Error('never');
    count += here;
    if (here < 500) return count;
  }
}

/** Seconds a query takes on an open connection, to its last row. */
async function scan(sql: string, rows: number): Promise<number> {
  const connection = await open(rows);
  const time = await seconds(async () => {
    let count = 0;
    for await (const _ of await connection.execute(sql)) count += 1;
    if (count !== rows) throw new Error(`${count} rows instead of ${rows}`);
  });
  await connection.close();
  return time;
}

async function scans(): Promise<void> {
  const rows = 50_000;
  const wide =
    'SELECT Id, FirstName, LastName, Title, Background, CompanyId, CompanyName, VisibleTo, AuthorId, CreatedAt, UpdatedAt, EmailAddress FROM People';
  await bare(5000);
  await scan(wide, 5000);
  const times = { bare: [] as number[], wide: [] as number[], narrow: [] as number[] };
  for (let n = 0; n < 3; n += 1) {
    times.bare.push(await seconds(() => bare(rows)));
    times.wide.push(await scan(wide, rows));
    times.narrow.push(await scan('SELECT Id, LastName FROM People', rows));
  }
  const rate = (time: number) => `${Math.round(rows / time).toLocaleString('en')} rows/s`;
  const reference = median(times.bare);
  line('bare fetch and XML parse, 50,000 rows', rate(reference), '(reference)');
  for (const [name, values] of [
    ['12 columns', times.wide],
    ['2 columns', times.narrow],
  ] as const) {
    const time = median(values);
    line(
      `SQL scan, 50,000 rows, ${name}`,
      rate(time),
      `${Math.round((reference / time) * 100)}% of bare (aim: 60% or more)`,
    );
  }
}

async function join10k(): Promise<void> {
  const connection = await open(10_000);
  const time = await seconds(async () => {
    const rows = await connection.query(
      'SELECT COUNT(*) AS n FROM People p JOIN Companies c ON p.CompanyId = c.Id WHERE c.Name = p.CompanyName',
    );
    if (rows[0]!.n !== 10_000) throw new Error('wrong result');
  });
  line(
    'join, 10,000 people x 10,000 companies',
    `${time.toFixed(2)} s`,
    `${connection.requests} requests (aim: under 2 s)`,
  );
  await connection.close();
}

/** The source without limits: 2,000 pages would wait for Highrise's 150 requests per 5 seconds. */
const unlimited = `
name: people
baseUrl: http://localhost
format: xml
tables:
  - name: People
    rows: people/person
    key: Id
    columns: {Id: Integer, FirstName: String, LastName: String, Title: String, CompanyId: Integer, UpdatedAt: Datetime}
    routes:
      - {path: /people.xml, paging: {style: offset, parameter: n, size: 500}}
`;

async function stream(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-connect-'));
  const file = join(folder, 'people.yaml');
  writeFileSync(file, unlimited);
  const connection = await connect(`Driver=${file};URL=${base(1_000_000)}`);
  const marks: number[] = [];
  let count = 0;
  const started = performance.now();
  for await (const _ of await connection.execute('SELECT * FROM People')) {
    count += 1;
    if (count % 100_000 === 0) marks.push(process.memoryUsage().rss / 2 ** 20);
  }
  const rate = Math.round(count / ((performance.now() - started) / 1000));
  await connection.close();
  rmSync(folder, { recursive: true });
  if (count !== 1_000_000) throw new Error(`${count} rows`);
  line('stream, 1,000,000 rows', `${rate.toLocaleString('en')} rows/s`, '');
  line(
    'memory at 100,000 / 500,000 / 1,000,000 rows',
    `${[marks[0], marks[4], marks[9]].map((mark) => Math.round(mark!)).join(' / ')} MB`,
    'resident, SQLite included (aim: flat)',
  );
}

async function pushdown(): Promise<void> {
  const cases: [string, number][] = [
    ['SELECT * FROM People LIMIT 3', 2],
    ['SELECT Id FROM People WHERE Id = 7', 1],
    ['SELECT Id FROM People WHERE Id IN (1, 2, 3)', 3],
    ['SELECT Id FROM People WHERE CompanyId = 5', 1],
    ["SELECT Id FROM People WHERE EmailAddress = 'p7@example.com'", 1],
    ['SELECT COUNT(*) FROM People', 11],
  ];
  for (const [sql, expected] of cases) {
    const connection = await open(5000);
    await connection.query(sql);
    line(
      `requests: ${sql.slice(0, 62)}`,
      String(connection.requests),
      `expected ${expected} (5,000 people, 10 pages)`,
    );
    await connection.close();
  }
}

try {
  await scans();
  await join10k();
  await pushdown();
  await stream();
} finally {
  server.disconnect();
}
