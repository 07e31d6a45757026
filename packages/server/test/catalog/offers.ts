import { expect } from 'vitest';
import { type Application, startApplication } from './application.ts';
import { file14, file19 } from './definition-files.ts';
import { type OpenCatalog, openCatalog } from './open-catalog.ts';

/** A catalog with an application behind it, and short ways to what most tests begin with. */
export async function openShop(options: { smtpUrl?: string } = {}) {
  const opened: OpenCatalog = await openCatalog(options);
  const application: Application = await startApplication();
  let count = 0;

  async function offer(
    attributes: Record<string, string | undefined> = {},
    body = '',
    service: object = {},
    v14 = false,
  ): Promise<string> {
    count += 1;
    const given = { id: `T${count}`, provisioningUrl: `${application.url}/p?wsdl`, ...attributes };
    const imported = await opened.importFile(v14 ? file14(given, body) : file19(given, body));
    expect([imported.status, imported.text]).toEqual([200, imported.text]);
    return sell(`T${count}`, `S${count}`, { ...(v14 && { version: '1.00' }) }, service);
  }

  async function sell(
    technical: string,
    id: string,
    version: object = {},
    service: object = {},
  ): Promise<string> {
    const made = await opened.call('POST', '/v1/catalog/services', {
      id,
      technicalService: { id: technical, ...version },
      supplier: 'acme',
      ...service,
    });
    expect([made.status, made.text]).toEqual([201, made.text]);
    return id;
  }

  /** Subscribes, and gives the path of the new subscription and its key. */
  async function subscribe(service: string, more: object = {}) {
    const id = `sub ${service}`;
    const made = await opened.call('POST', '/v1/catalog/subscriptions', { id, service, ...more }, 'customer');
    expect([made.status, made.text]).toEqual([201, made.text]);
    const key = Number(made.body.key);
    return { key, id: made.body.id as string, path: `/v1/catalog/subscriptions/${key}`, body: made.body };
  }

  return {
    opened,
    application,
    offer,
    sell,
    subscribe,
    get: async (path: string) => (await opened.call('GET', path)).body,
    async close() {
      await application.close();
      await opened.close();
    },
  };
}
export type Shop = Awaited<ReturnType<typeof openShop>>;

/** Tries until `check` gives something other than undefined or false, for at most some seconds. */
export async function eventually<T>(
  check: () => Promise<T | undefined | false>,
  limitMs = 15_000,
): Promise<T> {
  const until = Date.now() + limitMs;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error('it did not happen in time');
    await new Promise((done) => setTimeout(done, 50));
  }
}
