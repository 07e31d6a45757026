import type { Browser } from 'playwright-core';
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
  'ja-JP': { total: '売上 合計', none: /まだ数値がありません/ },
  'en-US': { total: 'Total of 売上', none: /no figures here yet/ },
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
});
