import type { FakeHighrise } from './fake-highrise.ts';
import type { Fields } from './records.ts';

const titles = ['CEO', 'CFO', 'Engineer', null, 'Clerk', ''];

/** Person number `n`, the same on every run. */
export function person(n: number): Fields {
  const day = String((n % 28) + 1).padStart(2, '0');
  return {
    id: n,
    'first-name': `First${n}`,
    'last-name': n % 7 === 0 ? null : `Last${n % 100}`,
    title: titles[n % titles.length]!,
    background: n % 5 === 0 ? `It's & <b>${n}</b> 日本` : null,
    'company-id': n % 3 === 0 ? null : (n % 10) + 1,
    'company-name': n % 3 === 0 ? null : `Company ${(n % 10) + 1}`,
    'visible-to': n % 4 === 0 ? 'Owner' : 'Everyone',
    'author-id': 2,
    'created-at': `2012-01-${day}T04:00:00Z`,
    'updated-at': `2013-02-${day}T15:45:${String(n % 60).padStart(2, '0')}Z`,
  };
}

export function addPeople(fake: FakeHighrise, count: number): void {
  for (let n = 1; n <= count; n += 1) fake.add('people', person(n));
}

export function addCompanies(fake: FakeHighrise, count: number): void {
  for (let n = 1; n <= count; n += 1) {
    fake.add('companies', {
      id: n,
      name: `Company ${n}`,
      background: null,
      'visible-to': 'Everyone',
      'author-id': 2,
      'created-at': '2012-01-01T04:00:00Z',
      'updated-at': '2013-02-01T15:45:46Z',
    });
  }
}
