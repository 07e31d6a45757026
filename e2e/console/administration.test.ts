import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  adminPassword,
  type RunningServer,
  startRenkei,
} from '../../packages/server/test/console/start-server.ts';
import { mailCredentials, startMailServer } from '../../packages/server/test/support/mailbox.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';
import { locales, wordsOf } from './words.ts';

// long stories on a machine that may be busy
vi.setConfig({ testTimeout: 90_000 });

const hostile = '<img src=x onerror="document.title=\'hacked\'">';

describe.skipIf(noBrowser).each(locales)('administration in %s', (locale) => {
  const t = wordsOf(locale);
  const language = locale.slice(0, 2);
  let server: RunningServer;
  let browser: Browser;
  let mail: Awaited<ReturnType<typeof startMailServer>>;
  beforeAll(async () => {
    mail = await startMailServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    server = await startRenkei(
      {
        groups: [{ id: 'it', number: 3, name: '情報システム部' }],
        users: [{ id: 'sasaki', name: '佐々木光', password: 'pass-sasaki-1', accessKeys: ['key-sasaki-1'] }],
      },
      { RENKEI_SMTP_URL: `smtp://${mailCredentials}127.0.0.1:${mail.port}` },
    );
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await mail?.close();
  });

  const attempt = async (username: string, password: string) => {
    const body = JSON.stringify({ username, password });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${server.url}/v1/sessions`, { method: 'POST', headers, body })).status;
  };

  test('users and groups are added, changed, shut out and removed', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'admin', adminPassword, '/people');
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');
    /** Answers the dialog of this title. */
    const confirm = async (name: string, title = name) => {
      await page.getByRole('dialog', { name: title }).getByRole('button', { name, exact: true }).click();
      await expect.poll(() => dialog.count()).toBe(0);
    };
    await page.getByRole('tab', { name: t('type.groups') }).click();
    await button(t('people.addGroup')).click();
    await dialog.getByLabel(t('people.groupId')).fill('sales');
    await dialog.getByLabel(t('people.name'), { exact: true }).fill('営業部');
    await confirm(t('save'), t('people.addGroup'));
    await page.getByRole('cell', { name: '営業部' }).waitFor();

    await page.getByRole('tab', { name: t('type.users') }).click();
    await button(t('people.addUser')).click();
    await dialog.getByLabel(t('signIn.username')).fill('nina:no');
    await dialog.getByRole('button', { name: t('save'), exact: true }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel(t('signIn.username')).fill('nina');
    await dialog.getByLabel(t('people.name'), { exact: true }).fill(hostile);
    await dialog.locator('input[type=password]').fill('pass-nina-1');
    await dialog.getByLabel(t('people.role.designer')).check();
    await dialog.getByRole('combobox', { name: t('people.groups') }).click();
    await page.getByRole('option', { name: '営業部' }).click();
    await page.keyboard.press('Tab');
    await expectAccessible(page);
    await picture(page, `people-edit-${language}`);
    await confirm(t('save'), t('people.addUser'));
    await page.getByRole('cell', { name: hostile }).waitFor();
    expect(await attempt('nina', 'pass-nina-1')).toBe(201);
    await picture(page, `people-${language}`);

    await button(t('people.editLabel', { id: 'nina' })).click();
    await button(t('people.reset')).click();
    await dialog
      .last()
      .getByText(t('people.resetAsk', { id: 'nina' }))
      .waitFor();
    await page
      .getByRole('dialog', { name: t('people.reset') })
      .locator('input[type=password]')
      .fill('pass-nina-2');
    await confirm(t('people.reset'));
    expect([await attempt('nina', 'pass-nina-1'), await attempt('nina', 'pass-nina-2')]).toEqual([401, 201]);
    await button(t('people.editLabel', { id: 'nina' })).click();
    await button(t('people.deactivate')).click();
    await confirm(t('people.deactivate'));
    await page.getByText(t('people.deactivated'), { exact: true }).waitFor();
    expect(await attempt('nina', 'pass-nina-2')).toBe(401);
    await button(t('people.editLabel', { id: 'nina' })).click();
    await button(t('people.remove')).click();
    await dialog
      .last()
      .getByText(t('people.removeAsk', { id: 'nina' }))
      .waitFor();
    await confirm(t('people.remove'));
    await expect.poll(() => page.getByRole('cell', { name: 'nina', exact: true }).count()).toBe(0);
    expect(await page.title()).not.toContain('hacked');
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('one’s own account: password, sessions, time zone, an access key shown once', async () => {
    await attempt('sasaki', 'pass-sasaki-1');
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'sasaki', 'pass-sasaki-1', '/account');
    const tab = (name: string) => page.getByRole('tab', { name, exact: true });
    await tab(t('account.signedIn')).click();
    await page.getByText(t('cred.current')).waitFor();
    await expectAccessible(page);
    await picture(page, `account-${language}`);
    await page.getByRole('button', { name: t('cred.endAll', { user: 'sasaki' }) }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: t('cred.end') })
      .click();
    await page.getByText(t('cred.ended', { count: 1 })).waitFor();
    await tab(t('cred.accessKey')).click();
    await page.getByText(t('cred.workspace')).waitFor();
    await page.getByRole('button', { name: t('cred.makeAccessKey') }).click();
    const key = await page.getByRole('status').locator('pre').textContent();
    const asked = await fetch(`${server.url}/cgi-bin/dneo/appsr.cgi`, {
      method: 'POST',
      headers: { 'x-desknets-auth': key! },
      body: new URLSearchParams({ action: 'list_data', app_id: '1' }),
    });
    expect(asked.status).toBe(200);

    await tab(t('account.password')).click();
    const inputs = page.locator('input[type=password]');
    await inputs.nth(0).fill('not-this-one');
    await inputs.nth(1).fill('pass-sasaki-2');
    await inputs.nth(2).fill('pass-sasaki-2');
    await page.getByRole('button', { name: t('account.passwordChange') }).click();
    await page.locator('.mantine-PasswordInput-error').waitFor();
    await expectAccessible(page);
    await inputs.nth(0).fill('pass-sasaki-1');
    await page.getByRole('button', { name: t('account.passwordChange') }).click();
    await page.getByText(t('account.passwordChanged')).waitFor();
    expect(await attempt('sasaki', 'pass-sasaki-2')).toBe(201);

    await tab(t('account.display')).click();
    await page.getByLabel(t('account.timeZone')).selectOption('Pacific/Kiritimati');
    await expectAccessible(page);
    await page.reload();
    await tab(t('account.display')).click();
    expect(await page.getByLabel(t('account.timeZone')).inputValue()).toBe('Pacific/Kiritimati');
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('an administrator ends anybody’s sessions', async () => {
    await attempt('sasaki', 'pass-sasaki-2');
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'admin', adminPassword, '/keys');
    await page.getByRole('cell', { name: 'sasaki' }).first().waitFor();
    await expectAccessible(page);
    await picture(page, `keys-${language}`);
    await page.getByLabel(t('cred.ofUser')).fill('sasaki');
    await page.getByRole('button', { name: t('cred.show'), exact: true }).click();
    await page.getByRole('button', { name: t('cred.endAll', { user: 'sasaki' }) }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: t('cred.end') })
      .click();
    await page.getByText(t('cred.none')).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('settings and health: secrets masked, a test mail, the workspace’s settings applied', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'admin', adminPassword, '/settings');
    const row = page.getByRole('row').filter({ hasText: 'RENKEI_SMTP_URL' });
    expect(await row.textContent()).toContain(':***@127.0.0.1');
    expect(await page.content()).not.toContain(adminPassword);
    await expectAccessible(page);
    await picture(page, `settings-${language}`);
    await page.getByLabel(t('settings.mailTo')).fill('ops@example.com');
    await page.getByRole('button', { name: t('settings.mailSend') }).click();
    await page.getByText(t('settings.mailSent', { to: 'ops@example.com' })).waitFor();
    expect(mail.mailbox.at(-1)?.to).toEqual(['ops@example.com']);

    const sender = page.getByLabel(t('settings.w.mail.from'));
    await sender.fill('nobody');
    await page.getByRole('button', { name: t('settings.apply'), exact: true }).click();
    await page.locator('.mantine-TextInput-error').waitFor();
    await sender.fill('office@example.com');
    await page.getByLabel(t('settings.w.timezone')).selectOption('Europe/Paris');
    await page.getByRole('button', { name: t('settings.apply'), exact: true }).click();
    await page.getByText(t('settings.applied')).waitFor();
    const exported = await (await server.call('GET', '/v1/workspace/export')).text();
    expect(exported).toContain('timezone: Europe/Paris');
    expect(exported).toContain('from: office@example.com');
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('the workspace file: pruning says what it destroys; a mistake is chosen and shown', async () => {
    const { page, context, complaints } = await visit(browser, server.url, { locale });
    await signIn(page, 'admin', adminPassword, '/workspace');
    const editor = page.getByRole('textbox');
    await editor.fill('renkei: 1\nusers:\n  - id: sasaki\n    colour: blue\n');
    await page.getByRole('button', { name: t('workspace.check') }).click();
    const mistake = page.getByRole('alert').getByRole('button', { name: /colour/ });
    expect(await mistake.textContent()).toContain(
      t('workspace.place', { line: 4, column: 5 }).split(/[:：]/)[0],
    );
    await mistake.click();
    const chosen = await editor.evaluate((input) => {
      const { value, selectionStart, selectionEnd } = input as HTMLTextAreaElement;
      return value.slice(selectionStart, selectionEnd);
    });
    expect(chosen).toBe('colour: blue');
    await editor.fill('renkei: 1\ngroups: []\n');
    await page.getByLabel(t('workspace.prune')).check();
    await page.getByRole('button', { name: t('workspace.check') }).click();
    await page.getByRole('listitem').filter({ hasText: 'group it' }).waitFor();
    await page.getByRole('button', { name: t('workspace.apply'), exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('listitem').filter({ hasText: 'group it' }).waitFor();
    await expectAccessible(page);
    await picture(page, `workspace-prune-${language}`);
    await dialog.getByRole('button', { name: t('workspace.apply') }).click();
    await page.getByText(t('workspace.applied')).waitFor();
    const { items } = (await (await server.call('GET', '/v1/groups')).json()) as { items: unknown[] };
    expect(items).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('the frame on a phone and by keyboard alone', async () => {
    const { page, context } = await visit(browser, server.url, { locale, phone: true });
    await signIn(page, 'admin', adminPassword, '/settings');
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    for (const address of ['/settings', '/people', '/keys', '/account', '/workspace', '/access-log']) {
      await page.goto(address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect([address, (await wide()) <= 0]).toEqual([address, true]);
    }
    await page.getByRole('button', { name: t('frame.menu') }).click();
    await page.getByRole('link', { name: t('frame.people') }).click();
    await page.getByRole('heading', { level: 1, name: t('frame.people') }).waitFor();
    await page.keyboard.press('Escape');
    await page.goto('/people');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('skip-link');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('#content') !== null)).toBe(true);
    await context.close();
  });
});
