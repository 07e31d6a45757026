import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  adminPassword,
  type RunningServer,
  startRenkei,
} from '../../packages/server/test/console/start-server.ts';
import { bihinFields } from '../../packages/server/test/support/bihin.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';

const workspace = {
  users: [{ id: 'sasaki', name: '佐々木光', password: 'pass-sasaki-1' }],
  apps: [
    {
      id: 59,
      alias: 'bihin',
      name: '備品アプリ',
      fields: [...bihinFields, { id: 108, name: '資料', type: 'files' }],
    },
    {
      id: 69,
      alias: 'markup',
      name: 'タグ',
      fields: [
        { id: 101, name: '名前', type: 'text' },
        { id: 102, name: '詳細', type: 'richText' },
      ],
    },
    { id: 70, alias: 'big', name: '大きいアプリ', fields: [{ id: 101, name: '名前', type: 'text' }] },
  ],
};

const texts = {
  'ja-JP': {
    add: '新規データ',
    save: '保存',
    saved: '保存しました。',
    search: '検索',
    any: '全項目から検索',
    history: '履歴',
    values: '内容',
    restore: /変更前の値に戻す/,
    removeFile: 'ファイル 説明書.txt を外す',
    delete: '削除',
    upload: 'ファイルを追加',
    title: /データ \d+/,
    none: /該当するデータがありません/,
  },
  'en-US': {
    add: 'New record',
    save: 'Save',
    saved: 'Saved.',
    search: 'Search',
    any: 'Text in any field',
    history: 'History',
    values: 'Values',
    restore: /Put back the values/,
    removeFile: 'Remove the file 説明書.txt',
    delete: 'Delete',
    upload: 'Add files',
    title: /Record \d+/,
    none: /No record matches/,
  },
};

