import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, ProgrammingError } from '@renkei/connect';
import { describe, expect, onTestFinished, test } from 'vitest';

const example = fileURLToPath(new URL('../../../examples/connect/tickets.yaml', import.meta.url));

interface Ticket {
  id: number | string;
  subject: string;
  status: string;
  [name: string]: unknown;
}

/** The help desk that the example describes. */
async function startHelpDesk(count: number) {
  const tickets = new Map<string, Ticket>();
  const log: string[] = [];
  for (let id = 1; id <= count; id += 1) {
    tickets.set(String(id), {
      id,
      subject: `Ticket ${id}`,
      status: id % 3 === 0 ? 'open' : 'closed',
      assignee: id % 2 === 0 ? { id: 1, name: 'Ann' } : null,
      tags: ['a', 'b'],
      created_at: '2026-01-01T00:00:00Z',
      updated_at: `2026-01-${String((id % 28) + 1).padStart(2, '0')}T09:00:00+09:00`,
    });
  }
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    log.push(`${request.method} ${request.url} ${body}`.trim());
    const url = new URL(request.url!, 'http://x');
    const answer = (status: number, value?: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(value === undefined ? '' : JSON.stringify(value));
    };
    if (request.headers.authorization !== 'Bearer tok') return answer(401, { error: 'no token' });
    const id = /^\/tickets\/(.*)$/.exec(url.pathname)?.[1];
    if (url.pathname === '/agents') return answer(200, { agents: [{ id: 1, name: 'Ann', active: true }] });
    if (request.method === 'POST') {
      const ticket = { id: 1000, status: 'open', ...JSON.parse(body).ticket };
      tickets.set('1000', ticket);
      return answer(201, { ticket });
    }
    if (id !== undefined) {
      const found = tickets.get(id);
      if (!found) return answer(404, { error: 'none' });
      if (request.method === 'DELETE') tickets.delete(id);
      if (request.method === 'PATCH') Object.assign(found, JSON.parse(body).ticket);
      return answer(
        request.method === 'DELETE' ? 204 : 200,
        request.method === 'DELETE' ? undefined : { ticket: found },
      );
    }
    const status = url.searchParams.get('status');
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const limit = Number(url.searchParams.get('limit'));
    const rows = [...tickets.values()].filter((one) => status === null || one.status === status);
    answer(200, {
      tickets: rows.slice(from, from + limit),
      next: from + limit < rows.length ? String(from + limit) : null,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = await connect(`Driver=${example};APIToken=tok;URL=${url}`);
  onTestFinished(async () => {
    await connection.close();
    server.closeAllConnections();
    server.close();
  });
  return { connection, log, tickets };
}

describe('issue 8: a JSON service described in YAML', () => {
  test('the example takes less than 60 lines', async () => {
    expect((await readFile(example, 'utf8')).split('\n').length).toBeLessThan(60);
  });

  test('pages by cursor, reads nested values and lists', async () => {
    const { connection, log } = await startHelpDesk(250);
    expect(await connection.query('SELECT COUNT(*) AS n FROM Tickets')).toEqual([{ n: 250 }]);
    expect(log).toEqual([
      'GET /tickets?limit=100',
      'GET /tickets?limit=100&cursor=100',
      'GET /tickets?limit=100&cursor=200',
    ]);
    expect(
      await connection.query('SELECT id, assignee, assigneeName, tags, updatedAt FROM Tickets WHERE id = 2'),
    ).toEqual([
      { id: 2, assignee: 1, assigneeName: 'Ann', tags: '["a","b"]', updatedAt: '2026-01-03T00:00:00Z' },
    ]);
  });

  test('conditions reach the service; joins and the rest are done here', async () => {
    const { connection, log } = await startHelpDesk(30);
    const rows = await connection.query(
      "SELECT t.id, a.name FROM Tickets t JOIN Agents a ON a.id = t.assignee WHERE t.status = 'open' AND a.active AND t.id < 13 ORDER BY 1",
    );
    expect(rows).toEqual([
      { id: 6, name: 'Ann' },
      { id: 12, name: 'Ann' },
    ]);
    expect(log).toContain('GET /tickets?status=open&limit=100');
    log.length = 0;
    await connection.query("SELECT id FROM Tickets WHERE updatedAt > '2026-01-05'");
    expect(log).toEqual(['GET /tickets?updated_after=2026-01-05T00%3A00%3A00Z&limit=100']);
    expect(await connection.query('SELECT id FROM Tickets WHERE id = 9999')).toEqual([]);
  });

  test('writes', async () => {
    const { connection, log, tickets } = await startHelpDesk(3);
    await connection.execute("INSERT INTO Tickets (subject, status) VALUES ('New \"one\"', 'open')");
    expect(log.at(-1)).toBe('POST /tickets {"ticket":{"subject":"New \\"one\\"","status":"open"}}');
    expect(await connection.query('SELECT SCOPE_IDENTITY() AS id')).toEqual([{ id: 1000 }]);
    await connection.execute("UPDATE Tickets SET status='closed' WHERE id=3");
    expect(log.at(-1)).toBe('PATCH /tickets/3 {"ticket":{"status":"closed"}}');
    await connection.execute('DELETE FROM Tickets WHERE id=3');
    expect(tickets.has('3')).toBe(false);
    await expect(connection.execute("UPDATE Agents SET name='x'")).rejects.toThrow(/view/);
    await expect(connection.execute("INSERT INTO Tickets (status) VALUES ('x')")).rejects.toThrow(/subject/);
  });

  test('the metadata and the properties are those of the description', async () => {
    const { connection } = await startHelpDesk(1);
    expect(await connection.query('SELECT TableName, TableType FROM sys_tables ORDER BY 1')).toEqual([
      { TableName: 'Agents', TableType: 'VIEW' },
      { TableName: 'Tickets', TableType: 'TABLE' },
    ]);
    expect(await connection.query("SELECT Value FROM sys_connection_props WHERE Name = 'APIToken'")).toEqual([
      { Value: '********' },
    ]);
  });
});

describe('issue 8: a wrong description names file, line and column', () => {
  const wrong: [string, (text: string) => string, RegExp][] = [
    [
      'an unknown key',
      (text) => text.replace('format: json', 'format: json\nfrmat: x'),
      /tickets\.yaml:6:8: frmat is not known/,
    ],
    ['a wrong type', (text) => text.replace('status: String', 'status: Text'), /status must be/],
    [
      'a missing key',
      (text) => text.replace('baseUrl: https://{Account}.tickets.example/api/v2\n', ''),
      /needs baseUrl/,
    ],
    [
      'a key that is no column',
      (text) => text.replace('key: id', 'key: uid'),
      /names uid, which is no column of Tickets/,
    ],
    [
      'a variable without value',
      (text) => text.replace('where: { status: "=" }', 'where: { subject: "=" }'),
      /uses \{status\}/,
    ],
    ['broken YAML', (text) => text.replace('\ntables:', '\ntables: ['), /tickets\.yaml:\d+:\d+/],
  ];
  test.each(wrong)('%s', async (_, change, message) => {
    const folder = await mkdtemp(join(tmpdir(), 'connect-yaml-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'tickets.yaml');
    await writeFile(file, change(await readFile(example, 'utf8')));
    const failure = await connect(`Driver=${file};APIToken=t;URL=http://127.0.0.1:1`).catch((error) => error);
    expect(failure).toBeInstanceOf(ProgrammingError);
    expect(failure.message).toMatch(message);
  });
});
