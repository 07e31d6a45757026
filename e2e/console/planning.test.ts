import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  adminPassword,
  type RunningServer,
  startRenkei,
} from '../../packages/server/test/console/start-server.ts';
import { ask, basic, year } from '../../packages/server/test/fusion-place/server.ts';
import { sample } from '../../packages/server/test/planning/sample.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';

const texts = {
  'ja-JP': {
    total: '売上 合計',
    none: /まだ数値がありません/,
    enter: '数値を入力する',
    pasted: '4 セルに貼り付けました。2 セルは範囲外',
    refused: /拒否 1 件/,
    addRow: '行を追加',
    imports: 'インポートの記録',
    show: '2 件を表示',
    editions: 'エディション',
    publish: '公開: WORKSPACE',
    ask: /SAMPLE1 の公開中の数値を WORKSPACE の数値に置き換え/,
    confirm: '公開',
    published: 'WORKSPACE を公開しました。',
    key: '新しいエディションのキー',
    derive: 'エディションを作成',
    discard: '破棄',
  },
  'en-US': {
    total: 'Total of 売上',
    none: /no figures here yet/,
    enter: 'Enter figures',
    pasted: 'Pasted into 4 cells; 2 did not fit',
    refused: /Refused: 1/,
    addRow: 'Add the row',
    imports: 'Import log',
    show: 'Show 2',
    editions: 'Editions',
    publish: 'Publish: WORKSPACE',
    ask: /public figures of SAMPLE1 are replaced by those of WORKSPACE/,
    confirm: 'Publish',
    published: 'WORKSPACE was published.',
    key: 'Key of a new edition',
    derive: 'Derive an edition',
    discard: 'Discard',
  },
};

