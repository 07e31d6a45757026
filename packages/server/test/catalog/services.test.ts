import { afterAll, beforeAll, expect, test } from 'vitest';
import { event, file19, info, options, parameter, role, sample14, tag } from './definition-files.ts';
import { type OpenCatalog, openCatalog } from './open-catalog.ts';

let opened: OpenCatalog;
beforeAll(async () => {
  opened = await openCatalog();
  await opened.importFile(sample14());
  await opened.importFile(file19({ id: 'Rich' }, rich));
  await opened.importFile(file19({ id: 'Direct', accessType: 'DIRECT' }, info()));
  await opened.importFile(file19({ id: 'Outside', accessType: 'EXTERNAL' }));
});
afterAll(() => opened.close());

const rich =
  tag('LocalizedDescription', { locale: 'en' }, 'Keeps documents') +
  tag('LocalizedTag', { locale: 'en' }, 'Archive') +
  parameter({ id: 'B', valueType: 'BOOLEAN' }) +
  parameter({ id: 'N', valueType: 'INTEGER', minValue: '1', maxValue: '9' }) +
  parameter({ id: 'L', valueType: 'LONG' }) +
  parameter({ id: 'S' }) +
  parameter({ id: 'C', valueType: 'ENUMERATION' }, options('1', '2')) +
  parameter({ id: 'W', valueType: 'PWD' }) +
  parameter({ id: 'HIDDEN', configurable: 'false', default: 'x' }) +
  event() +
  role();

const path = '/v1/catalog/services';
let count = 0;
const input = (more: object = {}) => {
  count += 1;
  return {
    id: `service ${count}`,
    name: { ja: `サービス${count}`, en: `Service ${count}` },
    technicalService: { id: 'Rich' },
    supplier: 'acme',
    ...more,
  };
};
const create = (more: object = {}, user = 'seller') => opened.call('POST', path, input(more), user);

test('contract §5: a service is made, read, changed, listed and deleted', async () => {
  const given = input({
    technicalService: { id: 'SampleService', version: '1.00' },
    parameters: {
      MEMORY_STORAGE: { value: '1', configurableByCustomer: true },
      NAMED_USER: { value: 5 },
      PERIOD: { configurableByCustomer: true },
    },
    prices: {
      currency: 'JPY',
      oneTime: 1000,
      recurring: { amount: 500, period: 'month' },
      perUser: { amount: '100.50', period: 'month', roles: { ADMIN: 10 } },
      parameters: { MEMORY_STORAGE: { period: 'day', options: { 1: { amount: 3 } } } },
      events: {
        FILE_DOWNLOAD: { steps: [{ limit: 10, price: 1 }, { limit: 50, price: 0.8 }, { price: 0.5 }] },
        USER_LOGIN_TO_SERVICE: 2,
      },
    },
  });
  const made = await opened.call('POST', path, given, 'seller');
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    id: given.id,
    title: given.name.en,
    technicalService: { id: 'SampleService', version: '1.00', organization: 'acme' },
    parameters: { MEMORY_STORAGE: { value: '1', configurableByCustomer: true }, NAMED_USER: { value: '5' } },
    prices: {
      type: 'PRO_RATA',
      currency: 'JPY',
      oneTime: '1000',
      perUser: { amount: '100.50', roles: { ADMIN: '10' } },
    },
  });
  const { body } = await opened.call('GET', `${path}/${given.id}`, undefined, 'member');
  expect(body).toEqual(made.body);
  const changed = await opened.call(
    'PATCH',
    `${path}/${given.id}`,
    { name: { en: 'New' }, prices: null },
    'seller',
  );
  expect(changed.body).toMatchObject({ title: 'New', parameters: made.body.parameters });
  expect(changed.body.prices).toBeUndefined();
  expect((await opened.call('POST', path, given, 'seller')).status).toBe(409);
  expect((await opened.call('DELETE', `${path}/${given.id}`, undefined, 'seller')).status).toBe(204);
  expect((await opened.call('GET', `${path}/${given.id}`)).status).toBe(404);
  expect((await opened.call('POST', path, given, 'seller')).status).toBe(201);
});

