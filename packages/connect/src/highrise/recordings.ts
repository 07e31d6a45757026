import type { ColumnDescription, Paging, RouteDescription, TableDescription } from '../rest/description.ts';
import { author, datetime, flag, id, integer, readOnly, text, timestamps, visibility } from './columns.ts';

const pages: Paging = { style: 'offset', parameter: 'n', size: 25 };

/** SubjectType in table names, as CData has it, and in the words of the API's paths and records (connector §3.3). */
const subjectPaths = {
  People: 'people',
  Companies: 'companies',
  Cases: 'kases',
  Deals: 'deals',
  Kase: 'kases',
  Deal: 'deals',
};
const subjectWords = {
  read: { Kase: 'Cases', Deal: 'Deals' },
  write: { People: 'Party', Companies: 'Party', Cases: 'Kase', Deals: 'Deal' },
};

const subject = (access: 'insert' | 'write' | 'read'): ColumnDescription[] => [
  integer('SubjectId', { access }),
  text('SubjectType', {
    access,
    values: subjectWords,
    description: 'People, Companies, Cases or Deals; Party for a record read by its id',
  }),
  text('SubjectName', readOnly),
];

const collection: ColumnDescription[] = [integer('CollectionId', readOnly), text('CollectionType', readOnly)];

/**
 * A subject's list may hold rows of its employees or members (connector §4.5 traps): they belong to what was
 * asked for, so SubjectType and SubjectId repeat the condition.
 */
const ofSubject = (resource: string): RouteDescription[] => {
  const base: RouteDescription = {
    path: `/{SubjectType}/{SubjectId}/${resource}.xml`,
    where: { SubjectType: ['='], SubjectId: ['='] },
    send: { SubjectType: subjectPaths },
    paging: pages,
    echo: ['SubjectType', 'SubjectId'],
  };
  return [
    {
      ...base,
      where: { ...base.where, UpdatedAt: ['>', '>='] },
      query: { since: '{UpdatedAt}' },
      send: { ...base.send, UpdatedAt: 'compact' },
    },
    base,
  ];
};

const byId = (path: string, rows: string): RouteDescription => ({
  path,
  rows,
  where: { Id: ['='] },
  single: true,
});

const attachments = text('Attachments', {
  path: 'attachments/attachment/url[]',
  ...readOnly,
  description: 'Addresses of the attached files, a JSON list',
});

const needsSubject = "give SubjectType and SubjectId, as in SubjectType = 'People' AND SubjectId = 1, or Id";

const notes: TableDescription = {
  name: 'Notes',
  description: 'Notes on a person, company, case or deal',
  rows: 'notes/note',
  key: 'Id',
  columns: [
    id,
    text('Title', readOnly),
    text('Body', { required: true }),
    author,
    ...subject('insert').map((column) =>
      column.name === 'SubjectName' ? column : { ...column, required: true },
    ),
    ...collection,
    ...visibility,
    ...timestamps,
    attachments,
  ],
  routes: [byId('/notes/{Id}.xml', 'note'), ...ofSubject('notes')],
  needs: needsSubject,
  insert: { path: '/notes.xml', root: 'note' },
  update: { path: '/notes/{Id}.xml', root: 'note' },
  delete: { path: '/notes/{Id}.xml' },
};

const emails: TableDescription = {
  name: 'Emails',
  description: 'Emails kept with a person, company, case or deal',
  view: true,
  rows: 'emails/email',
  key: 'Id',
  columns: [
    id,
    text('Title'),
    text('Body'),
    author,
    ...subject('read'),
    ...collection,
    ...visibility,
    ...timestamps,
    attachments,
  ],
  routes: [byId('/emails/{Id}.xml', 'email'), ...ofSubject('emails')],
  needs: needsSubject,
};

const parentPaths = { Notes: 'notes', Emails: 'emails', Note: 'notes', Email: 'emails' };

const comments: TableDescription = {
  name: 'Comments',
  description: 'Comments on a note or an email',
  rows: 'comments/comment',
  key: 'Id',
  columns: [
    id,
    integer('ParentId', { access: 'insert', required: true }),
    text('ParentType', {
      hidden: true,
      path: null,
      ...readOnly,
      description: 'Notes or Emails; both are tried without it',
    }),
    text('Body', { required: true }),
    author,
    datetime('CreatedAt', readOnly),
  ],
  routes: [
    byId('/comments/{Id}.xml', 'comment'),
    {
      path: '/{ParentType}/{ParentId}/comments.xml',
      where: { ParentType: ['='], ParentId: ['='] },
      send: { ParentType: parentPaths },
      echo: ['ParentType', 'ParentId'],
    },
    {
      path: ['/notes/{ParentId}/comments.xml', '/emails/{ParentId}/comments.xml'],
      firstFound: true,
      where: { ParentId: ['='] },
      echo: ['ParentId'],
    },
  ],
  needs: 'give ParentId, the id of a note or an email, or Id',
  insert: { path: '/comments.xml', root: 'comment' },
  update: { path: '/comments/{Id}.xml', root: 'comment' },
  delete: { path: '/comments/{Id}.xml' },
};

const taskLists = ['upcoming', 'assigned', 'completed', 'today', 'all'];

const tasks: TableDescription = {
  name: 'Tasks',
  description: 'Tasks; all of them unless List names a shorter list',
  view: true,
  rows: 'tasks/task',
  key: 'Id',
  columns: [
    id,
    text('Body'),
    text('Frame', { description: 'today, tomorrow, this_week, next_week, later, overdue or specific' }),
    datetime('DueAt'),
    datetime('AlertAt'),
    datetime('DoneAt'),
    integer('CategoryId', { references: 'TaskCategories.Id' }),
    integer('OwnerId', { references: 'Users.Id' }),
    author,
    ...subject('read'),
    integer('RecordingId'),
    flag('Public'),
    integer('RecurringPeriod'),
    integer('AnchorType'),
    ...timestamps,
    text('List', { hidden: true, path: null, ...readOnly, description: taskLists.join(', ') }),
  ],
  routes: [
    byId('/tasks/{Id}.xml', 'task'),
    {
      path: '/tasks/{List}.xml',
      where: { List: ['='] },
      send: { List: Object.fromEntries(taskLists.map((name) => [name, name])) },
      echo: ['List'],
    },
    { path: '/tasks/all.xml' },
  ],
};

const recordings: TableDescription = {
  name: 'Recordings',
  description: 'Notes, emails and comments of the whole account, oldest first',
  view: true,
  rows: 'recordings/recording',
  key: 'Id',
  columns: [
    id,
    text('Type', { path: '@type', ...readOnly }),
    text('Title'),
    text('Body'),
    integer('ParentId'),
    author,
    ...subject('read'),
    ...collection,
    ...visibility,
    ...timestamps,
  ],
  routes: [
    {
      path: '/recordings.xml',
      where: { UpdatedAt: ['>', '>='] },
      query: { since: '{UpdatedAt}' },
      send: { UpdatedAt: 'compact' },
      paging: pages,
    },
    { path: '/recordings.xml', paging: pages },
  ],
};

/** What is written about a subject, and the tasks and comments that go with it. */
export const recordingTables: TableDescription[] = [notes, emails, comments, tasks, recordings];
