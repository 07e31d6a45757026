import type {
  ColumnDescription,
  Paging,
  RouteDescription,
  SpecialWrite,
  TableDescription,
} from '../rest/description.ts';
import { xmlElement } from '../rest/xml.ts';
import { author, datetime, flag, id, integer, readOnly, text, timestamps, visibility } from './columns.ts';
import { contactColumns, writeContact } from './contact-columns.ts';
import { customFieldColumns } from './custom-fields.ts';

const pages: Paging = { style: 'offset', parameter: 'n', size: 500 };
const searchPages: Paging = { style: 'offset', parameter: 'n', size: 25 };

const one = (path: string, rows: string): RouteDescription => ({
  path,
  rows,
  where: { Id: ['='] },
  single: true,
});

const since = (path: string): RouteDescription => ({
  path,
  where: { UpdatedAt: ['>', '>='] },
  query: { since: '{UpdatedAt}' },
  send: { UpdatedAt: 'compact' },
  paging: pages,
});

/** Search by what a contact holds; loose, so that every row is checked again (connector §4.5). */
const searches = (path: string, rows: string): RouteDescription[] => [
  ...(
    [
      ['EmailAddress', 'email'],
      ['Phone', 'phone'],
      ['City', 'city'],
      ['State', 'state'],
      ['Zip', 'zip'],
      ['Country', 'country'],
    ] as const
  ).map(([column, criterion]) => ({
    path,
    rows,
    where: { [column]: ['=' as const] },
    query: { [`criteria[${criterion}]`]: `{${column}}` },
    paging: searchPages,
  })),
  { path, rows, where: { Term: ['='] }, query: { term: '{Term}' }, paging: searchPages, echo: ['Term'] },
];

const tagged = (path: string): RouteDescription => ({
  path,
  where: { TagId: ['='] },
  query: { tag_id: '{TagId}' },
  paging: pages,
  echo: ['TagId'],
});

const partyPseudoColumns: ColumnDescription[] = [
  integer('TagId', { hidden: true, path: null, ...readOnly, description: 'Only those with this tag' }),
  text('Term', {
    hidden: true,
    path: null,
    ...readOnly,
    description: 'Only those the service finds by this name',
  }),
];

const tags = text('Tags', {
  path: 'tags/tag/name[]',
  ...readOnly,
  description: 'Names of the tags, a JSON list',
});

const peopleColumns: ColumnDescription[] = [
  id,
  text('FirstName'),
  text('LastName'),
  text('Name', {
    path: null,
    ...readOnly,
    description: 'First and last name',
    read: (row) => fullName(row.cell('first-name'), row.cell('last-name')),
  }),
  text('Title'),
  text('Background'),
  text('LinkedinUrl'),
  text('AvatarUrl', readOnly),
  integer('CompanyId', { references: 'Companies.Id' }),
  text('CompanyName', { description: 'INSERT finds the company of this name, or creates it' }),
  ...visibility,
  author,
  ...timestamps,
  ...contactColumns,
  tags,
  ...partyPseudoColumns,
];

function fullName(first: unknown, last: unknown): string | null {
  return [first, last].filter((part) => typeof part === 'string' && part !== '').join(' ') || null;
}

const people: TableDescription = {
  name: 'People',
  description: 'Contacts who are persons',
  rows: 'people/person',
  key: 'Id',
  columns: peopleColumns,
  routes: [
    one('/people/{Id}.xml', 'person'),
    { path: '/companies/{CompanyId}/people.xml', where: { CompanyId: ['='] }, firstFound: true },
    tagged('/people.xml'),
    { path: '/people.xml', where: { Title: ['='] }, query: { title: '{Title}' }, paging: pages },
    ...searches('/people/search.xml', 'people/person'),
    since('/people.xml'),
    { path: '/people.xml', paging: pages },
  ],
  moreColumns: customFieldColumns('party', peopleColumns),
  async count(api, signal) {
    const account = await api.get('/account.xml', signal);
    const count = Number(account?.parts('account')[0]?.cell('people-count'));
    return Number.isFinite(count) ? count : undefined;
  },
  changes: { column: 'UpdatedAt', deletions: { table: 'Deletions', type: 'Person' } },
  insert: { path: '/people.xml', root: 'person', special: writeContact('/people', 'person') },
  update: { path: '/people/{Id}.xml', root: 'person', special: writeContact('/people', 'person') },
  delete: { path: '/people/{Id}.xml' },
};

const companyColumns: ColumnDescription[] = [
  id,
  text('Name', { required: true }),
  text('Background'),
  ...visibility,
  author,
  ...timestamps,
  ...contactColumns,
  tags,
  ...partyPseudoColumns,
];

