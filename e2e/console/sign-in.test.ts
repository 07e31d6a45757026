import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  adminPassword,
  type RunningServer,
  startRenkei,
} from '../../packages/server/test/console/start-server.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';

const workspace = {
  users: [{ id: 'sasaki', name: '佐々木光', password: 'pass-sasaki-1' }],
  apps: [
    { id: 59, alias: 'bihin', name: '備品アプリ', fields: [{ id: 101, name: '備品名', type: 'text' }] },
    { id: 60, name: '<img src=x onerror="window.hacked=1">', fields: [] },
  ],
};

const texts = {
  'ja-JP': { title: 'Renkei にログイン', wrong: /パスワードが/, apps: 'アプリ', out: 'ログアウト' },
  'en-US': { title: 'Sign in to Renkei', wrong: /user name or the password/, apps: 'Apps', out: 'Sign out' },
};

describe.skipIf(noBrowser)('signing in', () => {
  let server: RunningServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startRenkei(workspace);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test.each(['ja-JP', 'en-US'] as const)('%s: sign in, see the apps, sign out', async (locale) => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    const text = texts[locale];
    await page.goto('/');
    await page.getByRole('heading', { name: text.title }).waitFor();
    await expectAccessible(page);
    await picture(page, `sign-in-${locale.slice(0, 2)}`);

    await page.locator('input[name=username]').fill('sasaki');
    await page.locator('input[name=password]').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText(text.wrong).waitFor();

    await page.locator('input[name=password]').fill('pass-sasaki-1');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: text.apps, exact: true }).waitFor();
    await page.getByText('備品アプリ').first().waitFor();
    await expectAccessible(page);

    expect(await page.evaluate(() => [document.cookie, sessionStorage.length])).toEqual(['', 0]);
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toMatch(/eyJ/);
    await page.getByRole('button', { name: /佐々木光/ }).click();
    await page.getByRole('menuitem', { name: text.out }).click();
    await page.getByRole('heading', { name: text.title }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('the language can be switched, and stays', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'ja-JP' });
    await signIn(page, 'admin', adminPassword);
    await page.getByLabel('言語').selectOption('en');
    await page.getByRole('heading', { name: 'Apps', exact: true }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Apps', exact: true }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en');
    await context.close();
  });

  test('XSS: a name with markup is text', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale: 'en-US' });
    await signIn(page, 'admin', adminPassword);
    await page.getByText('<img src=x onerror="window.hacked=1">').first().waitFor();
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('an expired access token is renewed without a word', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'en-US' });
    await signIn(page, 'admin', adminPassword);
    await page.getByText('備品アプリ').first().waitFor();
    await context.clearCookies({ name: 'renkei_access' });
    await page.reload();
    await page.getByText('備品アプリ').first().waitFor();
    const names = (await context.cookies(`${server.url}/v1/sessions`)).map(({ name }) => name);
    expect(names.sort()).toEqual(['renkei_access', 'renkei_refresh']);
    await context.close();
  });

  test.each([false, true])('readable on a phone and by keyboard (dark: %s)', async (dark) => {
    const { page, context } = await visit(browser, server.url, { locale: 'ja-JP', phone: true, dark });
    await signIn(page, 'sasaki', 'pass-sasaki-1');
    await page.getByText('備品アプリ').first().waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    await expectAccessible(page);
    if (dark) await picture(page, 'home-phone-dark');
    await page.getByRole('button', { name: 'メニュー' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'ホーム' }).waitFor();
    await context.close();
  });

  test('the first load of sign-in and home is under 300 kB of compressed JavaScript', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'en-US' });
    const scripts = new Map<string, Buffer>();
    page.on('response', async (response) => {
      if (response.url().endsWith('.js')) scripts.set(response.url(), await response.body());
    });
    await signIn(page, 'admin', adminPassword);
    await page.getByText('備品アプリ').first().waitFor();
    await page.waitForLoadState('networkidle');
    const { gzipSync } = await import('node:zlib');
    const sizes = [...scripts.values()].map((body) => gzipSync(body).length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(300_000);
    await context.close();
  });
});
