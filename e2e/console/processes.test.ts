import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startRenkei } from '../../packages/server/test/console/start-server.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';

const states = ['受付', '調査', '承認待ち', '完了'];
const workspace = {
  users: [
    { id: 'maeda', name: '前田隆', password: 'pass-maeda-1' },
    { id: 'sasaki', name: '佐々木光', password: 'pass-sasaki-1' },
  ],
  apps: [
    {
      id: 71,
      alias: 'incident',
      name: 'インシデント管理',
      process: {
        type: '01000001',
        idPattern: 'IC1--{yyMMdd}-{seq4}',
        states,
        transitions: { 受付: ['調査'], 調査: ['承認待ち'] },
        approval: {
          state: '承認待ち',
          approvers: ['user:maeda'],
          approved: '完了',
          rejected: '調査',
          mail: false,
        },
      },
      fields: [{ id: 101, name: '件名', alias: 'title', type: 'text', required: true }],
    },
  ],
};

const texts = {
  'ja-JP': { move: /の状態を変更/, approve: '承認', comment: 'コメント', list: '一覧', history: '履歴' },
  'en-US': {
    move: /to another state/,
    approve: 'Approve',
    comment: 'Comment',
    list: 'List',
    history: 'History',
  },
};

describe.skipIf(noBrowser)('processes', () => {
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

  test.each(['ja-JP', 'en-US'] as const)(
    '%s: an incident goes over the board and is approved',
    async (locale) => {
      const subject = `ディスク故障 ${locale}`;
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      const text = texts[locale];
      await server.call('POST', '/v1/apps/71/records', { fields: { 件名: subject } });
      await signIn(page, 'maeda', 'pass-maeda-1', '/processes');
      const column = (state: string) => page.getByRole('region', { name: state, exact: true });
      const card = (state: string) => column(state).locator('.mantine-Card-root', { hasText: subject });
      await card('受付').waitFor();
      await expectAccessible(page);

      await card('受付').getByRole('button', { name: text.move }).click();
      expect(await page.getByRole('menuitem').allTextContents()).toEqual(['調査']);
      await page.getByRole('menuitem', { name: '調査' }).click();
      await card('調査').waitFor();
      await card('調査').dragTo(column('承認待ち'));
      await card('承認待ち').waitFor();
      await picture(page, `board-${locale.slice(0, 2)}`);

      await card('承認待ち').getByRole('button', { name: text.approve }).click();
      await page.getByLabel(text.comment).fill('確認しました');
      await expectAccessible(page);
      await page.getByRole('dialog').getByRole('button', { name: text.approve }).click();
      await card('完了').waitFor();

      await page.getByRole('tab', { name: text.list }).click();
      await page.getByRole('row', { name: subject }).getByText('完了').waitFor();
      await page.getByRole('row', { name: subject }).getByRole('link').click();
      await page.getByRole('tab', { name: text.history }).click();
      await page.getByText(/承認待ち → 完了/).waitFor();
      await page.getByText('確認しました').waitFor();
      await expectAccessible(page);
      await picture(page, `process-${locale.slice(0, 2)}`);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  test('the page of a process: steps by keyboard, a rejection with its reason, attachments', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale: 'en-US' });
    const made = await server.call('POST', '/v1/apps/71/records', { fields: { 件名: 'キーボード操作' } });
    const { id } = (await made.json()) as { id: number };
    await signIn(page, 'maeda', 'pass-maeda-1', `/apps/71/records/${id}`);
    for (const [state, next] of [
      ['受付', '調査'],
      ['調査', '承認待ち'],
    ] as const) {
      await page.getByText(state, { exact: true }).first().waitFor();
      await page.getByRole('button', { name: /Change the state|Move/ }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('menuitem', { name: next }).waitFor();
      await expect
        .poll(async () => {
          await page.keyboard.press('ArrowDown');
          return page.evaluate(() => document.activeElement?.textContent);
        })
        .toBe(next);
      await page.keyboard.press('Enter');
      await page.getByText(next, { exact: true }).first().waitFor();
    }
    await page.getByRole('button', { name: 'Reject' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByLabel('Comment').waitFor();
    await page.keyboard.type('<b>more</b> detail');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByText('<b>more</b> detail').waitFor();

    await page.getByRole('tab', { name: 'Attachments' }).click();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Attach files' }).click();
    const file = { name: '<i>log.txt', mimeType: 'text/plain', buffer: Buffer.from('記録') };
    await (await chooser).setFiles(file);
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: file.name }).click();
    expect(readFileSync(await (await download).path(), 'utf8')).toBe('記録');
    await page.getByRole('button', { name: `Remove the file ${file.name}` }).click();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Nothing is attached.').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('who is no approver is told so, and the process stays', async () => {
    const { page, context } = await visit(browser, server.url, { locale: 'en-US' });
    const made = await server.call('POST', '/v1/apps/71/records', { fields: { 件名: '権限なし' } });
    const { processId } = (await made.json()) as { processId: string };
    for (const state of ['調査', '承認待ち']) {
      await server.call('POST', `/v1/process-types/01000001/processes/${processId}/state`, { state });
    }
    await signIn(page, 'sasaki', 'pass-sasaki-1', '/processes/71');
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
    await page.getByRole('alert').waitFor();
    const found = await server.call('GET', `/v1/apps/71/records?q=${encodeURIComponent('権限なし')}`);
    expect(await found.json()).toMatchObject({ items: [{ state: '承認待ち' }] });
    await context.close();
  });
});