describe.skipIf(noBrowser)('apps', () => {
  let server: RunningServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startRenkei(workspace);
    browser = await launchBrowser();
    const names = ['モニター', 'キーボード', '付箋', 'マウス'];
    await insert('bihin', [
      ...names.map((備品名, index) => ({
        備品名,
        出庫数: index * 10,
        区分: '周辺機器',
        納品日: '2026-04-01',
      })),
    ]);
    await insert('markup', [
      {
        名前: '<script>window.hacked=1</script>',
        詳細: '<p onclick="window.hacked=2">こんにちは <b>太字</b></p>',
      },
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function insert(app: string, rows: object[]) {
    const records = rows.map((fields) => ({ fields }));
    const response = await server.call('POST', `/v1/apps/${app}/records:batch?automations=off`, { records });
    if (!response.ok) throw new Error(await response.text());
  }

  /** The text of a column in every row in sight, from the top. */
  function column(page: Page, number: number): Promise<string[]> {
    return page.locator(`.grid-body [aria-colindex="${number}"]`).allTextContents();
  }

  test.each(['ja-JP', 'en-US'] as const)(
    '%s: add a record with a file, change it, read its history, delete it',
    async (locale) => {
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      const text = texts[locale];
      await signIn(page, 'sasaki', 'pass-sasaki-1', '/apps/bihin');
      await page.getByRole('link', { name: text.add }).click();

      await page.getByRole('button', { name: text.save }).click();
      await page.getByRole('alert').waitFor(); // the name is required

      await page.getByLabel('備品名').fill('プロジェクター');
      await page.getByLabel('出庫数').fill('7');
      await page.getByLabel('区分').selectOption('消耗品');
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: text.upload }).click();
      await (await chooser).setFiles({
        name: '説明書.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('使い方'),
      });
      await page.getByRole('link', { name: '説明書.txt' }).waitFor();
      await page.getByRole('button', { name: text.save }).click();
      await page.getByRole('heading', { name: text.title }).waitFor();
      await page.getByText('93', { exact: true }).waitFor(); // the formula

      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: '説明書.txt' }).click();
      expect((await download).suggestedFilename()).toBe('説明書.txt');

      await page.getByLabel('出庫数').fill('8');
      await page.getByRole('button', { name: text.save }).click();
      await page.getByText(text.saved).first().waitFor();
      await page.getByText('92', { exact: true }).waitFor();
      await expectAccessible(page);
      await picture(page, `record-${locale.slice(0, 2)}`);

      await page.getByRole('tab', { name: text.history }).click();
      await page.getByText('出庫数: 7 → 8').waitFor();
      await expectAccessible(page);
      await picture(page, `history-${locale.slice(0, 2)}`);
      await page.getByRole('button', { name: text.restore }).first().click();
      await page.getByText('出庫数: 8 → 7').waitFor();

      await page.getByRole('tab', { name: text.values }).click();
      await page.getByRole('button', { name: text.removeFile }).click();
      await page.getByRole('button', { name: text.save }).click();
      await page.getByText('93', { exact: true }).waitFor();
      await expect.poll(() => page.getByRole('link', { name: '説明書.txt' }).count()).toBe(0);
      await page.getByRole('button', { name: text.delete }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('備品アプリ').waitFor();
      await expectAccessible(page);
      await dialog.getByRole('button', { name: text.delete }).click();
      await page.getByRole('grid').waitFor();
      await page.getByRole('searchbox', { name: text.any }).fill('プロジェクター');
      await page.keyboard.press('Enter');
      await page.getByText(text.none).waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  test('search, conditions and order are the server’s, and live in the address', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'ja-JP' });
    await signIn(page, 'sasaki', 'pass-sasaki-1', '/apps/bihin');
    await page.getByRole('button', { name: '条件を追加' }).click();
    await page.getByLabel('項目', { exact: true }).selectOption('出庫数');
    await page.getByLabel('比較').selectOption('>=');
    await page.getByLabel('値').fill('10');
    await page.getByRole('button', { name: '検索', exact: true }).click();
    await page.getByRole('button', { name: '出庫数' }).click();
    await page.getByRole('button', { name: '出庫数' }).click();
    await expect.poll(() => column(page, 2)).toEqual(['マウス', '付箋', 'キーボード']);
    expect(await page.getByRole('columnheader', { name: /出庫数/ }).getAttribute('aria-sort')).toBe(
      'descending',
    );
    await page.reload();
    await expect.poll(() => column(page, 2)).toEqual(['マウス', '付箋', 'キーボード']);
    await expectAccessible(page);
    await picture(page, 'grid-ja');
    await context.close();
  });

  test('a value is changed in its cell by keyboard alone; a stale change is refused and the newer value shown', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'en-US' });
    await signIn(page, 'admin', adminPassword, '/apps/bihin');
    await page.locator('[data-cell="0:0"]').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('55');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('[data-cell="0:3"]').textContent()).toBe('45');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-cell'))).toBe('0:2');

    await page.keyboard.press('Enter');
    await page.keyboard.type('99');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('[data-cell="0:2"]').textContent()).toBe('55');

    await page.keyboard.press('Enter');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('56');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('[data-cell="0:2"]').textContent()).toBe('56');
    await page.keyboard.press('ControlOrMeta+z');
    await expect.poll(() => page.locator('[data-cell="0:2"]').textContent()).toBe('55');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => page.locator('[data-cell="0:2"]').textContent()).toBe('0');
    expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
    await page.locator('[data-cell="0:2"]').focus();

    await page.keyboard.press('F2');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('1');
    await server.call('PATCH', '/v1/apps/bihin/records/1', { fields: { 出庫数: 60 } });
    await expect.poll(() => page.locator('[data-cell="0:3"]').textContent()).toBe('40'); // told by the server
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Somebody else saved a change first').waitFor();
    await expect.poll(() => page.locator('[data-cell="0:2"]').textContent()).toBe('60');
    await context.close();
  });

  test('a link of the product opens the record, before and after signing in', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'ja-JP' });
    await signIn(
      page,
      'admin',
      adminPassword,
      '/cgi-bin/dneo/appsuite.cgi?cmd=cdbbrowse&app_id=59#view_id=4&id=2',
    );
    await page.getByRole('heading', { name: 'データ 2' }).waitFor();
    expect(page.url()).toBe(`${server.url}/apps/59/records/2`);
    await page.goto('/cgi-bin/dneo/appsuite.exe?cmd=cdbbrowse&app_id=59#view_id=4&id=3');
    await page.getByRole('heading', { name: 'データ 3' }).waitFor();
    await page.goto('/cgi-bin/dneo/appsuite.exe?cmd=cdbmsetappmanage&app_id=59');
    await page.getByRole('tab', { name: '自動処理', selected: true }).waitFor();
    await context.close();
  });

  test('XSS: markup in texts is text, rich text runs nothing', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale: 'en-US' });
    await signIn(page, 'admin', adminPassword, '/apps/markup?q=hacked');
    await page.getByText('<script>window.hacked=1</script>').waitFor();
    await page.getByRole('gridcell').getByRole('link').first().click();
    await page.locator('.rich-text b', { hasText: '太字' }).waitFor();
    await page.locator('.rich-text p').click();
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    // reading the markup is no breach, but Chromium tells that it would not run the handler in it
    expect(complaints.filter((text) => !/Executing inline event handler/.test(text))).toEqual([]);
    await context.close();
  });

  test('a grid over 100,000 records scrolls without loading them all', { timeout: 120_000 }, async () => {
    for (let from = 0; from < 100_000; from += 1000) {
      await insert(
        'big',
        Array.from({ length: 1000 }, (_, at) => ({ 名前: `名前 ${from + at}` })),
      );
    }
    const { page, context } = await visit(browser, server.url, { locale: 'en-US' });
    let pages = 0;
    page.on('request', (request) => {
      if (request.url().includes('/records?')) pages += 1;
    });
    await signIn(page, 'admin', adminPassword, '/apps/big');
    await page.getByText('名前 0', { exact: true }).waitFor();
    expect(pages).toBeLessThanOrEqual(2); // one may be asked for ahead
    const grid = page.getByRole('grid');
    expect(await grid.getAttribute('aria-rowcount')).toBe('-1');
    for (let turn = 0; turn < 5; turn += 1) {
      await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await page.waitForTimeout(400);
    }
    expect(pages).toBeGreaterThanOrEqual(5);
    expect(pages).toBeLessThanOrEqual(8);
    expect(await page.locator('.grid-body [role=row]').count()).toBeLessThan(80);
    await page.getByRole('searchbox').fill('名前 99999');
    await page.keyboard.press('Enter');
    await expect.poll(() => column(page, 2)).toEqual(['名前 99999']);
    await context.close();
  });
});
