import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** RENKEI_TEST_BROWSER, else a Chromium on the PATH. */
const executable =
  process.env.RENKEI_TEST_BROWSER ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));

export const noBrowser = executable === undefined;
if (noBrowser) {
  console.warn('Not run: browser tests (no Chromium on the PATH; RENKEI_TEST_BROWSER may name one)');
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable!,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export type Visit = {
  page: Page;
  context: BrowserContext;
  /** What the page did against its Content-Security-Policy, and scripts that failed. */
  complaints: string[];
};

/** A fresh visitor whose browser prefers this language. */
export async function visit(
  browser: Browser,
  url: string,
  options: { locale: 'ja-JP' | 'en-US'; phone?: boolean; dark?: boolean },
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: url,
    locale: options.locale,
    timezoneId: 'Asia/Tokyo',
    reducedMotion: 'reduce',
    colorScheme: options.dark ? 'dark' : 'light',
    viewport: options.phone ? { width: 390, height: 780 } : { width: 1200, height: 760 },
    acceptDownloads: true,
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
  });
  return { page, context, complaints };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails on accessibility problems that axe calls serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe); // by the debugger, which the page's policy does not bind
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  expect(serious).toEqual([]);
}

const pictures = fileURLToPath(new URL('../../docs/console/', import.meta.url));

/** A picture of the page for docs/console, when RENKEI_SCREENSHOTS is set. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.RENKEI_SCREENSHOTS) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), scale: 'css' });
}

/** Signs in by the form and waits for the page that follows. */
export async function signIn(page: Page, username: string, password: string, to = '/'): Promise<void> {
  await page.goto(to);
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('#content').waitFor();
}