test('contract §7: services need the role supplier in the acting organization', async () => {
  for (const user of ['provider', 'rival', 'customer', 'member', 'stranger']) {
    expect([user, (await create({}, user)).status]).toEqual([user, 403]);
  }
  expect((await create({ supplier: 'customer1' }, 'admin')).status).toBe(403);
  expect((await create({ supplier: 'nobody' }, 'admin')).status).toBe(404);
  expect((await create({}, 'admin')).status).toBe(201);
  const { body } = await create();
  expect((await opened.call('DELETE', `${path}/${body.id}`, undefined, 'stranger')).status).toBe(403);
});

/** The places of the mistakes. */
async function refused(more: object): Promise<string[]> {
  const { status, body } = await create(more);
  expect([more, status]).toEqual([more, 422]);
  return body.errors.map(({ pointer }: { pointer: string }) => pointer);
}

test('oscm §2.6: values of parameters', async () => {
  const values: [id: string, good: (string | number | boolean)[], bad: (string | number)[]][] = [
    ['B', ['true', 'FALSE', true], ['yes', '1']],
    ['N', ['1', 9, '+5'], ['0', '10', 'x', '2147483648', '1.5']],
    ['L', ['9223372036854775807', '-1'], ['9223372036854775808', '1e3']],
    ['S', ['any text'], []],
    ['C', ['1', 2], ['3']],
    ['W', ['secret'], []],
    ['NAMED_USER', ['1'], ['0', '-1', 'x']],
    ['PERIOD', ['0', '86400000', '864000000'], ['1', '-86400000', '86400001', 'x']],
  ];
  for (const [id, good, bad] of values) {
    for (const value of good) {
      expect([id, value, (await create({ parameters: { [id]: { value } } })).status]).toEqual([
        id,
        value,
        201,
      ]);
    }
    for (const value of bad) {
      expect([value, await refused({ parameters: { [id]: { value } } })]).toEqual([
        value,
        [`/parameters/${id}/value`],
      ]);
    }
  }
});

test('oscm §2.6: a supplier cannot set what is not configurable, unknown or hidden', async () => {
  expect(await refused({ parameters: { HIDDEN: { value: 'y' }, NONE: {} } })).toEqual([
    '/parameters/HIDDEN',
    '/parameters/NONE',
  ]);
  const direct = { technicalService: { id: 'Direct' } };
  expect(
    await refused({ ...direct, parameters: { NAMED_USER: { value: '1' }, CONCURRENT_USER: {} } }),
  ).toHaveLength(2);
  expect((await create({ ...direct, parameters: { PERIOD: { value: '86400000' } } })).status).toBe(201);
});

test('contract §7: the value of a password is never given out, and stays through a change', async () => {
  const { body, text } = await create({
    parameters: { W: { value: 'hunter2', configurableByCustomer: true } },
  });
  expect(text).not.toContain('hunter2');
  expect(body.parameters.W).toEqual({ configurableByCustomer: true });
  await opened.call('PATCH', `${path}/${body.id}`, { parameters: { W: {} } }, 'seller');
  const rows = () =>
    opened.test.database.rows({
      name: 'all',
      text: 'SELECT id, parameters FROM catalog.services',
      values: [],
    });
  expect(JSON.stringify(await rows())).not.toContain('hunter2');
  const row = (await rows()).find((one) => (one as { id: string }).id === body.id) as {
    parameters: { W: { value: string } };
  };
  expect(row.parameters.W.value).toMatch(/^v1\./);
});