describe.skipIf(noBrowser)('planning', () => {
  let server: RunningServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startRenkei({ planning: [sample] }, { RENKEI_FUSION_PLACE_AUTH: 'basic' });
    const rows = [1, 2, 3].flatMap((month) => [
      `FY2015,M${month},S01,M01,REV,${month * 1000}`,
      `FY2015,M${month},S02,M01,REV,${month * 500}.25`,
      `FY2015,M${month},S01,M01,COST,${month * 300}`,
    ]);
    const address = { url: `${server.url}/fusionplace/api/1.2/requests` };
    const { code } = await ask(address, 'IMPORT_VALUES', year('FY2015'), rows.join('\n'), {
      authorization: basic('admin', adminPassword),
    });
    expect(code).toBe('SUCCESSFUL');
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test.each(['ja-JP', 'en-US'] as const)('%s: a form with its totals and a chart', async (locale) => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'admin', adminPassword, '/planning');
    await page.locator('#content select').nth(2).selectOption('FY2015');
    const total = page.getByRole('row', { name: texts[locale].total });
    await total.waitFor();
    expect(await total.getByRole('cell').allTextContents()).toEqual(['1,500.25', '3,000.25', '4,500.25']);
    await page.getByRole('img').locator('.recharts-bar-rectangle').first().waitFor();
    await expectAccessible(page);
    await picture(page, `planning-${locale.slice(0, 2)}`);
    await page.locator('#content select').nth(2).selectOption('FY2016');
    await page.getByText(texts[locale].none).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  /** What is pasted from a spreadsheet, into the cell that has the focus. */
  function paste(page: Page, text: string) {
    return page.evaluate((given) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', given);
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      document.activeElement?.dispatchEvent(event);
    }, text);
  }

  async function stored(label: string, edition = 'WORKSPACE'): Promise<(string | null)[]> {
    const query = `pov=${encodeURIComponent(`#FY=${label}`)}&edition=${edition}&entry=true`;
    const path = `/v1/planning/applications/SAMPLE1/forms/IMPORT_ACT1/table?${query}`;
    const { rows } = (await (await server.call('GET', path)).json()) as {
      rows: { members: { label: string }[]; cells: (string | null)[] }[];
    };
    return rows.find(({ members }) => members[2]!.label === 'REV')?.cells ?? [];
  }

  test.each(['ja-JP', 'en-US'] as const)(
    '%s: figures are entered by keyboard and pasted; what is refused says why',
    async (locale) => {
      const text = texts[locale];
      await server.call('PATCH', '/v1/planning/applications/SAMPLE1/forms/IMPORT_ACT1/cells', {
        pov: { '#FY': 'FY2016' },
        cells: Array.from({ length: 12 }, (_, month) => ({
          members: { '#PERIOD': `M${month + 1}`, TENPO: 'S01', SHOHIN: 'M01', '#ACCOUNT': 'REV' },
          value: null,
        })),
      });
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      await signIn(page, 'admin', adminPassword, '/planning?%23FY=FY2016');
      await page.getByLabel(text.enter).check();
      await page
        .getByRole('group')
        .filter({ hasText: text.addRow })
        .locator('select')
        .nth(2)
        .selectOption('REV');
      await page.getByRole('button', { name: text.addRow }).click();
      const cell = (column: number) => page.locator(`[data-cell="0:${column}"]`);
      await expect.poll(() => cell(0).evaluate((one) => one === document.activeElement)).toBe(true);
      await page.keyboard.type('1200');
      await page.keyboard.press('Tab');
      await expect.poll(() => cell(0).textContent()).toBe('1,200');
      await page.keyboard.type('50.5');
      await page.keyboard.press('Enter');
      await expect.poll(() => stored('FY2016')).toEqual(['1200', '50.5', ...Array(10).fill(null)]);

      await cell(8).click();
      await paste(page, '1,000\t△20\t（3）\t4\t5\t6\r\n');
      await page.getByText(text.pasted).waitFor();
      await expect.poll(async () => (await stored('FY2016')).slice(8)).toEqual(['1000', '-20', '-3', '4']);

      await cell(2).click();
      await page.keyboard.type('<b>many</b>');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').getByText(text.refused).waitFor();
      expect(await cell(2).getAttribute('aria-invalid')).toBe('true');
      await expectAccessible(page);
      await picture(page, `entry-${locale.slice(0, 2)}`);
      await cell(2).click();
      await page.keyboard.type('7');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.getByText(text.refused).count()).toBe(0);
      await cell(0).click();
      await page.keyboard.press('Delete');
      await expect.poll(async () => (await stored('FY2016'))[0]).toBe(null);
      await page.getByRole('row', { name: text.total }).getByText('1,000', { exact: true }).waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  test.each(['ja-JP', 'en-US'] as const)(
    '%s: the import log with its refusals, and editions that are published after a question',
    async (locale) => {
      const text = texts[locale];
      await ask(
        { url: `${server.url}/fusionplace/api/1.2/requests` },
        'IMPORT_VALUES',
        year('FY2015'),
        `FY2015,M1,S01,M01,REV,${locale === 'ja-JP' ? 11 : 12}\nFY2015,M1,XX,M01,REV,1\nFY2015,M1,S01,M01,REV,<script>1</script>`,
        { authorization: basic('admin', adminPassword) },
      );
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      await signIn(page, 'admin', adminPassword, '/planning');
      await page.getByRole('tab', { name: text.imports }).click();
      await page.getByRole('button', { name: text.show }).first().click();
      await page.getByRole('dialog').getByText('<script>1</script>', { exact: true }).waitFor();
      await expectAccessible(page);
      await picture(page, `import-log-${locale.slice(0, 2)}`);
      await page.keyboard.press('Escape');

      await page.getByRole('tab', { name: text.editions }).click();
      const before = await stored('FY2015', 'PUBLIC');
      await page.getByRole('button', { name: text.publish }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(text.ask).waitFor();
      await expectAccessible(page);
      expect(await stored('FY2015', 'PUBLIC')).toEqual(before);
      await dialog.getByRole('button', { name: text.confirm, exact: true }).click();
      await page.getByText(text.published).waitFor();
      expect(await stored('FY2015', 'PUBLIC')).toEqual(await stored('FY2015'));
      await page.getByLabel(text.key).fill('TRIAL');
      await page.getByRole('button', { name: text.derive }).click();
      await page.getByRole('button', { name: `${text.discard}: TRIAL` }).waitFor();
      await picture(page, `editions-${locale.slice(0, 2)}`);
      await page.getByRole('button', { name: `${text.discard}: TRIAL` }).click();
      await dialog.getByRole('button', { name: text.discard, exact: true }).click();
      await expect.poll(() => page.getByRole('button', { name: `${text.discard}: TRIAL` }).count()).toBe(0);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );
});
