import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/platform/database/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { applyFile, call, example, logIn, type OpenSsm, openSsm } from './open-ssm.ts';
import { spawnServer } from './spawn-server.ts';

const path = '/api/process_types/01000001/processes';
let db: TestDatabase;
let ssm: OpenSsm;
let token: string;
let process: string;

beforeAll(async () => {
  db = await createTestDatabase();
  ssm = await openSsm(db);
  await applyFile(ssm.workspace, example);
  token = (await logIn(ssm.base, 'maeda')).access;
  const { body } = await call(ssm.base, 'POST', path, { token, body: { items: { title: 'a' } } });
  process = `${path}/${body.process_id}`;
});
afterAll(async () => {
  await ssm.close();
  await db.drop();
});

async function attach(form: FormData, to = process) {
  const response = await fetch(`${ssm.base}${to}/attachments`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function form(
  content: string | Uint8Array<ArrayBuffer>,
  name = 'a.txt',
  field = 'file',
  type = 'text/plain',
) {
  const made = new FormData();
  made.append('note', 'x');
  made.append(field, new Blob([content], { type }), name);
  return made;
}

const storedFiles = async () =>
  (await db.database.row<{ count: number }>(sql`SELECT count(*) AS count FROM records.files`))!.count;

describe('contract §7: attachments', () => {
  test('are numbered from 1, listed and given back as they came', async () => {
    expect(await attach(form('内容', '障害 報告①.txt'))).toEqual({
      status: 201,
      body: { n: 1, name: '障害 報告①.txt', size: 6 },
    });
    expect(await attach(form('', 'empty.bin', 'file', 'application/x-thing'))).toMatchObject({
      status: 201,
      body: { n: 2, size: 0 },
    });
    const { body } = await call(ssm.base, 'GET', `${process}/attachments`, { token });
    expect(body.attachments).toMatchObject([
      { n: 1, name: '障害 報告①.txt', type: 'text/plain', size: 6, created_by: { id: 'maeda' } },
      { n: 2, name: 'empty.bin', type: 'application/x-thing', size: 0 },
    ]);
    const file = await fetch(`${ssm.base}${process}/attachments/1`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(file.headers.get('content-disposition')).toContain(`''${encodeURIComponent('障害 報告①.txt')}`);
    expect(await file.text()).toBe('内容');
  });

  test('odd file names', async () => {
    const send = async (disposition: string) => {
      const response = await fetch(`${ssm.base}${process}/attachments`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'multipart/form-data; boundary=b' },
        body: `--b\r\nContent-Disposition: form-data; name="file"; ${disposition}\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--b--\r\n`,
      });
      return { status: response.status, ...((await response.json()) as object) };
    };
    expect(await send('filename=""')).toMatchObject({ status: 201, name: 'file' });
    expect(await send("filename*=UTF-8''%E9%9A%9C%E5%AE%B3.txt")).toMatchObject({
      status: 201,
      name: '障害.txt',
    });
    expect(await send('filename="a\0b.txt"')).toMatchObject({ status: 400 });
    const quoted = await send(`filename="a'(1)*.txt"`);
    expect(quoted).toMatchObject({ status: 201, name: "a'(1)*.txt" });
    const { n } = quoted as unknown as { n: number };
    const file = await fetch(`${ssm.base}${process}/attachments/${n}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(file.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''a%27%281%29%2A.txt");
  });

  test('parallel attachments get different numbers', async () => {
    const { body } = await call(ssm.base, 'POST', path, { token, body: { items: { title: 'p' } } });
    const to = `${path}/${body.process_id}`;
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => attach(form(`${n}`), to)));
    expect(all.map(({ body: { n } }) => n).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('a large file passes through a server process in bounded memory', { timeout: 180_000 }, async () => {
    const server = await spawnServer(db);
    const size = 128 * 1024 * 1024;
    const boundary = 'b0undary';
    const sent = createHash('sha256');
    async function* body() {
      yield Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n` +
          'Content-Type: application/octet-stream\r\n\r\n',
      );
      for (let n = 0; n < size / 65_536; n++) {
        const piece = Buffer.alloc(65_536, n % 251);
        sent.update(piece);
        yield piece;
      }
      yield Buffer.from(`\r\n--${boundary}--\r\n`);
    }
    const before = server.peakMemory();
    const added = await fetch(`${server.base}${process}/attachments`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': `multipart/form-data; boundary=${boundary}`,
      },
      body: Readable.toWeb(Readable.from(body())) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    expect(added.status).toBe(201);
    const { n, size: told } = (await added.json()) as { n: number; size: number };
    expect(told).toBe(size);
    const got = await fetch(`${server.base}${process}/attachments/${n}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const received = createHash('sha256');
    for await (const piece of got.body as unknown as AsyncIterable<Uint8Array>) received.update(piece);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
    expect(server.peakMemory() - before).toBeLessThan(110);
    await server.stop();
  });

  test('what is no form, has no file, is for another or breaks off is refused and stores nothing', async () => {
    const before = await storedFiles();
    expect(await attach(form('x', 'a.txt', 'other'))).toMatchObject({ status: 422 });
    const json = await call(ssm.base, 'POST', `${process}/attachments`, { token, body: {} });
    expect(json).toMatchObject({ status: 422, body: { msg: expect.any(String) } });
    expect(await attach(form('x'), `${path}/IC1--990101-0001`)).toMatchObject({ status: 404 });
    for (const n of ['99', '0', 'x']) {
      const { status } = await call(ssm.base, 'GET', `${process}/attachments/${n}`, { token });
      expect([n, [404, 422].includes(status)]).toEqual([n, true]);
    }

    const cut = await new Promise<string>((resolve) => {
      const { hostname, port } = new URL(ssm.base);
      const body = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of it';
      const socket = connect(Number(port), hostname);
      let answer = '';
      socket.on('data', (piece) => {
        answer += piece;
      });
      socket.on('close', () => resolve(answer));
      socket.write(
        `POST ${process}/attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n` +
          `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
    expect(cut).toMatch(/^HTTP\/1.1 4\d\d/);
    expect(cut).toMatch(/"msg"/);
    expect(await storedFiles()).toBe(before);
  });
});