test('oscm §4.6: price models that do not fit are refused with their places', async () => {
  const prices = (more: object) => ({ prices: { currency: 'EUR', ...more } });
  const cases: [object, string[]][] = [
    [prices({ currency: 'XXQ' }), ['/prices/currency']],
    [prices({ events: { NONE: 1 } }), ['/prices/events/NONE']],
    [
      prices({ events: { E: { steps: [{ limit: 5, price: 1 }, { limit: 5, price: 2 }, { price: 1 }] } } }),
      ['/prices/events/E'],
    ],
    [prices({ events: { E: { steps: [{ limit: 5, price: 1 }] } } }), ['/prices/events/E']],
    [prices({ perUser: { period: 'day', amount: 1, steps: [{ price: 2 }] } }), ['/prices/perUser']],
    [prices({ perUser: { period: 'day', roles: { NONE: 1 } } }), ['/prices/perUser/roles/NONE']],
    [prices({ parameters: { NONE: { period: 'day' } } }), ['/prices/parameters/NONE']],
    [
      prices({ parameters: { S: { period: 'day', amount: { steps: [{ price: 1 }] } } } }),
      ['/prices/parameters/S'],
    ],
    [
      prices({ parameters: { C: { period: 'day', options: { 9: { amount: 1 } } } } }),
      ['/prices/parameters/C/options/9'],
    ],
    [prices({ oneTime: '1.12345678901' }), ['/prices/oneTime']],
  ];
  for (const [more, places] of cases) {
    const found = await refused(more);
    expect([more, found.every((place) => places.some((wanted) => place.startsWith(wanted)))]).toEqual([
      more,
      true,
    ]);
  }
  const direct = { technicalService: { id: 'Direct' }, ...prices({ events: { USER_LOGIN_TO_SERVICE: 1 } }) };
  expect(await refused(direct)).toEqual(['/prices/events/USER_LOGIN_TO_SERVICE']);
  expect(await refused({ technicalService: { id: 'Outside' }, ...prices({}) })).toEqual(['/prices']);
  expect((await create(prices({ oneTime: -1 }))).status).toBe(422);
  expect((await create({ surprise: 1 })).status).toBe(422);
  expect(await refused({ technicalService: { id: 'None' } })).toEqual(['/technicalService']);
  expect((await create({ id: 'a/b' })).status).toBe(422);
});

test('oscm §2.4 rule 11: the catalog is searched by text and by tag', async () => {
  const { body: made } = await create({ id: 'Unique', name: { ja: '唯一の物', en: 'The only 100%_one' } });
  const find = async (query: string) =>
    (await opened.call('GET', `${path}?limit=500&${query}`, undefined, 'member')).body.items.map(
      ({ id }: { id: string }) => id,
    );
  expect(await find(`q=${encodeURIComponent('唯一')}`)).toEqual([made.id]);
  expect(await find('q=ONLY')).toEqual([made.id]);
  expect(await find(`q=${encodeURIComponent('%_o')}`)).toEqual([made.id]);
  expect((await find('q=documents')).includes(made.id)).toBe(true);
  expect((await find('tag=Archive')).includes(made.id)).toBe(true);
  expect(await find('tag=other')).toEqual([]);
});

test('what is not on sale is seen by its supplier alone', async () => {
  const { body } = await create({ active: false });
  expect(body.active).toBe(false);
  expect((await opened.call('GET', `${path}/${body.id}`, undefined, 'member')).status).toBe(404);
  expect((await opened.call('PATCH', `${path}/${body.id}`, { active: true }, 'seller')).body.active).toBe(
    true,
  );
  expect((await opened.call('GET', `${path}/${body.id}`, undefined, 'member')).status).toBe(200);
});

test('oscm §2.5, §7 cases 9, 10: a marketable service holds its definition fast', async () => {
  const file = (body: string, id = 'Held') => file19({ id }, body);
  const number = (max: string | undefined) => parameter({ id: 'N', valueType: 'INTEGER', maxValue: max });
  await opened.importFile(file(number('500') + event() + role()));
  const { body } = await create({ technicalService: { id: 'Held' }, parameters: { N: { value: '7' } } });
  const before = await opened.call('GET', '/v1/catalog/technical-services/acme/Held');
  const changes = [
    number('600') + event() + role(),
    number(undefined) + event() + role(),
    number('500') + role(),
    number('500') + event(),
    event() + role(),
  ];
  for (const change of changes) {
    const { status, body: problem } = await opened.importFile(file(change));
    expect(status).toBe(409);
    expect(problem.errors[0].message).toContain(body.id);
  }
  expect((await opened.call('GET', '/v1/catalog/technical-services/acme/Held')).text).toBe(before.text);
  expect((await opened.call('DELETE', '/v1/catalog/technical-services/acme/Held')).status).toBe(409);
  await opened.call('DELETE', `${path}/${body.id}`, undefined, 'seller');
  for (const change of changes.reverse()) expect((await opened.importFile(file(change))).status).toBe(200);
  expect((await opened.call('DELETE', '/v1/catalog/technical-services/acme/Held')).status).toBe(204);
});
