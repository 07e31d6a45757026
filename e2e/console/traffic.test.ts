import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
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
    none: /条件に合う要求は/,
    traffic: '通信履歴',
    dialect: '経路',
    path: 'パスの一部',
    search: '検索',
    copy: 'コピー',
  },
  'en-US': {
    none: /No request matches/,
    traffic: 'Traffic',
    dialect: 'Over',
    path: 'A part of the path',
    search: 'Search',
    copy: 'Copy',
  },
};
const attack = `<img src=x onerror="window.hacked=1">`;

describe.skipIf(noBrowser)('traffic', () => {
  let server: RunningServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startRenkei({
      users: [
        { id: 'maeda', name: '前田隆', password: 'pass-maeda-1', accessKeys: ['key-maeda-1'] },
        { id: 'sasaki', name: '佐々木光', password: 'pass-sasaki-1' },
      ],
      apps: [{ id: 59, name: '備品アプリ', fields: [{ id: 101, name: '備品名', type: 'text' }] }],
    });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const insert = (name: string, app = '59', mark = '') =>
    fetch(`${server.url}/cgi-bin/dneo/appsr.cgi?from=${encodeURIComponent(attack)}&mark=${mark}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-desknets-auth': 'key-maeda-1',
        'x-note': "it's",
      },
      body: String(new URLSearchParams({ action: 'insert_data', app_id: app, '{{備品名}}': name })),
    });

  test.each(['ja-JP', 'en-US'] as const)(
    '%s: a refused call is seen as it happens, understood, and sent again from a shell',
    async (locale) => {
      const text = texts[locale];
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await signIn(page, 'admin', adminPassword);
      await page.getByRole('link', { name: text.traffic, exact: true }).click();
      await page.getByRole('heading', { name: text.traffic }).waitFor();
      await page.getByLabel(text.dialect).selectOption('appsuite');
      await page.getByLabel(text.path).fill('appsr');
      await page.getByRole('button', { name: text.search }).press('Enter');
      await page.waitForURL(/dialect=appsuite/);
      const call = page.getByRole('link', { name: new RegExp(`POST .*mark=${locale}`) });
      await page.getByRole('region').or(page.getByText(text.none)).waitFor(); // the list is there, without the call
      expect(await call.count()).toBe(0);

      await insert(`${attack} ${locale}`, '59', locale);
      await call.waitFor();
      await page.getByRole('cell', { name: 'maeda' }).first().waitFor();
      await expectAccessible(page);
      await picture(page, `traffic-${locale.slice(0, 2)}`);

      await call.click();
      await page.locator('#as-curl').waitFor();
      const whole = await page.locator('#content').textContent();
      expect(whole).toContain('action=insert_data');
      expect(whole).not.toContain('key-maeda-1');
      await expectAccessible(page);
      await picture(page, `request-${locale.slice(0, 2)}`);

      await page.getByRole('button', { name: text.copy }).press('Enter');
      await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('curl -X');
      const command = await page.evaluate(() => navigator.clipboard.readText());
      expect(command).not.toContain('key-maeda-1');
      expect(command).toContain('$ACCESS_KEY');
      const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -s`], {
        env: { ...process.env, ACCESS_KEY: 'key-maeda-1' },
        timeout: 10_000,
      });
      expect(JSON.parse(stdout).status).toBe('ok');

      expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  test('XSS: bodies of JSON with markup are text; secrets of signing in are not there', async () => {
    await server.call('POST', '/v1/apps/59/records', { fields: { 備品名: attack } });
    const { page, context, complaints } = await visit(browser, server.url, { locale: 'en-US' });
    await signIn(page, 'admin', adminPassword, '/traffic?path=/apps/59/records');
    await page.getByRole('link', { name: /POST/ }).first().click();
    await page.getByText('<img src=x').first().waitFor();
    await page.goto('/traffic?path=/v1/sessions');
    await page.getByRole('link', { name: /POST/ }).first().click();
    await page.getByText('"username": "admin"').waitFor();
    const whole = await page.locator('#content').textContent();
    expect(whole).not.toContain(adminPassword);
    expect(whole).not.toMatch(/eyJ/);
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test.each(['ja-JP', 'en-US'] as const)('%s: home shows what came in over which dialect', async (locale) => {
    await insert('x', '999');
    await server.call('GET', '/v1/apps/404');
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'admin', adminPassword);
    const chart = page.getByRole('img', { name: locale === 'ja-JP' ? /要求 \d+ 件/ : /\d+ requests/ });
    await chart.waitFor();
    const table = page.getByRole('table', { name: texts[locale].traffic });
    await table.getByRole('link', { name: 'AppSuite' }).waitFor();
    await expectAccessible(page);
    await picture(page, `home-traffic-${locale.slice(0, 2)}`);
    await table
      .getByRole('link', { name: locale === 'ja-JP' ? /エラー \d+ 件/ : /\d+ errors/ })
      .first()
      .focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/status=errors/);
    await page
      .getByRole('link', { name: /apps\/404/ })
      .first()
      .waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('who is no administrator sees no traffic', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'en-US' });
    await signIn(page, 'sasaki', 'pass-sasaki-1');
    await page.getByText('備品アプリ').first().waitFor();
    expect(await page.getByRole('link', { name: 'Traffic' }).count()).toBe(0);
    await page.goto('/traffic');
    await page.getByRole('alert').getByText('Only administrators').waitFor();
    await context.close();
  });
});
