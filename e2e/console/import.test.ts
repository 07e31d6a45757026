import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeWindows31j } from '../../packages/server/src/platform/text/windows31j.ts';
import {
  adminPassword,
  type RunningServer,
  startRenkei,
} from '../../packages/server/test/console/start-server.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';

const app = (id: number) => ({
  id,
  name: `備品${id}`,
  fields: [
    { id: 101, name: '備品名', type: 'text', required: true },
    { id: 102, name: '出庫数', type: 'number' },
    { id: 103, name: '在庫数', type: 'formula', expression: '100 - 出庫数', result: 'number' },
    { id: 104, name: 'コード', alias: 'code', type: 'text' },
  ],
});

const texts = {
  'ja-JP': {
    open: 'CSV 取り込み',
    button: '取り込む',
    target: (heading: string) => `列「${heading}」の取り込み先`,
    key: '更新対象を探す項目',
    done: '登録 1 件、更新 1 件、エラー 1 件',
    errors: 'エラーをすべて CSV でダウンロード',
    stop: '中止',
    stopped: /中止しました。取り込み済み：登録 (\d+) 件/,
    progress: /登録 [1-9]\d* 件/,
    close: '閉じる',
    csv: 'CSV でダウンロード',
  },
  'en-US': {
    open: 'Import CSV',
    button: 'Import',
    target: (heading: string) => `Field for the column ${heading}`,
    key: 'Field that finds records to change',
    done: 'Added 1, changed 1, faulty 1',
    errors: 'Download all errors as CSV',
    stop: 'Stop',
    stopped: /Stopped\. Kept: added (\d+)/,
    progress: /added [1-9]\d*/,
    close: 'Close',
    csv: 'Download as CSV',
  },
};

describe.skipIf(noBrowser).each([
  ['ja-JP', 81],
  ['en-US', 82],
] as const)('%s: CSV import', (locale, id) => {
  const text = texts[locale];
  let server: RunningServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startRenkei({ apps: [app(id)] });
    browser = await launchBrowser();
    await server.call('POST', `/v1/apps/${id}/records`, { fields: { 備品名: '古い', コード: 'c-1' } });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function choose(page: Page, content: Buffer) {
    await signIn(page, 'admin', adminPassword, `/apps/${id}`);
    await page.getByRole('button', { name: text.open }).click();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('dialog').locator('button.mantine-FileInput-input').click();
    await (await chooser).setFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: content });
  }

  test('a Shift_JIS file: columns are mapped, a key changes records, errors are downloaded; XSS: cells are text', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    const lines = [
      '品目,数,code,在庫数,余分',
      '"<img src=x onerror=""window.hacked=1"">, 髙橋",3,c-1,9,x',
      'ハブ,4,c-2,9,x',
      'ケーブル,=多い,c-3,9,x',
    ];
    await choose(
      page,
      encodeWindows31j(`${lines.join('\r\n')}\r\n`, () => '?'),
    );
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('cell', { name: '<img src=x onerror="window.hacked=1">, 髙橋' }).waitFor();
    // what is known by name or alias is found, what nobody may write is left out
    expect(await dialog.getByLabel(text.target('code')).inputValue()).toBe('コード');
    expect(await dialog.getByLabel(text.target('在庫数')).inputValue()).toBe('');
    await dialog.getByLabel(text.target('品目')).selectOption('備品名');
    await dialog.getByLabel(text.target('数')).selectOption('出庫数');
    await dialog.getByLabel(text.key).selectOption('コード');
    await expectAccessible(page);
    await picture(page, `import-${locale.slice(0, 2)}`);
    await dialog.getByRole('button', { name: text.button, exact: true }).click();
    await dialog.getByText(text.done).waitFor();
    await expectAccessible(page);
    const download = page.waitForEvent('download');
    await dialog.getByRole('button', { name: text.errors }).click();
    const report = readFileSync(await (await download).path(), 'utf8').split('\r\n');
    expect(report[1]).toMatch(/^"4","出庫数",".+"$/);
    await dialog.getByRole('button', { name: text.close }).first().click();
    await page.getByRole('gridcell', { name: /髙橋/ }).waitFor();
    const exported = page.waitForEvent('download');
    await page.getByRole('button', { name: text.csv }).click();
    const csv = readFileSync(await (await exported).path(), 'utf8');
    expect(csv).toContain('ハブ,4,96,c-2');
    expect(csv).not.toContain('古い');
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('a long import tells how far the server is, and stops when told to', async () => {
    const { page, context } = await visit(browser, server.url, { locale });
    const count = 150_000;
    const lines = Array.from({ length: count }, (_, n) => `長い備品の名前 ${n},${n}`);
    await choose(page, Buffer.from(`備品名,出庫数\n${lines.join('\n')}\n`));
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: text.button, exact: true }).click();
    await dialog.getByRole('status').getByText(text.progress).waitFor();
    await expectAccessible(page);
    await picture(page, `import-running-${locale.slice(0, 2)}`);
    await dialog.getByRole('button', { name: text.stop, exact: true }).click();
    const outcome = dialog.getByRole('status').getByText(text.stopped);
    const kept = Number(text.stopped.exec((await outcome.textContent()) ?? '')?.[1]);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(count);
    await context.close();
  });
});
