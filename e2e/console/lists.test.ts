import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  adminPassword,
  type RunningServer,
  startRenkei,
} from '../../packages/server/test/console/start-server.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';

const workspace = {
  groups: [{ id: 'it', number: 3, name: '情報システム部' }],
  users: [{ id: 'sasaki', name: '佐々木光', password: 'pass-sasaki-1', groups: ['it'], roles: ['designer'] }],
  apps: [{ id: 59, name: '備品アプリ', fields: [{ id: 101, name: '備品名', type: 'text' }] }],
};

const texts = {
  'ja-JP': {
    search: '検索',
    user: 'ユーザー',
    csv: 'CSV でダウンロード',
    part: 'IDまたは名前の一部',
    groups: '組織',
    keyName: 'キーの名前',
    make: 'キーを作成',
    revoke: '無効にする',
    none: 'キーはありません。',
  },
  'en-US': {
    search: 'Search',
    user: 'User',
    csv: 'Download as CSV',
    part: 'A part of the id or name',
    groups: 'Groups',
    keyName: 'Name of the key',
    make: 'Make a key',
    revoke: 'Revoke',
    none: 'You have no keys.',
  },
};

describe.skipIf(noBrowser).each(['ja-JP', 'en-US'] as const)('%s', (locale) => {
  const text = texts[locale];
  let server: RunningServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startRenkei(workspace);
    await server.call('POST', '/v1/apps/59/records', { fields: { 備品名: 'モニター' } });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('the access log is filtered and downloaded', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'sasaki', 'pass-sasaki-1');
    await context.clearCookies();
    await signIn(page, 'admin', adminPassword, '/access-log');
    await page.getByRole('cell', { name: 'sasaki' }).first().waitFor();
    await expectAccessible(page);
    await picture(page, `access-log-${locale.slice(0, 2)}`);
    await page.getByLabel(text.user, { exact: true }).fill('sasaki');
    await page.getByRole('button', { name: text.search, exact: true }).click();
    await expect.poll(() => page.getByRole('cell', { name: 'admin', exact: true }).count()).toBe(0);
    await page.getByRole('cell', { name: 'login', exact: true }).first().waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: text.csv }).click();
    const csv = readFileSync(await (await download).path(), 'utf8');
    expect(csv).toContain('sasaki');
    expect(csv).not.toContain('admin');
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('users and groups are found', async () => {
    const { page, context } = await visit(browser, server.url, { locale });
    await signIn(page, 'admin', adminPassword, '/people');
    await page.getByLabel(text.part).fill('佐々木');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByRole('cell', { name: '佐々木光' }).waitFor();
    await page.getByText('designer').waitFor();
    await expectAccessible(page);
    await picture(page, `people-${locale.slice(0, 2)}`);
    await page.getByLabel(text.part).fill('');
    await page.getByRole('tab', { name: text.groups }).click();
    await page.getByRole('cell', { name: '情報システム部' }).waitFor();
    await context.close();
  });

  test('a key is made, shown once, works, and is revoked after a question', async () => {
    const { page, context } = await visit(browser, server.url, { locale });
    await signIn(page, 'sasaki', 'pass-sasaki-1', '/account');
    await page.getByLabel(text.keyName).fill('同期プログラム');
    await page.getByRole('button', { name: text.make }).click();
    const key = await page.getByRole('status').locator('pre').textContent();
    const me = () => fetch(`${server.url}/v1/me`, { headers: { authorization: `Bearer ${key}` } });
    expect(await (await me()).json()).toMatchObject({ id: 'sasaki' });
    await expectAccessible(page);
    await page.reload();
    await page.getByRole('cell', { name: '同期プログラム', exact: true }).waitFor();
    expect(await page.getByText(key!).count()).toBe(0);
    await page.getByRole('button', { name: /同期プログラム/ }).click();
    await page.getByRole('dialog').getByText('同期プログラム').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: text.revoke }).click();
    await page.getByText(text.none).waitFor();
    expect((await me()).status).toBe(401);
    await context.close();
  });
});
