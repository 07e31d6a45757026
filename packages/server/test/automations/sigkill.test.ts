import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { bihin, client, users } from '../appsuite/client.ts';
import { serverProcess } from '../support/server-process.ts';
import { receiver } from './receiver.ts';

test('contract §7: killed three times during 2,000 inserts, what was answered is stored once and its webhook arrives', async () => {
  const inserts = 2000;
  const arrived = new Set<string>();
  const target = await receiver(({ body }) => {
    arrived.add(String((body.data as Record<string, { val: string }>).備品名!.val));
    return {};
  });
  const server = await serverProcess();
  try {
    const file = join(server.dataDir, 'workspace.json');
    const automations = [{ title: 'hook', webhook: { url: target.url } }];
    writeFileSync(file, stringify({ renkei: 1, users, apps: [{ ...bihin, automations }] }));
    process.env.RENKEI_WORKSPACE = file;
    const environment = { RENKEI_WORKSPACE: file };
    const url = await server.start(environment);
    const api = client(url);

    const answered = new Map<string, string>();
    let next = 0;
    const insertAll = async () => {
      while (answered.size < inserts) {
        const name = `n${next++}`;
        const answer = await api.insert(59, { 備品名: name }).catch(() => undefined);
        if (answer?.status === 'ok') answered.set(name, String(answer.data_id));
        else await new Promise((done) => setTimeout(done, 50)); // down: that one was not answered
      }
    };
    const clients = Promise.all(Array.from({ length: 16 }, insertAll));
    for (let kills = 0; kills < 3; kills++) {
      await new Promise((done) => setTimeout(done, 400));
      await server.kill();
      await server.start(environment);
    }
    await clients;

    const until = Date.now() + 30_000;
    while ([...answered.keys()].some((name) => !arrived.has(name)) && Date.now() < until) {
      await new Promise((done) => setTimeout(done, 100));
    }
    expect([...answered.keys()].filter((name) => !arrived.has(name))).toEqual([]);
    const stored: string[] = [];
    for (let offset = 0; ; offset += 1000) {
      const answer = await api.post({
        action: 'list_data',
        app_id: '59',
        limit: '1000',
        offset: String(offset),
        fields: '[{"field_name":"備品名"}]',
      });
      if (answer.status !== 'ok') break;
      const { item } = answer.list as { item: { 備品名: { val: string } }[] };
      stored.push(...item.map((record) => record.備品名.val));
    }
    expect(new Set(stored).size).toBe(stored.length);
    expect([...answered.keys()].filter((name) => !stored.includes(name))).toEqual([]);
  } finally {
    await server.close();
    await target.close();
  }
}, 180_000);
