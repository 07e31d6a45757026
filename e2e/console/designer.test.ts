import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  adminPassword,
  type RunningServer,
  startRenkei,
} from '../../packages/server/test/console/start-server.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';

const bihin = {
  id: 59,
  alias: 'bihin',
  name: '備品アプリ',
  fields: [
    { id: 101, name: '備品名', type: 'text', required: true },
    { id: 102, name: '出庫数', type: 'number' },
    { id: 103, name: '在庫数', type: 'formula', expression: '100 - 出庫数', result: 'number' },
    { id: 104, name: '区分', type: 'select', options: ['周辺機器', '消耗品'] },
    { id: 105, name: '<img src=x onerror="window.hacked=1">', type: 'text' },
  ],
  access: [{ subject: 'everyone', allow: ['view', 'add', 'change', 'delete'] }],
  automations: [
    {
      title: '知らせる',
      watch: ['出庫数'],
      when: { all: [{ field: '出庫数', op: '>=', value: 1 }] },
      webhook: { url: 'http://127.0.0.1:9/hook', accessToken: 'token-1' },
    },
  ],
};
const loans = {
  id: 60,
  name: '貸出アプリ',
  fields: [{ id: 101, name: '品', type: 'reference', app: 'bihin', field: '備品名' }],
};
const workspace = {
  groups: [{ id: 'it', number: 3, name: '情報システム部' }],
  users: [{ id: 'sasaki', name: '佐々木光', password: 'pass-sasaki-1' }],
  apps: [bihin, loans],
};

const texts = {
  'ja-JP': {
    design: '設計',
    field: '項目名',
    addField: '項目を追加',
    type: '種類',
    details: (n: number) => `項目 ${n} の詳細`,
    options: '選択肢（1行に1つ）',
    max: '最大文字数',
    removeField: (n: number) => `項目 ${n} を削除`,
    up: (n: number) => `項目 ${n} を上へ`,
    review: '確認して保存',
    save: '保存',
    destroy: '保存してデータを削除',
    destroys: /出庫数.*2 件の値/,
    saved: /「備品アプリ」を変更しました/,
    access: 'アクセス権',
    process: 'プロセス',
    automations: '自動処理',
    addRecordsRight: '一部のデータの権限を追加',
    addFieldRule: '項目の制限を追加',
    who: '対象者',
    may: '変更',
    hide: '見せない項目',
    isProcess: /状態のあるプロセスとして扱う/,
    states: '状態（1行に1つ）',
    approval: '承認を行う',
    addMail: 'メールを追加',
    addGroup: '条件グループを追加',
    subject: '件名',
    start: '条件を付ける…',
    fault: /行目：/,
    takeIn: 'ほかの人の変更を取り込む',
    leave: '保存せずに移動',
    home: 'ホーム',
  },
  'en-US': {
    design: 'Design',
    field: 'Field name',
    addField: 'Add a field',
    type: 'Type',
    details: (n: number) => `Details of field ${n}`,
    options: 'Options, one a line',
    max: 'Characters at most',
    removeField: (n: number) => `Remove field ${n}`,
    up: (n: number) => `Move field ${n} up`,
    review: 'Review and save',
    save: 'Save',
    destroy: 'Save and destroy the data',
    destroys: /出庫数.*in 2 records/,
    saved: /"備品アプリ" was changed/,
    access: 'Rights',
    process: 'Process',
    automations: 'Automations',
    addRecordsRight: 'Add a right for certain records',
    addFieldRule: 'Add a rule for fields',
    who: 'Who',
    may: 'change',
    hide: 'Hidden fields',
    isProcess: /Records are processes/,
    states: 'States, one a line',
    approval: 'With approval',
    addMail: 'Add a mail',
    addGroup: 'Add a group',
    subject: 'Subject',
    start: 'Only under conditions…',
    fault: /^Line \d+:/,
    takeIn: 'Take in what others changed',
    leave: 'Leave without saving',
    home: 'Home',
  },
};

