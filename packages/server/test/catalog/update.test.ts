import { expect, test } from 'vitest';
import type { Definition } from '../../src/modules/catalog/definition/model.ts';
import { readDefinitions } from '../../src/modules/catalog/definition/read.ts';
import { mergeDefinition, type Usage, updateConflicts } from '../../src/modules/catalog/definition/update.ts';
import { event, file19, operation, options, parameter, role, tag } from './definition-files.ts';

/** The re-import table of oscm §2.5: one row per change, with what uses the service. */

async function read(attributes: Record<string, string | undefined>, body: string): Promise<Definition> {
  const source = (async function* () {
    yield Buffer.from(file19(attributes, body));
  })();
  const { services, faults } = await readDefinitions(source, new Set(['NATIVE_BILLING']));
  expect(faults.map((fault) => fault.message)).toEqual([]);
  return services.at(0).definition;
}

const nothing: Usage = { openSessions: 0, services: [], subscriptions: [], mostPerOrganization: 0 };
const usages = {
  nothing,
  service: { ...nothing, services: ['small'] },
  // the marketable service is deleted, its subscription lives on
  subscription: { ...nothing, subscriptions: ['mine'], mostPerOrganization: 1 },
  both: { ...nothing, services: ['small'], subscriptions: ['mine', 'mine too'], mostPerOrganization: 2 },
  session: { ...nothing, openSessions: 1 },
} as const;
type Use = keyof typeof usages;

const number = (attributes: Record<string, string | undefined> = {}) =>
  parameter({ id: 'N', valueType: 'INTEGER', default: '5', minValue: '1', maxValue: '500', ...attributes });
const fixed = (attributes: Record<string, string | undefined> = {}) =>
  parameter({ id: 'F', configurable: 'false', default: 'x', ...attributes });
const choice = (...ids: string[]) => parameter({ id: 'C', valueType: 'ENUMERATION' }, options(...ids));
const bilingual = (locales: string[]) =>
  parameter(
    { id: 'C', valueType: 'ENUMERATION' },
    tag(
      'Options',
      {},
      ['1', '2']
        .map((id) =>
          tag('Option', { id }, locales.map((locale) => tag('LocalizedOption', { locale }, id)).join('')),
        )
        .join(''),
    ),
  );
const base = number() + fixed() + choice('1', '2') + event() + role() + operation();

type Row = [change: string, body: string, refusedWith: Use[], attributes?: Record<string, string>];
const rows: Row[] = [
  ['nothing', base, ['session']],
  [
    'parameter: valueType',
    number({ valueType: 'LONG' }) + fixed() + choice('1', '2') + event() + role() + operation(),
    ['service', 'both', 'session'],
  ],
  ['parameter: mandatory', base.replace('id="N"', 'id="N" mandatory="true"'), ['service', 'both', 'session']],
  [
    'parameter: configurable',
    base.replace('id="N"', 'id="N" configurable="false"'),
    ['service', 'both', 'session'],
  ],
  ['parameter: default', base.replace('default="5"', 'default="6"'), ['service', 'both', 'session']],
  ['parameter: minValue', base.replace('minValue="1"', 'minValue="2"'), ['service', 'both', 'session']],
  [
    'parameter: maxValue (§7 case 10)',
    base.replace('maxValue="500"', 'maxValue="600"'),
    ['service', 'both', 'session'],
  ],
  [
    'parameter: maxValue left out (§7 case 10)',
    base.replace(' maxValue="500"', ''),
    ['service', 'both', 'session'],
  ],
  ['parameter: default left out', base.replace(' default="5"', ''), ['service', 'both', 'session']],
  ['parameter that no supplier may set: default', base.replace('default="x"', 'default="y"'), ['session']],
  [
    'parameter: ONE_TIME (§7 case 9)',
    base.replace('id="F"', 'id="F" modificationType="ONE_TIME"'),
    ['service', 'both', 'session'],
  ],
  [
    'option removed',
    number() + fixed() + choice('1') + event() + role() + operation(),
    ['service', 'both', 'session'],
  ],
  ['option added', number() + fixed() + choice('1', '2', '3') + event() + role() + operation(), ['session']],
  [
    'parameter missing',
    fixed() + choice('1', '2') + event() + role() + operation(),
    ['service', 'subscription', 'both', 'session'],
  ],
  [
    'event missing',
    number() + fixed() + choice('1', '2') + role() + operation(),
    ['service', 'subscription', 'both', 'session'],
  ],
  [
    'role missing',
    number() + fixed() + choice('1', '2') + event() + operation(),
    ['service', 'subscription', 'both', 'session'],
  ],
  ['operation missing', number() + fixed() + choice('1', '2') + event() + role(), ['session']],
  [
    'parameter, event, role, operation added',
    number() +
      fixed() +
      choice('1', '2') +
      parameter() +
      event() +
      event('E2') +
      role() +
      role('R2') +
      operation() +
      operation('O2'),
    ['session'],
  ],
  [
    'addresses, build, passwords',
    base,
    ['session'],
    {
      baseUrl: 'http://other',
      loginPath: '/x',
      build: '2',
      provisioningPassword: 'p',
      provisioningType: 'ASYNCHRONOUS',
      provisioningTimeout: '5',
    },
  ],
  ['access type', base, ['session'], { accessType: 'EXTERNAL' }],
  ['onlyOneSubscriptionPerUser', base, ['both', 'session'], { onlyOneSubscriptionPerUser: 'true' }],
  ['allowingOnBehalfActing', base, ['subscription', 'both', 'session'], { allowingOnBehalfActing: 'true' }],
];

for (const [change, body, refusedWith, attributes = {}] of rows) {
  for (const [use, usage] of Object.entries(usages) as [Use, Usage][]) {
    const refuses = refusedWith.includes(use);
    test(`oscm §2.5: ${change}, used by ${use}: ${refuses ? 'refused' : 'accepted'}`, async () => {
      const stored = await read({}, base);
      const next = mergeDefinition(stored, await read(attributes, body));
      const conflicts = updateConflicts(stored, next, usage);
      expect(conflicts.map(({ kind }) => kind).includes('conflict')).toBe(refuses);
      for (const { message } of conflicts) expect(message).toMatch(/^Example: /);
    });
  }
}

test('oscm §2.5: a locale of an option cannot go while a service uses it', async () => {
  const stored = await read({}, bilingual(['en', 'ja']));
  const next = await read({}, bilingual(['en']));
  expect(updateConflicts(stored, next, usages.service)).toHaveLength(2);
  expect(updateConflicts(stored, next, usages.nothing)).toEqual([]);
  expect(updateConflicts(next, stored, usages.service)).toEqual([]);
});
