import { expect, test } from 'vitest';
import { createSerialQueue } from '../../src/dialects/appsuite/serial-queue.ts';
import { bihin, client, users } from './client.ts';
import { serve } from './serve.ts';

test('appsuite §2.4: calls run one by one in order; more than ten waiting make 429 for ten seconds', async () => {
  let now = 0;
  const queue = createSerialQueue(() => now);
  const order: number[] = [];
  const turns = Array.from({ length: 11 }, (_, n) =>
    queue.enter()?.then((leave) => {
      order.push(n);
      return leave;
    }),
  );
  expect(queue.enter()).toBeUndefined();
  for (const turn of turns) (await turn!)();
  expect(order).toEqual(turns.map((_, n) => n));
  now = 9_999;
  expect(queue.enter()).toBeUndefined();
  now = 10_000;
  expect(queue.enter()).toBeDefined();
});

test('contract §7: RENKEI_APPSUITE_SERIAL turns it on, with an empty 429', async () => {
  const served = await serve({ RENKEI_APPSUITE_SERIAL: 'true' });
  await served.apply({ users, apps: [bihin] });
  const { address } = client(served.url);
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const query = new URLSearchParams({ action: 'insert_data', app_id: '59', '{{備品名}}': `n${n}` });
      const response = await fetch(`${address}?${query}`, { headers: { 'x-desknets-auth': 'key-maeda-1' } });
      return [response.status, response.status === 429 ? await response.text() : '-'].join();
    }),
  );
  expect(new Set(answers)).toEqual(new Set(['200,-', '429,']));
  await served.close();
});