describe.skipIf(noBrowser).each(['ja-JP', 'en-US'] as const)(
  '%s: the designer of an app that exists',
  (locale) => {
    const text = texts[locale];
    let server: RunningServer;
    let browser: Browser;
    beforeAll(async () => {
      server = await startRenkei(workspace);
      browser = await launchBrowser();
      const records = ['モニター', 'マウス'].map((備品名, n) => ({ fields: { 備品名, 出庫数: n + 1 } }));
      await server.call('POST', '/v1/apps/59/records:batch?automations=off', { records });
    });
    beforeEach(async () => {
      // as it was, values of removed fields aside
      await apply(workspace.apps);
    });
    afterAll(async () => {
      await browser?.close();
      await server?.stop();
    });

    async function apply(apps: object[]) {
      const body = { file: { renkei: 1, apps }, replaceApps: true };
      const { faults } = (await (await server.call('POST', '/v1/workspace/apply', body)).json()) as {
        faults: unknown[];
      };
      expect(faults).toEqual([]);
    }

    /** The running declaration of an app, as its workspace file has it. */
    async function declared(): Promise<string> {
      return (await server.call('GET', '/v1/workspace/export')).text();
    }

    async function open(page: Page, tab?: string) {
      await signIn(page, 'admin', adminPassword, '/apps/bihin');
      await page.getByRole('link', { name: text.design, exact: true }).click();
      if (tab) await page.getByRole('tab', { name: tab }).click();
    }

    async function save(page: Page) {
      await page.getByRole('button', { name: text.review }).click();
      await page.getByRole('dialog').getByRole('button', { name: text.save, exact: true }).click();
      await page.getByText(text.saved).first().waitFor();
    }

    test('fields: add, rename with what refers to them, reorder, limit; the diff is shown before saving', async () => {
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      await open(page);
      const names = page.getByLabel(new RegExp(`^${text.field}`));
      await names.nth(0).fill('品名');
      await names.nth(1).fill('出庫 数');
      await page.getByRole('button', { name: text.details(1), exact: true }).click();
      await page.getByLabel(text.max, { exact: true }).fill('20');
      await page.getByRole('button', { name: text.addField }).click();
      await names.nth(5).fill('色');
      await page.getByLabel(text.type, { exact: true }).nth(5).selectOption('select');
      await page.getByLabel(text.options).last().fill('赤\n青\n');
      await page.getByRole('button', { name: text.up(6), exact: true }).click();
      await expectAccessible(page);
      await picture(page, `design-fields-${locale.slice(0, 2)}`);
      await page.getByRole('button', { name: text.review }).click();
      const diff = page.getByRole('dialog').locator('.diff');
      await diff.getByText('- name: 備品名', { exact: false }).first().waitFor();
      await expectAccessible(page);
      await picture(page, `design-review-${locale.slice(0, 2)}`);
      await page.getByRole('dialog').getByRole('button', { name: text.save, exact: true }).click();
      await page.getByText(text.saved).first().waitFor();
      await page.getByRole('columnheader', { name: '色' }).waitFor();
      const after = await declared();
      expect(after).toContain('100 - {{出庫 数}}');
      expect(after).toMatch(/field: 出庫 数\s+op: ">="|\{ ?field: 出庫 数, op: ">="/);
      expect(after).toContain('field: 品名'); // the other app's reference
      expect(after).toContain('token-1');
      const app = (await (await server.call('GET', '/v1/apps/59')).json()) as { fields: { name: string }[] };
      expect(app.fields.map(({ name }) => name)).toEqual([
        '品名',
        '出庫 数',
        '在庫数',
        '区分',
        '色',
        bihin.fields[4]!.name,
      ]);
      expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
      expect(complaints).toEqual([]);
      await context.close();
    });

    test('removing a field says how many values it destroys, and asks', async () => {
      const { page, context } = await visit(browser, server.url, { locale });
      const records = (await (await server.call('GET', '/v1/apps/59/records')).json()) as {
        items: { id: number }[];
      };
      for (const { id } of records.items) {
        await server.call('PATCH', `/v1/apps/59/records/${id}`, { fields: { 出庫数: 5 } });
      }
      await apply([{ ...bihin, automations: undefined }]);
      await open(page);
      await page.getByRole('button', { name: text.removeField(3), exact: true }).click(); // the formula that uses it
      await page.getByRole('button', { name: text.removeField(2), exact: true }).click();
      await page.getByRole('button', { name: text.review }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(text.destroys).waitFor();
      await expectAccessible(page);
      await picture(page, `design-destroys-${locale.slice(0, 2)}`);
      expect(await declared()).toContain('出庫数');
      await dialog.getByRole('button', { name: text.destroy }).click();
      await page.getByText(text.saved).first().waitFor();
      expect(await declared()).not.toContain('出庫数');
      await context.close();
    });

    test('rights in their layers, and they hold', async () => {
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      await open(page, text.access);
      await page.getByRole('button', { name: text.addRecordsRight }).click();
      const second = page.getByRole('group').filter({ has: page.getByLabel(text.who) });
      await second.nth(1).getByLabel(text.who).selectOption('group');
      await page
        .getByRole('combobox')
        .or(page.getByRole('textbox'))
        .and(page.locator('[aria-haspopup=listbox]'))
        .first()
        .click();
      await page.getByRole('option', { name: /情報システム部/ }).click();
      await page.getByRole('button', { name: text.addFieldRule }).click();
      await page.getByRole('combobox', { name: text.hide }).fill('区分');
      await page.getByRole('listbox', { name: text.hide }).getByRole('option', { name: '区分' }).click();
      await page.keyboard.press('Escape');
      await expectAccessible(page);
      await picture(page, `design-access-${locale.slice(0, 2)}`);
      await save(page);
      expect(await declared()).toContain('group:it');
      const sasaki = await fetch(`${server.url}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'sasaki', password: 'pass-sasaki-1' }),
      });
      const { access_token } = (await sasaki.json()) as { access_token: string };
      const seen = await fetch(`${server.url}/v1/apps/59`, {
        headers: { authorization: `Bearer ${access_token}` },
      });
      expect(await seen.text()).not.toContain('区分');
      expect(complaints).toEqual([]);
      await context.close();
    });

    test('a process with an approval, and a mail under nested conditions', async () => {
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      await open(page, text.process);
      await page.getByLabel(text.isProcess).check();
      await page.getByLabel(text.states).fill('受付\n承認待ち\n完了');
      await page.getByLabel(text.approval, { exact: true }).check();
      await expectAccessible(page);
      await picture(page, `design-process-${locale.slice(0, 2)}`);

      await page.getByRole('tab', { name: text.automations }).click();
      await page.getByRole('button', { name: text.addMail }).click();
      await page.locator('input[type=email]').fill('a@example.com');
      await page.getByLabel(new RegExp(`^${text.subject}`)).fill('{備品名}');
      await page.getByRole('button', { name: text.start }).click();
      await page.getByRole('button', { name: text.addGroup }).last().click();
      await expectAccessible(page);
      await picture(page, `design-automations-${locale.slice(0, 2)}`);
      await save(page);
      const after = await declared();
      for (const part of ['01000001', '承認待ち', 'a@example.com', 'any:']) expect(after).toContain(part);
      const types = (await (await server.call('GET', '/v1/process-types')).json()) as { items: unknown[] };
      expect(types.items).toEqual([
        expect.objectContaining({ app: 59, states: ['受付', '承認待ち', '完了'] }),
      ]);
      expect(complaints).toEqual([]);
      await context.close();
    });

    test('mistakes stand at their lines; what others changed meanwhile is not overwritten unseen; leaving asks', async () => {
      const { page, context } = await visit(browser, server.url, { locale });
      await open(page);
      const names = page.getByLabel(new RegExp(`^${text.field}`));
      await names.nth(3).fill('備品名');
      await page.getByRole('button', { name: text.review }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('alert').getByText(text.fault).waitFor();
      expect(await dialog.getByRole('button', { name: text.save, exact: true }).isDisabled()).toBe(true);
      await page.keyboard.press('Escape');
      await names.nth(3).fill('種別');

      await page.getByRole('button', { name: text.review }).click();
      await dialog.locator('.diff-added').first().waitFor();
      await apply([loans, { ...bihin, name: '備品アプリ（改）' }]);
      await dialog.getByRole('button', { name: text.save, exact: true }).click();
      await dialog.getByRole('button', { name: text.takeIn }).click();
      // now it shows that saving would take the other change back
      await dialog.locator('.diff-removed').getByText('備品アプリ（改）').waitFor();
      await page.keyboard.press('Escape');

      await page.getByRole('link', { name: text.home, exact: true }).click();
      await dialog.getByRole('button', { name: text.leave }).click();
      await page.waitForURL(`${server.url}/`);
      expect(await declared()).toContain('備品アプリ（改）');
      await context.close();
    });
  },
);
