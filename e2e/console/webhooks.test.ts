import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  adminPassword,
  type RunningServer,
  startRenkei,
} from '../../packages/server/test/console/start-server.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';

const texts = {
  'ja-JP': {
    failed: '失敗',
    done: '成功',
    replay: '再送',
    errors: 'エラーログ',
    app: 'アプリ',
    bulk: '失敗分をまとめて再送…',
    bulkDo: '3 件を再送',
    test: '備品情報変更 をテスト',
    send: '送信',
    well: '受信側で受け付けられました。',
    off: '備品情報変更 を無効にする',
    offConfirm: '無効にする',
    on: '備品情報変更 を有効にする',
    loops: 'ループの疑い',
  },
  'en-US': {
    failed: 'Failed',
    done: 'Delivered',
    replay: 'Send again',
    errors: 'Error log',
    app: 'App',
    bulk: 'Send failed ones again…',
    bulkDo: 'Send 3 again',
    test: 'Test 備品情報変更',
    send: 'Send',
    well: 'The receiver took it.',
    off: 'Switch off 備品情報変更',
    offConfirm: 'Switch off',
    on: 'Switch on 備品情報変更',
    loops: 'Suspected loops',
  },
};

describe.skipIf(noBrowser)('webhooks', () => {
  let server: RunningServer;
  let browser: Browser;
  let receiver: Server;
  let broken = true;
  let received: string[] = [];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        received.push(body);
        response.end(
          JSON.stringify(
            broken
              ? { result: 'ng', error_message: '<img src=x onerror="window.hacked=1">' }
              : { result: 'ok' },
          ),
        );
      });
    });
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
    const { port } = receiver.address() as AddressInfo;
    const webhook = { url: `http://127.0.0.1:${port}/hook` };
    server = await startRenkei(
      {
        apps: [
          {
            id: 59,
            name: '備品アプリ',
            fields: [{ id: 101, name: '備品名', type: 'text' }],
            automations: [{ title: '備品情報変更', on: ['added', 'updated'], webhook }],
          },
        ],
      },
      { RENKEI_OUTBOUND_ALLOW: '127.0.0.0/8' },
    );
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    receiver?.close();
  });

  test.each(['ja-JP', 'en-US'] as const)(
    '%s: a failed delivery is found, understood and sent again',
    async (locale) => {
      broken = true;
      received = [];
      await server.call('POST', '/v1/apps/59/records', { fields: { 備品名: '<b>モニター</b>' } });
      const text = texts[locale];
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      await signIn(page, 'admin', adminPassword);
      await page.getByRole('listitem').getByRole('link', { name: '備品情報変更' }).first().waitFor();
      await expectAccessible(page);
      await picture(page, `home-${locale.slice(0, 2)}`);
      await page.goto('/webhooks?state=failed');
      await page.getByText(text.failed, { exact: true }).last().waitFor();
      await expectAccessible(page);
      await page.getByRole('table').getByRole('link').first().click();
      await page.getByRole('heading', { name: /備品情報変更/ }).waitFor();
      await page.getByText(/"error_message": "<img/).waitFor(); // the answer, as text
      await page
        .getByText(/<b>モニター/)
        .first()
        .waitFor(); // what was sent, as text
      await expectAccessible(page);
      await picture(page, `delivery-${locale.slice(0, 2)}`);

      broken = false;
      await page.getByRole('button', { name: text.replay }).click();
      await page.getByText(text.done, { exact: true }).waitFor();
      expect(received).toHaveLength(2);
      expect(received[1]).toContain('モニター');

      await page.goto('/webhooks?tab=errors');
      await page.getByLabel(text.app, { exact: true }).selectOption('備品アプリ');
      await page.getByText('<img src=x onerror="window.hacked=1">').first().waitFor();
      expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  test('the list follows what happens without a reload', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'en-US' });
    await signIn(page, 'admin', adminPassword, '/webhooks');
    await page.getByRole('table').waitFor();
    const before = await page.getByRole('row').count();
    await server.call('POST', '/v1/apps/59/records', { fields: { 備品名: 'あとから' } });
    await expect.poll(() => page.getByRole('row').count(), { timeout: 8_000 }).toBe(before + 1);
    await picture(page, 'webhooks-en');
    await context.close();
  });

  test.each(['ja-JP', 'en-US'] as const)(
    '%s: what failed is sent again together, after saying how many that is',
    async (locale) => {
      const failed = async () =>
        ((await (await server.call('GET', '/v1/deliveries?state=failed')).json()) as { items: object[] })
          .items.length;
      broken = false;
      await server.call('POST', '/v1/deliveries/replay', { app: '59' }); // what earlier tests left
      await expect.poll(failed, { timeout: 8_000 }).toBe(0);
      broken = true;
      for (let n = 0; n < 3; n++)
        await server.call('POST', '/v1/apps/59/records', { fields: { 備品名: `${n}` } });
      await expect.poll(failed, { timeout: 8_000 }).toBe(3);
      broken = false;
      received = [];

      const text = texts[locale];
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      await signIn(page, 'admin', adminPassword, '/webhooks');
      await page.getByRole('button', { name: text.bulk }).press('Enter');
      const send = page.getByRole('button', { name: text.bulkDo });
      await send.waitFor();
      await expectAccessible(page);
      await picture(page, `replay-${locale.slice(0, 2)}`);
      expect(received).toEqual([]); // asking sends nothing
      await send.press('Enter');
      await expect.poll(failed, { timeout: 8_000 }).toBe(0);
      await expect.poll(() => received.length).toBe(3);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  test.each(['ja-JP', 'en-US'] as const)(
    '%s: a receiver is tried out, a loop is found and switched off in one step',
    async (locale) => {
      broken = false;
      const text = texts[locale];
      const saved = await server.call('POST', '/v1/apps/59/records', { fields: { 備品名: 'ループ' } });
      const { id } = (await saved.json()) as { id: number };
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      await signIn(page, 'admin', adminPassword, '/webhooks?tab=automations&app=59');
      received = [];
      await page.getByRole('button', { name: text.test }).click();
      await page.getByRole('dialog').getByRole('textbox').fill(String(id));
      await page.getByRole('dialog').getByRole('button', { name: text.send, exact: true }).click();
      await page.getByRole('status').getByText(text.well).waitFor();
      expect(received.join()).toContain('ループ');
      await expectAccessible(page);
      await picture(page, `test-send-${locale.slice(0, 2)}`);
      await page.keyboard.press('Escape');

      const updates = { 備品名: 'また' };
      for (let n = 0; n < 11; n++)
        await server.call('PATCH', `/v1/apps/59/records/${id}`, { fields: updates });
      await page.getByRole('tab', { name: text.loops }).click();
      await page
        .getByRole('cell', { name: '11', exact: true })
        .or(page.getByRole('cell', { name: '12', exact: true }))
        .first()
        .waitFor();
      await expectAccessible(page);
      await picture(page, `loops-${locale.slice(0, 2)}`);
      await page.getByRole('button', { name: text.off }).first().press('Enter');
      await page.getByRole('dialog').getByRole('button', { name: text.offConfirm, exact: true }).click();
      await page.getByRole('button', { name: text.on }).first().waitFor();
      received = [];
      await server.call('PATCH', `/v1/apps/59/records/${id}`, { fields: { 備品名: '止まった' } });
      await page.getByRole('button', { name: text.on }).first().click();
      await page.getByRole('button', { name: text.off }).first().waitFor();
      expect(received).toEqual([]);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );
});
