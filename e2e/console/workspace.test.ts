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
    newApp: '新しいアプリ',
    name: 'アプリ名',
    field: '項目名',
    type: '種類',
    addField: '項目を追加',
    automations: '自動処理',
    addWebhook: 'Webhook を追加',
    url: '送信先（URL）',
    make: 'アプリを作成',
    add: '新規データ',
    save: '保存',
    webhooks: 'Webhook',
    done: '成功',
    workspace: 'ワークスペースファイル',
    check: '変更点を確認',
    apply: '適用',
    line: /行.*列：/,
    applied: '適用しました。',
  },
  'en-US': {
    newApp: 'New app',
    name: 'Name of the app',
    field: 'Field name',
    type: 'Type',
    addField: 'Add a field',
    automations: 'Automations',
    addWebhook: 'Add a webhook',
    url: 'Address (URL)',
    make: 'Make the app',
    add: 'New record',
    save: 'Save',
    webhooks: 'Webhooks',
    done: 'Delivered',
    workspace: 'Workspace file',
    check: 'Check',
    apply: 'Apply',
    line: /^Line \d+, column \d+:/,
    applied: 'Applied.',
  },
};

describe.skipIf(noBrowser).each(['ja-JP', 'en-US'] as const)('%s', (locale) => {
  const text = texts[locale];
  let server: RunningServer;
  let browser: Browser;
  let receiver: Server;
  const received: string[] = [];
  beforeAll(async () => {
    receiver = createServer((request, response) => {
      request.on('data', (chunk) => received.push(String(chunk)));
      request.on('end', () => response.end('{"result":"ok"}'));
    });
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
    server = await startRenkei(undefined, { RENKEI_OUTBOUND_ALLOW: '127.0.0.0/8' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    receiver?.close();
  });

  test('a newcomer: from an empty workspace to a delivered webhook, by clicking, in under 3 minutes', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    const started = Date.now();
    await signIn(page, 'admin', adminPassword);
    await page.getByRole('link', { name: text.newApp }).click();
    await page.getByLabel(text.name).fill('備品');
    await page.getByLabel(text.field).fill('備品名');
    await page.getByRole('button', { name: text.addField }).click();
    await page.getByLabel(text.field).nth(1).fill('区分');
    await page.getByLabel(text.type).nth(1).selectOption('number');
    await page.getByRole('tab', { name: text.automations }).click();
    await page.getByRole('button', { name: text.addWebhook }).click();
    const { port } = receiver.address() as AddressInfo;
    await page.getByLabel(text.url).fill(`http://127.0.0.1:${port}/hook`);
    await expectAccessible(page);
    await picture(page, `designer-${locale.slice(0, 2)}`);
    await page.getByRole('button', { name: text.make }).click();
    await page.getByRole('link', { name: text.add }).click();
    await page.getByLabel('備品名').fill('モニター');
    await page.getByRole('button', { name: text.save }).click();
    await page.getByRole('heading', { name: /\d+/ }).waitFor();
    await page.getByRole('link', { name: text.webhooks, exact: true }).click();
    await page.getByText(text.done, { exact: true }).last().waitFor();
    expect(Date.now() - started).toBeLessThan(180_000);
    expect(received.join('')).toContain('モニター');
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('the designer shows the server’s complaint and makes nothing', async () => {
    const { page, context } = await visit(browser, server.url, { locale });
    await signIn(page, 'admin', adminPassword, '/apps/new');
    await page.getByRole('button', { name: text.make }).click();
    await page.getByRole('alert').waitFor();
    const { items } = (await (await server.call('GET', '/v1/apps')).json()) as { items: unknown[] };
    expect(items).toHaveLength(1);
    await context.close();
  });

  test('the workspace file: mistakes at their lines, what would change, apply', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'admin', adminPassword, '/workspace');
    const editor = page.getByRole('textbox');
    await editor.fill(
      'renkei: 1\ngroups:\n  - { id: it, name: 情報システム部 }\nusers:\n  - id: sasaki\n    name: 佐々木光\n    colour: blue\n',
    );
    await page.getByRole('button', { name: text.check }).click();
    const fault = page.getByRole('alert').getByText(text.line);
    expect(await fault.textContent()).toMatch(/7.*colour/);
    await editor.fill('renkei: 1\ngroups: [\n');
    await page.getByRole('button', { name: text.check }).click();
    await page.getByRole('alert').getByText(text.line).first().waitFor();

    await editor.fill('renkei: 1\ngroups:\n  - { id: it, name: 情報システム部 }\n');
    await page.getByRole('button', { name: text.check }).click();
    await page.getByRole('listitem').getByText(/it/).first().waitFor();
    await expectAccessible(page);
    await picture(page, `workspace-${locale.slice(0, 2)}`);
    await page.getByRole('button', { name: text.apply }).click();
    await page.getByText(text.applied).waitFor();
    const { items } = (await (await server.call('GET', '/v1/groups')).json()) as { items: object[] };
    expect(items).toEqual([expect.objectContaining({ id: 'it', name: '情報システム部' })]);
    await expect.poll(() => editor.inputValue()).toContain('情報システム部');
    expect(complaints).toEqual([]);
    await context.close();
  });
});
