import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { file19 } from '../../packages/server/test/catalog/definition-files.ts';
import {
  adminPassword,
  type RunningServer,
  startRenkei,
} from '../../packages/server/test/console/start-server.ts';
import { expectAccessible, launchBrowser, noBrowser, picture, signIn, visit } from './browser.ts';

const texts = {
  'ja-JP': {
    definitions: 'テクニカルサービス',
    provider: 'テクノロジープロバイダー',
    import: '取り込む',
    line: /行目：/,
    services: '販売中のサービス',
  },
  'en-US': {
    definitions: 'Technical services',
    provider: 'Technology provider',
    import: 'Import',
    line: /^\s*Line \d+:/,
    services: 'Services on sale',
  },
};

describe.skipIf(noBrowser)('catalog', () => {
  let server: RunningServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await startRenkei({
      catalog: {
        organizations: [
          { id: 'acme', name: 'Acme', roles: ['technologyProvider', 'supplier'], users: ['admin'] },
        ],
      },
    });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function choose(page: Page, xml: string) {
    const chooser = page.waitForEvent('filechooser');
    await page.locator('button.mantine-FileInput-input').click();
    await (await chooser).setFiles({ name: 'a.xml', mimeType: 'text/xml', buffer: Buffer.from(xml) });
  }

  test.each(['ja-JP', 'en-US'] as const)(
    '%s: a definition is imported, its mistakes shown at their lines; a service made of it is on sale',
    async (locale) => {
      const { page, context, complaints } = await visit(browser, server.url, { locale });
      const text = texts[locale];
      await signIn(page, 'admin', adminPassword, '/catalog');
      await page.getByRole('tab', { name: text.definitions, exact: true }).click();
      await page.getByLabel(text.provider, { exact: true }).fill('acme');
      await choose(page, file19({ accessType: undefined }));
      await page.getByRole('button', { name: text.import, exact: true }).click();
      await page.getByRole('alert').getByText(text.line).first().waitFor();
      await expectAccessible(page);
      await picture(page, `catalog-${locale.slice(0, 2)}`);
      await choose(page, file19());
      await page.getByRole('button', { name: text.import, exact: true }).click();
      await page.getByRole('cell', { name: 'acme', exact: true }).waitFor();

      const listed = await server.call('GET', '/v1/catalog/technical-services');
      const [{ id, version }] = ((await listed.json()) as { items: [{ id: string; version?: string }] })
        .items;
      const service = { id: `small-${locale}`, name: { ja: '小', en: 'Small' }, supplier: 'acme' };
      const technicalService = { id, ...(version !== undefined && { version }) };
      const made = await server.call('POST', '/v1/catalog/services', { ...service, technicalService });
      expect(made.status).toBe(201);
      await page.getByRole('tab', { name: text.services }).click();
      await page.getByRole('cell', { name: `small-${locale}` }).waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    },
  );
});
