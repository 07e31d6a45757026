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

const inserts = 2000;
const clients = 16;

/** Receives webhooks and counts each record's. */
async function receiver() {
  const arrivals = new Map<string, number>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const name = /"備品名":\{[^}]*?"val":"(品\d+)"/.exec(body)?.[1];
      if (name !== undefined) arrivals.set(name, (arrivals.get(name) ?? 0) + 1);
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

test('contract §7: nothing answered "ok" is lost, and its webhook arrives, through three SIGKILLs and a dead database', async () => {
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
    const answered = new Map<string, string>();
    const refused: unknown[] = [];
    let next = 0;
    async function insert(): Promise<void> {
      while (answered.size < inserts && refused.length < 100) {
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
          if (json.status === 'ok') answered.set(name, json.data_id!);
          else refused.push(json);
        } catch {
          await sleep(50); // it is down: this insert was not answered
        }
      }
    }
    const inserting = Promise.all(Array.from({ length: clients }, insert));
    for (let round = 0; round < 4; round++) {
      const before = answered.size;
      while (answered.size < Math.min(before + 100, inserts) && refused.length < 100) await sleep(5);
      expect(answered.size, 'the kill comes while inserts run').toBeLessThan(inserts);
      await kill();
      // once the database too: its whole process group, as when the machine loses power
      if (round === 2) process.kill(-postgresPid(folder)!, 'SIGKILL');
      await start();
    }
    await inserting;
    // while the database is gone an insert may be refused; nothing else is wrong with them
    expect(refused.length, JSON.stringify(refused[0])).toBeLessThan(100);

    const missing = () => [...answered.keys()].filter((name) => !hook.arrivals.has(name));
    for (const limit = Date.now() + 60_000; missing().length > 0 && Date.now() < limit; ) await sleep(100);
    expect(missing()).toEqual([]);

    const stored = await allRecords(url);
    const names = stored.map(({ name }) => name);
    expect(new Set(names).size, 'no record is there twice').toBe(names.length);
    const ids = new Map(stored.map(({ name, id }) => [name, String(id)]));
    expect([...answered].filter(([name, id]) => ids.get(name) !== id)).toEqual([]);
  } finally {
    server?.signal('SIGTERM');
    await server?.ended;
    remove();
    hook.close();
  }
}, 240_000);

async function allRecords(url: string): Promise<{ id: number; name: string }[]> {
  const call = createCall(url);
  const body = { username: 'maeda', password: 'pass-maeda-1' };
  const token = (await call('POST', '/v1/sessions', { body })).json.access_token;
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
