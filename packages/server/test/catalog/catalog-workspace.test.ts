import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppError } from '../../src/platform/errors.ts';
import { event, file19, parameter, sample14 } from './definition-files.ts';
import { type OpenCatalog, openCatalog, organizations, people } from './open-catalog.ts';

let opened: OpenCatalog;
beforeAll(async () => {
  opened = await openCatalog();
});
afterAll(() => opened.close());

const secret = parameter({ id: 'W', valueType: 'PWD', default: 'hunter2', configurable: 'false' });
const only = [organizations[0], organizations[2]];
const catalog = {
  organizations: only,
  billingAdapters: ['OTHER'],
  technicalServices: [
    { path: 'sample.xml', text: sample14() },
    {
      organization: 'acme',
      files: [
        {
          path: 'rich.xml',
          text: `<?xml version="1.0" encoding="Windows-31J"?>${file19(
            { id: 'Rich', billingIdentifier: 'OTHER', provisioningPassword: 'geheim' },
            secret + event(),
          )}`,
        },
      ],
    },
  ],
  services: [
    {
      id: 'example-small',
      name: { ja: '小', en: 'Small' },
      technicalService: { id: 'SampleService', version: '1.00' },
      supplier: 'acme',
      parameters: { MEMORY_STORAGE: { value: '1', configurableByCustomer: true } },
      prices: {
        currency: 'JPY',
        oneTime: 1000,
        recurring: { amount: 500, period: 'month' as const },
        events: { FILE_DOWNLOAD: 10 },
      },
    },
    { id: 'rich', technicalService: { id: 'Rich' }, supplier: 'acme' },
  ],
};

test('contract §3: a whole catalog applies in one go, and twice changes nothing', async () => {
  const removed = await opened.apply({ catalog: { organizations: only } }, { prune: true });
  expect(removed).toContainEqual({ action: 'remove', kind: 'organization', id: 'rivals' });
  const first = await opened.apply({ users: people, catalog });
  expect(first.filter(({ action, kind }) => action === 'add' && kind !== 'user').map(({ id }) => id)).toEqual(
    ['OTHER', 'SampleService 1.00', 'Rich', 'example-small', 'rich'],
  );
  const second = await opened.apply({ catalog });
  expect(second.filter(({ action }) => action !== 'keep')).toEqual([]);
});

test('contract §3: the export applies without a change, and shows no secret', async () => {
  const file = await opened.catalog.section.export(opened.test.database);
  expect(JSON.stringify(file)).not.toMatch(/hunter2|geheim/);
  expect((await opened.apply(file)).filter(({ action }) => action !== 'keep')).toEqual([]);
  const { text } = await opened.call('GET', '/v1/catalog/technical-services/acme/Rich/definition');
  expect(text).toContain('hunter2');
  expect(text).toContain('geheim');
});

test('contract §3: mistakes are all told, with the place in the workspace file and the line of the definition', async () => {
  const wrong = {
    organizations: [
      ...only,
      { id: 'acme', roles: ['supplier'] },
      { id: 'x', roles: ['customer'], users: ['nobody'] },
    ],
    technicalServices: [
      { path: 'bad.xml', text: `\n${file19({ id: 'Bad', accessType: undefined })}` },
      { organization: 'customer1', files: [] },
    ],
    services: [
      { id: 'a/b', technicalService: { id: 'Rich' }, supplier: 'customer1' },
      { id: 's', technicalService: { id: 'None' }, supplier: 'acme' },
      { id: 't', technicalService: { id: 'Rich' }, supplier: 'acme', parameters: { W: { value: 'x' } } },
    ],
  };
  const error = (await opened.apply({ catalog: wrong }).catch((thrown: unknown) => thrown)) as AppError;
  expect(error.errors.map(({ place }) => place)).toEqual([
    '/catalog/organizations/2/id',
    '/catalog/organizations/3/users/0',
    '/catalog/technicalServices/1/organization',
    '/catalog/technicalServices/0',
    '/catalog/services/0/id',
    '/catalog/services/0/supplier',
    '/catalog/services/0/technicalService',
    '/catalog/services/1/technicalService',
    '/catalog/services/2/parameters/W',
  ]);
  expect(error.errors[3]?.message).toContain('bad.xml:2: TechnicalService/@accessType');
});

test('contract §3: prune removes what the file does not mention', async () => {
  const [keep] = catalog.services;
  const pruned = { ...catalog, technicalServices: [catalog.technicalServices[0]], services: [keep] };
  const changes = await opened.apply({ catalog: pruned }, { prune: true });
  expect(changes.filter(({ action }) => action === 'remove')).toEqual([
    { action: 'remove', kind: 'technicalService', id: 'Rich' },
    { action: 'remove', kind: 'service', id: 'rich' },
  ]);
  expect((await opened.call('GET', '/v1/catalog/technical-services/acme/Rich')).status).toBe(404);
});
