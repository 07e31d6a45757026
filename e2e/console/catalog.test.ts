import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Application, startApplication } from '../../packages/server/test/catalog/application.ts';
import { file19, tag } from '../../packages/server/test/catalog/definition-files.ts';
import {
  adminPassword,
  type RunningServer,
  startRenkei,
} from '../../packages/server/test/console/start-server.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';
import { locales, wordsOf } from './words.ts';

// long stories on a machine that may be busy
vi.setConfig({ testTimeout: 90_000 });

const hostile = '<img src=x onerror="document.title=\'hacked\'">';
const workspace = {
  users: [
    { id: 'seller', name: 'Sam', password: 'pass-seller-1', roles: ['supplier', 'technologyProvider'] },
    { id: 'ada', name: 'Ada', password: 'pass-ada-1', roles: ['customerAdmin'] },
    { id: 'mia', name: '三田', password: 'pass-mia-1' },
  ],
  catalog: {
    organizations: [
      { id: 'acme', name: 'Acme', roles: ['technologyProvider', 'supplier'], users: ['seller'] },
      { id: 'customer1', name: 'お客様1', roles: ['customer'], users: ['ada', 'mia'] },
    ],
  },
};

describe.skipIf(noBrowser).each(locales)('catalog in %s', (locale) => {
  const t = wordsOf(locale);
  const language = locale.slice(0, 2);
  let server: RunningServer;
  let browser: Browser;
  let application: Application;
  beforeAll(async () => {
    application = await startApplication();
    server = await startRenkei(workspace, { RENKEI_OUTBOUND_ALLOW: '127.0.0.0/8' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await application?.close();
  });

  const texts = (element: string, ja: string, en: string) =>
    tag(element, { locale: 'ja' }, ja) + tag(element, { locale: 'en' }, en);
  const named = (ja: string, en: string) => texts('LocalizedName', ja, en);
  const described = (ja: string, en: string) => texts('LocalizedDescription', ja, en);
  const setting = (attributes: Record<string, string>, ja: string, en: string, inner = '') =>
    tag('ParameterDefinition', attributes, inner + described(ja, en));
  const choice = (id: string, ja: string, en: string) =>
    tag('Option', { id }, texts('LocalizedOption', ja, en));

  /** A technical service with one of everything. */
  function definition(attributes: Record<string, string | undefined> = {}) {
    const body =
      described('ファイルを置き、チームで共有します。', 'Keeps files and shares them in a team.') +
      tag('LocalizedTag', { locale: 'en' }, 'storage') +
      setting(
        { id: 'SIZE', valueType: 'ENUMERATION', default: 'A', mandatory: 'true' },
        '容量',
        'Space',
        tag('Options', {}, choice('A', '10 GB', '10 GB') + choice('B', '100 GB', '100 GB')),
      ) +
      setting(
        { id: 'PLACES', valueType: 'INTEGER', minValue: '1', maxValue: '9', mandatory: 'true' },
        'フォルダ数',
        'Folders',
      ) +
      setting({ id: 'SECRET', valueType: 'PWD' }, '管理パスワード', 'Administration password') +
      tag('Event', { id: 'DOWNLOAD' }, described('ダウンロード', 'download')) +
      tag('Role', { id: 'READER' }, named('閲覧者', 'Reader') + described('閲覧だけ', 'May read')) +
      tag('Role', { id: 'WRITER' }, named('編集者', 'Writer') + described('編集もできる', 'May write')) +
      tag(
        'Operation',
        { id: 'BACKUP', actionURL: `${application.url}/op?wsdl` },
        named('バックアップ', 'Backup') +
          described('すべてを複製します', 'Copies everything') +
          tag(
            'OperationParameter',
            { id: 'WHERE', type: 'INPUT_STRING', mandatory: 'true' },
            named('保存先', 'Where to'),
          ),
      );
    const file = file19({ provisioningUrl: `${application.url}/p?wsdl`, ...attributes }, body);
    return file.replaceAll('><', '>\n<');
  }
  const word = (ja: string, en: string) => (language === 'ja' ? ja : en);
  const folders = word('フォルダ数', 'Folders');

  async function choose(page: Page, xml: string) {
    const chooser = page.waitForEvent('filechooser');
    await page.locator('button.mantine-FileInput-input').click();
    await (await chooser).setFiles({ name: 'a.xml', mimeType: 'text/xml', buffer: Buffer.from(xml) });
  }

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
  const link = (page: Page, name: string) => page.getByRole('link', { name, exact: true });

  test('a definition is imported, its mistakes shown at their lines; a service of it goes on sale', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'seller', 'pass-seller-1', '/catalog/definitions');
    await choose(page, definition({ accessType: 'TELEPATHY' }));
    await button(page, t('import.button')).click();
    const mistakes = page.getByRole('alert');
    await mistakes.locator('.faulty-line').filter({ hasText: 'TELEPATHY' }).waitFor();
    expect(await mistakes.locator('.fault').first().textContent()).toContain('accessType');
    await expectAccessible(page);
    await picture(page, `catalog-import-${language}`);
    await page.getByLabel(t('def.paste')).fill(definition());
    await button(page, t('workspace.check')).click();
    await page.getByText(t('catalog.checked', { ids: 'Example' })).waitFor();
    expect(await page.getByRole('cell', { name: 'acme', exact: true }).count()).toBe(0);
    await button(page, t('import.button')).click();
    await page.getByRole('cell', { name: 'acme', exact: true }).waitFor();

    await link(page, t('sell.newOf')).click();
    await page.getByLabel(`${t('catalog.id')} *`, { exact: true }).fill('files');
    await page.getByLabel(t('sell.nameJa')).fill('ファイル置き場');
    await page.getByLabel(t('sell.nameEn')).fill('File store');
    for (const box of await page.getByRole('checkbox').all()) await box.check();
    await page.getByLabel(t('sell.oneTime')).fill('1000');
    await page.getByLabel(t('sell.recurring'), { exact: true }).fill('500');
    await page.getByLabel(t('sell.perUser'), { exact: true }).fill('100');
    await expectAccessible(page);
    await picture(page, `catalog-service-${language}`);
    await button(page, t('save')).click();
    await page.getByText(t('sell.inactive'), { exact: true }).waitFor();
    await button(page, t('sell.activateLabel', { id: 'files' })).click();
    await page.getByText(t('sell.active'), { exact: true }).waitFor();
    expect(application.callsOf('sendPing')).toHaveLength(1);
    await expectAccessible(page);
    await picture(page, `catalog-selling-${language}`);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('a customer subscribes by the wizard, which knows types, limits and prices', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'ada', 'pass-ada-1', '/catalog');
    const card = page.getByRole('article');
    await card.getByRole('heading', { name: word('ファイル置き場', 'File store') }).waitFor();
    await expectAccessible(page);
    await picture(page, `catalog-${language}`);
    await page.getByLabel(t('catalog.search')).fill('no such thing');
    await page.getByText(t('catalog.noServices')).waitFor();
    await page.getByLabel(t('catalog.search')).fill('files');
    await button(page, 'storage').click();
    await card.getByRole('link', { name: t('catalog.details') }).click();
    await page.getByRole('heading', { name: t('catalog.prices') }).waitFor();
    await expectAccessible(page);
    await link(page, t('catalog.subscribe')).click();

    await button(page, t('subscribe.next')).click();
    await page.getByText(t('subscribe.required')).waitFor();
    await page.getByLabel(t('subscribe.id')).fill('team files');
    await button(page, t('subscribe.next')).click();
    const places = page.getByLabel(folders);
    await places.fill('12');
    await button(page, t('subscribe.next')).click();
    await page
      .getByText(t('subscribe.range', { min: 1, max: 9 }))
      .last()
      .waitFor();
    await places.fill('3');
    await page.locator('input[type=password]').fill('hush-hush');
    await expectAccessible(page);
    await picture(page, `catalog-subscribe-${language}`);
    await button(page, t('subscribe.next')).click();
    await page.getByRole('combobox', { name: t('type.users') }).fill('mia');
    await page.getByRole('option', { name: '三田' }).click();
    await page.keyboard.press('Escape');
    await button(page, t('sub.addUser')).click();
    await page.getByLabel(t('catalog.role.of', { user: 'mia' })).selectOption('WRITER');
    // once 1000, 500 for the service and 100 for the user
    await page.getByRole('cell', { name: /1,600/ }).waitFor();
    await button(page, t('subscribe.next')).click();
    expect(await page.getByText('hush-hush').count()).toBe(0);
    await expectAccessible(page);
    await button(page, t('subscribe.send')).click();
    await page.getByText('inst-1').waitFor();
    await page.getByText(t('sub.state.ACTIVE'), { exact: true }).waitFor();
    const [call] = application.callsOf('createInstance');
    expect(call?.text).toContain('hush-hush');
    await expectAccessible(page);
    await picture(page, `subscription-${language}`);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('a subscription: users, settings, bills, and its end after the name was written', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'ada', 'pass-ada-1', '/catalog/bills');
    await page.getByText(t('bill.noneMade')).waitFor(); // its first month is not over
    await page.getByRole('tab', { name: t('catalog.subscriptions') }).click();
    await link(page, 'team files').click();
    await page.getByRole('tab', { name: t('sub.users') }).click();
    await page.getByRole('combobox', { name: t('type.users') }).fill('ada');
    await page.getByRole('option', { name: 'Ada' }).click();
    await page.keyboard.press('Escape');
    await button(page, t('sub.addUser')).click();
    await page.getByText(t('sub.userAdded', { user: 'ada' })).waitFor();
    await expectAccessible(page);
    await button(page, t('sub.removeUserLabel', { user: 'mia' })).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(t('sub.removeUserAsk', { user: 'mia', id: 'team files' })).waitFor();
    await dialog.getByRole('button', { name: t('sub.removeUser') }).click();
    await expect.poll(() => page.getByRole('cell', { name: 'mia', exact: true }).count()).toBe(0);

    await page.getByRole('tab', { name: t('sub.values') }).click();
    await page.getByLabel(folders).fill('7');
    await button(page, t('sub.saveValues')).click();
    await page.getByText(t('sub.changed')).waitFor();
    expect(application.callsOf('modifySubscription')[0]?.text).toContain('7');

    await page.getByRole('tab', { name: t('sub.operations') }).click();
    await button(page, t('sub.runLabel', { operation: word('バックアップ', 'Backup') })).click();
    await page.getByLabel(word('保存先', 'Where to')).fill('attic');
    await button(page, t('sub.run')).click();
    await page.getByText(t('sub.op.COMPLETED')).first().waitFor();
    expect(application.callsOf('executeServiceOperation')[0]?.text).toContain('attic');
    await expectAccessible(page);
    await picture(page, `subscription-operations-${language}`);

    await page.getByRole('tab', { name: t('sub.bills') }).click();
    await page.getByRole('img', { name: t('bill.chart') }).waitFor();
    await expectAccessible(page);
    await picture(page, `subscription-bills-${language}`);
    const download = page.waitForEvent('download');
    await button(page, t('downloadCsv')).click();
    expect(readFileSync(await (await download).path(), 'utf8')).toMatch(/JPY,1000\.00/);

    await button(page, t('sub.end')).click();
    await dialog.getByText('inst-1').waitFor();
    const confirm = dialog.getByRole('button', { name: t('sub.end') });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByLabel(t('sub.endConfirm')).fill('team files');
    await confirm.click();
    await page.getByText(t('sub.hasEnded', { id: 'team files' })).waitFor();
    expect(application.callsOf('deleteInstance')).toHaveLength(1);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('the supplier sees the calls, masked; an instance that was left over is deleted again', async () => {
    application.on('deleteInstance', { fault: 'busy just now' });
    const made = await server.call('POST', '/v1/catalog/subscriptions', {
      id: 'left over',
      service: 'files',
      organization: 'customer1',
      parameters: { PLACES: '1', SECRET: 'hush-hush-2' },
    });
    const { key } = (await made.json()) as { key: string };
    await server.call('DELETE', `/v1/catalog/subscriptions/${key}`);
    application.on('deleteInstance', { return: '<desc>ok</desc><rc>0</rc>' });
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'seller', 'pass-seller-1', `/catalog/subscriptions/${key}`);
    await page.getByRole('tab', { name: t('sub.calls') }).click();
    await page.getByRole('button', { name: /createInstance/ }).click();
    await page.locator('pre', { hasText: 'SECRET' }).first().waitFor();
    expect(await page.content()).not.toContain('hush-hush');
    await expectAccessible(page);
    await page.goto('/catalog/orphans');
    await page.getByRole('cell', { name: 'customer1: left over' }).waitFor();
    await expectAccessible(page);
    await picture(page, `catalog-orphans-${language}`);
    await button(page, t('orphan.deleteLabel', { id: 'left over' })).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: t('orphan.delete') })
      .click();
    await page.getByText(t('orphan.state.deleted')).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('names and descriptions with markup are shown as text, wherever they appear', async () => {
    const escaped = hostile.replaceAll('<', '&lt;');
    const xml = definition({ id: 'Hostile' })
      .replaceAll(/(?<=<LocalizedDescription locale="(?:ja|en)">)/g, escaped)
      .replaceAll(/(?<=<LocalizedName locale="(?:ja|en)">)/g, escaped);
    const body = new Blob([xml], { type: 'application/xml' });
    const { access_token } = (await (
      await fetch(`${server.url}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'seller', password: 'pass-seller-1' }),
      })
    ).json()) as { access_token: string };
    const imported = await fetch(`${server.url}/v1/catalog/technical-services`, {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}` },
      body,
    });
    expect(imported.status).toBe(200);
    const service = { id: 'hostile', name: { ja: hostile, en: hostile }, supplier: 'acme' };
    const technicalService = { id: 'Hostile' };
    const parameters = { SIZE: { configurableByCustomer: true }, PLACES: { configurableByCustomer: true } };
    const sold = await server.call('POST', '/v1/catalog/services', {
      ...service,
      technicalService,
      parameters,
    });
    expect(sold.status).toBe(201);
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'admin', adminPassword, '/catalog');
    for (const address of [
      '/catalog',
      '/catalog/services/hostile',
      '/catalog/services/hostile/subscribe',
      '/catalog/selling/hostile',
      '/catalog/selling',
    ]) {
      await page.goto(address);
      await page.locator('#content').getByText(hostile).first().waitFor();
      expect([address, await page.locator('#content img').count()]).toEqual([address, 0]);
      expect(await page.title()).not.toBe('hacked');
    }
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('the marketplace is readable on a phone', async () => {
    const { page, context } = await visit(browser, server.url, { locale, phone: true });
    await signIn(page, 'admin', adminPassword, '/catalog');
    await page.getByRole('article').first().waitFor();
    const tabs = page.getByRole('tab');
    expect(await tabs.count()).toBe(6);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await picture(page, `catalog-phone-${language}`);
    await context.close();
  });
});