const companies: TableDescription = {
  name: 'Companies',
  description: 'Contacts that are companies',
  rows: 'companies/company',
  key: 'Id',
  columns: companyColumns,
  routes: [
    one('/companies/{Id}.xml', 'company'),
    tagged('/companies.xml'),
    ...searches('/companies/search.xml', 'companies/company'),
    since('/companies.xml'),
    { path: '/companies.xml', paging: pages },
  ],
  moreColumns: customFieldColumns('party', companyColumns),
  changes: { column: 'UpdatedAt', deletions: { table: 'Deletions', type: 'Company' } },
  insert: { path: '/companies.xml', root: 'company', special: writeContact('/companies', 'company') },
  update: { path: '/companies/{Id}.xml', root: 'company', special: writeContact('/companies', 'company') },
  delete: { path: '/companies/{Id}.xml' },
};

const parties = text('Parties', {
  path: null,
  ...readOnly,
  description: 'Names of the people and companies involved, a JSON list',
  read: (row) => {
    const names = row
      .parts('parties/party')
      .map((party) => party.cell('name') ?? fullName(party.cell('first-name'), party.cell('last-name')));
    return names.length > 0 ? JSON.stringify(names) : null;
  },
});

const cases: TableDescription = {
  name: 'Cases',
  description: 'Cases, open and closed',
  rows: 'kases/kase',
  key: 'Id',
  columns: [
    id,
    text('Name', { required: true }),
    flag('IsClosed', { ...readOnly, path: null, read: (row) => Boolean(row.cell('closed-at')) }),
    datetime('ClosedAt', { description: 'Set it to close a case, set it to NULL to reopen' }),
    ...visibility,
    author,
    ...timestamps,
    parties,
  ],
  routes: [
    one('/kases/{Id}.xml', 'kase'),
    {
      path: '/kases/{IsClosed}.xml',
      where: { IsClosed: ['='] },
      send: { IsClosed: { 0: 'open', 1: 'closed' } },
      paging: pages,
    },
    { path: ['/kases/open.xml', '/kases/closed.xml'], paging: pages },
  ],
  insert: { path: '/kases.xml', root: 'kase' },
  update: { path: '/kases/{Id}.xml', root: 'kase' },
  delete: { path: '/kases/{Id}.xml' },
};

const dealColumns: ColumnDescription[] = [
  id,
  integer('AccountId', readOnly),
  text('Name', { required: true }),
  text('Background'),
  integer('CategoryId', { references: 'DealCategories.Id' }),
  text('CategoryName', { path: 'category/name', ...readOnly }),
  text('Currency'),
  integer('Price'),
  text('PriceType', { description: 'fixed, hour, month or year' }),
  integer('Duration', { description: 'Number of units of PriceType' }),
  integer('PartyId'),
  text('PartyName', {
    path: null,
    ...readOnly,
    read: (row) =>
      row.cell('party/name') ?? fullName(row.cell('party/first-name'), row.cell('party/last-name')),
  }),
  integer('ResponsiblePartyId', { references: 'Users.Id' }),
  text('Status', { description: 'pending, won or lost' }),
  { name: 'StatusChangedOn', type: 'Date', access: 'read' },
  ...visibility,
  author,
  ...timestamps,
  parties,
];

/** PUT on a deal ignores its status, which has a resource of its own: fields first, status second (connector §4.5). */
async function writeDeal({ api, key, values, ordinary }: SpecialWrite, signal: AbortSignal) {
  const { Status: status, ...fields } = values;
  const written = key === null || Object.keys(fields).length > 0 ? await ordinary(fields) : key;
  if (status === undefined || (key === null && status === 'pending')) return written;
  await setStatus(api, written, status, signal, key === null || Object.keys(fields).length > 0);
  return written;
}

async function setStatus(
  api: SpecialWrite['api'],
  key: unknown,
  status: unknown,
  signal: AbortSignal,
  fieldsDone: boolean,
): Promise<void> {
  try {
    await api.send(
      'PUT',
      `/deals/${String(key)}/status.xml`,
      `<status>${xmlElement('name', String(status), 'String')}</status>`,
      signal,
    );
  } catch (error) {
    if (fieldsDone && error instanceof Error) error.message += ' (the other fields of the deal were written)';
    throw error;
  }
}

const deals: TableDescription = {
  name: 'Deals',
  description: 'Deals',
  rows: 'deals/deal',
  key: 'Id',
  columns: dealColumns,
  routes: [
    one('/deals/{Id}.xml', 'deal'),
    { path: '/deals.xml', where: { Status: ['='] }, query: { status: '{Status}' }, paging: pages },
    since('/deals.xml'),
    { path: '/deals.xml', paging: pages },
  ],
  moreColumns: customFieldColumns('deal', dealColumns),
  changes: { column: 'UpdatedAt', deletions: { table: 'Deletions', type: 'Deal' } },
  insert: { path: '/deals.xml', root: 'deal', special: writeDeal },
  update: { path: '/deals/{Id}.xml', root: 'deal', special: writeDeal },
  delete: { path: '/deals/{Id}.xml' },
};

/** People, companies, cases and deals: what notes, tasks and tags hang on. */
export const subjectTables: TableDescription[] = [people, companies, cases, deals];
