import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, ProgrammingError } from '@renkei/connect';
import { expect, onTestFinished, test } from 'vitest';

const document = {
  openapi: '3.1.0',
  info: { title: 'Pet shop' },
  servers: [{ url: '/api' }],
  components: {
    securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
    schemas: {
      Base: {
        type: 'object',
        properties: { id: { type: 'integer', readOnly: true }, bornOn: { type: 'string', format: 'date' } },
      },
      Pet: {
        allOf: [
          { $ref: '#/components/schemas/Base' },
          {
            type: 'object',
            properties: {
              name: { type: 'string' },
              kind: { type: ['string', 'null'] },
              weight: { type: 'number' },
              sold: { type: 'boolean' },
              tags: { type: 'array', items: { type: 'string' } },
            },
          },
        ],
      },
      NewPet: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, kind: { type: 'string' }, sold: { type: 'boolean' } },
      },
    },
    parameters: { Offset: { name: 'offset', in: 'query', schema: { type: 'integer' } } },
  },
  paths: {
    '/pets': {
      get: {
        parameters: [
          { $ref: '#/components/parameters/Offset' },
          { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 3 } },
          { name: 'kind', in: 'query', schema: { type: 'string' } },
        ],
        responses: {
          200: {
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: {
                    items: { type: 'array', items: { $ref: '#/components/schemas/Pet' } },
                    total: { type: 'integer' },
                  },
                },
              },
            },
          },
        },
      },
      post: {
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/NewPet' } } } },
        responses: { 201: {} },
      },
    },
    '/pets/{petId}': {
      get: {
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } } },
        },
      },
      patch: {
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/NewPet' } } } },
      },
      delete: { responses: { 204: {} } },
    },
    '/status': {
      get: { responses: { 200: { content: { 'application/json': { schema: { type: 'object' } } } } } },
    },
  },
};

async function describe(content: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'connect-openapi-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'petshop.json');
  await writeFile(file, JSON.stringify(content));
  return file;
}

async function startShop() {
  const pets = Array.from({ length: 7 }, (_, i) => ({
    id: i + 1,
    name: `Pet ${i + 1}`,
    kind: i % 2 ? 'cat' : 'dog',
    weight: i + 0.5,
    sold: false,
    bornOn: '2026-01-02',
    tags: ['x'],
  }));
  const log: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    log.push(`${request.method} ${request.url} ${body}`.trim());
    const url = new URL(request.url!, 'http://x');
    const answer = (status: number, value?: unknown) =>
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(value === undefined ? '' : JSON.stringify(value));
    if (request.headers['x-key'] !== 'k') return answer(401);
    const id = Number(/^\/api\/pets\/(\d+)$/.exec(url.pathname)?.[1]);
    const pet = pets.find((one) => one.id === id);
    if (id) {
      if (!pet) return answer(404);
      if (request.method === 'PATCH') Object.assign(pet, JSON.parse(body));
      if (request.method === 'DELETE') pets.splice(pets.indexOf(pet), 1);
      return answer(200, pet);
    }
    if (request.method === 'POST') {
      pets.push({ id: 99, weight: 0, sold: false, bornOn: '2026-01-02', tags: [], ...JSON.parse(body) });
      return answer(201, pets.at(-1));
    }
    const from = Number(url.searchParams.get('offset') ?? 0);
    const kind = url.searchParams.get('kind');
    const found = pets.filter((one) => kind === null || one.kind === kind);
    answer(200, {
      items: found.slice(from, from + Number(url.searchParams.get('limit'))),
      total: found.length,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
  const connection = await connect(`Driver=${await describe(document)};URL=${url};APIKey=k`);
  onTestFinished(async () => {
    await connection.close();
    server.closeAllConnections();
    server.close();
  });
  return { connection, log };
}

test('issue 8: an OpenAPI document becomes tables that are read, filtered and paged', async () => {
  const { connection, log } = await startShop();
  expect(await connection.query('SELECT TableName, TableType FROM sys_tables')).toEqual([
    { TableName: 'Pets', TableType: 'TABLE' },
  ]);
  expect(await connection.query('SELECT COUNT(*) AS n, SUM(weight) AS w FROM Pets')).toEqual([
    { n: 7, w: 24.5 },
  ]);
  expect(log).toEqual([
    'GET /api/pets?limit=3',
    'GET /api/pets?limit=3&offset=3',
    'GET /api/pets?limit=3&offset=6',
  ]);
  log.length = 0;
  expect(
    await connection.query("SELECT id, sold, bornOn, tags FROM Pets WHERE kind = 'cat' AND id < 3"),
  ).toEqual([{ id: 2, sold: false, bornOn: '2026-01-02', tags: '["x"]' }]);
  expect(log).toEqual(['GET /api/pets?kind=cat&limit=3', 'GET /api/pets?kind=cat&limit=3&offset=3']);
  expect(await connection.query('SELECT name FROM Pets WHERE id = 5')).toEqual([{ name: 'Pet 5' }]);
  expect(log.at(-1)).toBe('GET /api/pets/5');
});

test('issue 8: an OpenAPI document’s tables are written to', async () => {
  const { connection, log } = await startShop();
  await connection.execute("INSERT INTO Pets (name, kind) VALUES ('Rex', 'dog')");
  expect(log.at(-1)).toBe('POST /api/pets {"name":"Rex","kind":"dog"}');
  expect(await connection.query('SELECT SCOPE_IDENTITY() AS id')).toEqual([{ id: 99 }]);
  await connection.execute('UPDATE Pets SET sold = true WHERE id = 99');
  expect(log.at(-1)).toBe('PATCH /api/pets/99 {"sold":true}');
  expect((await connection.execute('DELETE FROM Pets WHERE id = 99')).rowCount).toBe(1);
  await expect(connection.execute('UPDATE Pets SET weight = 3')).rejects.toThrow(/read-only/);
  await expect(connection.execute("INSERT INTO Pets (kind) VALUES ('dog')")).rejects.toThrow(/needs name/);
});

test('a document without lists, or of another version, is refused', async () => {
  for (const wrong of [
    { ...document, paths: {} },
    { ...document, openapi: '2.0' },
  ]) {
    await expect(connect(`Driver=${await describe(wrong)};URL=http://127.0.0.1:1`)).rejects.toBeInstanceOf(
      ProgrammingError,
    );
  }
});
