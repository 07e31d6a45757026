import type { ColumnDescription, TableDescription } from '../rest/description.ts';
import { datetime, flag, id, integer, readOnly, text, timestamps } from './columns.ts';

const categories = (name: string, element: string, path: string): TableDescription => ({
  name,
  rows: `${element.replace(/y$/, 'ies')}/${element}`,
  key: 'Id',
  columns: [
    id,
    text('Name', { required: true }),
    text('Color', { description: 'Six hexadecimal digits' }),
    integer('AccountId', readOnly),
    integer('ElementsCount', readOnly),
    ...timestamps,
  ],
  routes: [
    { path: `/${path}/{Id}.xml`, rows: element, where: { Id: ['='] }, single: true },
    { path: `/${path}.xml` },
  ],
  insert: { path: `/${path}.xml`, root: element },
  update: { path: `/${path}/{Id}.xml`, root: element },
  delete: { path: `/${path}/{Id}.xml` },
});

const userColumns: ColumnDescription[] = [
  id,
  text('Name'),
  text('EmailAddress'),
  flag('Admin'),
  ...timestamps,
];

/** Tables and views about the account itself. */
export const accountTables: TableDescription[] = [
  {
    name: 'CustomFields',
    description: 'Definitions of custom fields; those of deals cannot be created by the API',
    rows: 'subject-fields/subject-field',
    key: 'Id',
    columns: [
      id,
      text('Label', { required: true }),
      text('Type', { ...readOnly, description: 'party or deal' }),
    ],
    routes: [
      { path: '/subject_fields.xml', where: { Type: ['='] }, query: { type: '{Type}' } },
      { path: '/subject_fields.xml', query: { type: 'all' } },
    ],
    insert: { path: '/subject_fields.xml', root: 'subject-field' },
    update: { path: '/subject_fields/{Id}.xml', root: 'subject-field' },
    delete: { path: '/subject_fields/{Id}.xml' },
  },
  categories('DealCategories', 'deal-category', 'deal_categories'),
  categories('TaskCategories', 'task-category', 'task_categories'),
  {
    name: 'Groups',
    description: 'Groups of users; only administrators may read them',
    rows: 'groups/group',
    key: 'Id',
    columns: [id, text('Name', { required: true })],
    routes: [
      { path: '/groups/{Id}.xml', rows: 'group', where: { Id: ['='] }, single: true },
      { path: '/groups.xml' },
    ],
    insert: { path: '/groups.xml', root: 'group' },
    update: { path: '/groups/{Id}.xml', root: 'group' },
    delete: { path: '/groups/{Id}.xml' },
  },
  {
    name: 'GroupUsers',
    description: 'Users of each group',
    view: true,
    rows: 'group/users/user',
    columns: [
      integer('GroupId', { path: null, references: 'Groups.Id' }),
      integer('UserId', { path: 'id', references: 'Users.Id' }),
      text('Name'),
      text('EmailAddress'),
    ],
    routes: [
      { path: '/groups/{GroupId}.xml', where: { GroupId: ['='] }, echo: ['GroupId'], firstFound: true },
      {
        path: '/groups/{GroupId}.xml',
        each: { path: '/groups.xml', rows: 'groups/group', value: 'id', as: 'GroupId' },
      },
    ],
  },
  {
    name: 'Memberships',
    description: 'Which user is in which group; only administrators may read them',
    view: true,
    rows: 'memberships/membership',
    key: 'Id',
    columns: [
      id,
      integer('UserId', { references: 'Users.Id' }),
      integer('GroupId', { references: 'Groups.Id' }),
      ...timestamps,
    ],
    routes: [
      { path: '/memberships/{Id}.xml', rows: 'membership', where: { Id: ['='] }, single: true },
      { path: '/memberships.xml' },
    ],
  },
  {
    name: 'Tags',
    description: 'Tags of the account, or of one subject',
    view: true,
    rows: 'tags/tag',
    key: 'Id',
    columns: [
      id,
      text('Name'),
      text('SubjectType', { hidden: true, path: null, description: 'People, Companies, Cases or Deals' }),
      integer('SubjectId', { hidden: true, path: null }),
    ],
    routes: [
      {
        path: '/{SubjectType}/{SubjectId}/tags.xml',
        where: { SubjectType: ['='], SubjectId: ['='] },
        send: { SubjectType: { People: 'people', Companies: 'companies', Cases: 'kases', Deals: 'deals' } },
        echo: ['SubjectType', 'SubjectId'],
      },
      { path: '/tags.xml' },
    ],
  },
  {
    name: 'Users',
    view: true,
    rows: 'users/user',
    key: 'Id',
    columns: userColumns,
    routes: [
      { path: '/users/{Id}.xml', rows: 'user', where: { Id: ['='] }, single: true },
      { path: '/users.xml' },
    ],
  },
  {
    name: 'Account',
    view: true,
    rows: 'account',
    key: 'Id',
    columns: [
      id,
      text('Name'),
      text('Subdomain'),
      text('Plan'),
      integer('OwnerId', { references: 'Users.Id' }),
      integer('PeopleCount', { description: 'People only, without companies' }),
      integer('Storage', { description: 'Bytes used' }),
      text('ColorTheme', { path: 'color_theme' }),
      flag('SslEnabled', { path: 'ssl_enabled' }),
      ...timestamps,
    ],
    routes: [{ path: '/account.xml' }],
  },
  {
    name: 'Deletions',
    description: 'What was deleted, oldest first',
    view: true,
    rows: 'deletions/deletion',
    columns: [id, text('Type', { path: '@type' }), datetime('DeletedAt')],
    routes: [
      {
        path: '/deletions.xml',
        where: { DeletedAt: ['>', '>='] },
        query: { since: '{DeletedAt}' },
        send: { DeletedAt: 'compact' },
        paging: { style: 'offset', parameter: 'n', size: 500 },
      },
      { path: '/deletions.xml', paging: { style: 'offset', parameter: 'n', size: 500 } },
    ],
  },
];
