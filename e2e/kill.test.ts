import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createCall } from '../packages/server/test/native/open-native.ts';
import {
  postgresPid,
  type RunningServer,
  serve,
  throwAwayFolder,
} from '../packages/server/test/start/renkei-process.ts';

const inserts = 10_000;
const kills = 10;
/** The kill that takes the database along: its whole process group, as when the machine loses power. */
const killOfDatabase = 5;
const singleClients = 16;
const batchSize = 50;

/** Receives webhooks and counts each record's, by the record's name. */
async function receiver() {
  const arrivals = new Map<string, number>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const name = JSON.parse(body).data.備品名.val;
      arrivals.set(name, (arrivals.get(name) ?? 0) + 1);
      response.setHeader('content-type', 'application/json');
      response.end('{"result":"ok"}');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    arrivals,
    close: () => server.close(),
  };
}

test('contract §7: of 10,000 inserts, ten SIGKILLs at random and a dead database lose nothing that was answered, and its webhooks arrive', async () => {
  const hook = await receiver();
  const { folder, remove } = throwAwayFolder();
  const workspace = join(folder, 'workspace.json');
  writeFileSync(
    workspace,
    JSON.stringify({
      renkei: 1,
      users: [{ id: 'maeda', name: '前田隆', password: 'pass-maeda-1', accessKeys: ['key-maeda-1'] }],
      apps: [
        {
          id: 59,
          alias: 'bihin',
          name: '備品アプリ',
          fields: [{ id: 101, name: '備品名', type: 'text', required: true }],
          automations: [{ title: '知らせる', on: ['added'], webhook: { url: hook.url } }],
        },
      ],
    }),
  );
  let port = '0';
  let server: RunningServer | undefined;
  const start = async () => {
    server = await serve({
      RENKEI_DATA_DIR: folder,
      RENKEI_PORT: port,
      RENKEI_WORKSPACE: workspace,
      RENKEI_OUTBOUND_ALLOW: '127.0.0.0/8',
      RENKEI_LOG_LEVEL: 'info',
    });
    port = new URL(server.urls[0]!).port; // clients look for it at the same place
    return server.urls[0]!;
  };
  const kill = async () => {
    server!.signal('SIGKILL');
    await server!.ended;
  };

  try {
    const url = await start();
    const call = createCall(url);
    const token = await signIn(url);
    const answered = new Map<string, number>();
    const refused: unknown[] = [];
    let killing = true;
    const going = () => (killing || answered.size < inserts) && refused.length < 100;
    let next = 0;

    /** One record a request, each tried once: what was not answered may be stored or not. */
    async function insertOne(): Promise<void> {
      while (going()) {
        const name = `品${next++}`;
        const body = new URLSearchParams({
          action: 'insert_data',
          access_key: 'key-maeda-1',
          app_id: '59',
          '{{備品名}}': name,
        });
        try {
          const answer = await fetch(`${url}/cgi-bin/dneo/appsr.cgi`, { method: 'POST', body });
          const json = (await answer.json()) as { status: string; data_id?: string };
          if (json.status === 'ok') answered.set(name, Number(json.data_id));
          else refused.push(json);
        } catch {
          await sleep(20); // it is down
        }
      }
    }
    /** Many records a request, with a key and repeated until it is answered: stored exactly once. */
    async function insertBatches(): Promise<void> {
      while (going()) {
        const names = Array.from({ length: batchSize }, () => `品${next++}`);
        const records = names.map((name) => ({ fields: { 備品名: name } }));
        const request = { token, body: { records }, headers: { 'idempotency-key': randomUUID() } };
        for (let done = false; !done && refused.length < 100; ) {
          try {
            const { status, json } = await call('POST', '/v1/apps/bihin/records:batch', request);
            done = status === 200;
            if (!done) refused.push(json);
            else for (const { id, fields } of json.items) answered.set(fields.備品名, id);
          } catch (error) {
            if ((error as Error).message !== 'fetch failed' && (error as Error).message !== 'terminated')
              throw error;
          }
          await sleep(done ? 100 : 20);
        }
      }
    }
    const inserting = Promise.all([insertBatches(), ...Array.from({ length: singleClients }, insertOne)]);
    for (let count = 1; count <= kills; count++) {
      const before = answered.size;
      while (answered.size === before && refused.length < 100) await sleep(1);
      await sleep(Math.random() * 1000);
      await kill();
      if (count === killOfDatabase) process.kill(-postgresPid(folder)!, 'SIGKILL');
      await start();
    }
    killing = false;
    await inserting;
    // while the database is gone an insert may be refused; nothing else is wrong with them
    expect(refused.length, JSON.stringify(refused[0])).toBeLessThan(100);

    const missing = () => [...answered.keys()].filter((name) => !hook.arrivals.has(name));
    for (const limit = Date.now() + 60_000; missing().length > 0 && Date.now() < limit; ) await sleep(100);
    expect(missing()).toEqual([]);

    const stored = await allRecords(url, token);
    const ids = new Map(stored.map(({ name, id }) => [name, id]));
    expect(ids.size, 'no record is there twice').toBe(stored.length);
    expect([...answered].filter(([name, id]) => ids.get(name) !== id)).toEqual([]);
  } finally {
    server?.signal('SIGTERM');
    await server?.ended;
    remove();
    hook.close();
  }
}, 240_000);

async function signIn(url: string): Promise<string> {
  const body = { username: 'maeda', password: 'pass-maeda-1' };
  return (await createCall(url)('POST', '/v1/sessions', { body })).json.access_token;
}

async function allRecords(url: string, token: string): Promise<{ id: number; name: string }[]> {
  const call = createCall(url);
  const records: { id: number; name: string }[] = [];
  for (let cursor = ''; ; ) {
    const { json } = await call('GET', `/v1/apps/bihin/records?limit=500${cursor && `&cursor=${cursor}`}`, {
      token,
    });
    for (const { id, fields } of json.items) records.push({ id, name: fields.備品名 });
    if (json.next === null) return records;
    cursor = json.next;
  }
}
