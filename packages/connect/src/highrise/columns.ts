import type { ColumnDescription } from '../rest/description.ts';

/** The key of every Highrise record. */
export const id: ColumnDescription = { name: 'Id', type: 'Integer', access: 'read' };

export const text = (name: string, rest: Partial<ColumnDescription> = {}): ColumnDescription => ({
  name,
  type: 'String',
  ...rest,
});
export const integer = (name: string, rest: Partial<ColumnDescription> = {}): ColumnDescription => ({
  name,
  type: 'Integer',
  ...rest,
});
export const datetime = (name: string, rest: Partial<ColumnDescription> = {}): ColumnDescription => ({
  name,
  type: 'Datetime',
  ...rest,
});
export const flag = (name: string, rest: Partial<ColumnDescription> = {}): ColumnDescription => ({
  name,
  type: 'Boolean',
  ...rest,
});

export const readOnly = { access: 'read' } as const;

/** Who may see a record: Everyone, Owner (OwnerId) or NamedGroup (GroupId). */
export const visibility: ColumnDescription[] = [
  text('VisibleTo'),
  integer('OwnerId', { references: 'Users.Id' }),
  integer('GroupId', { references: 'Groups.Id' }),
];

export const author = integer('AuthorId', { ...readOnly, references: 'Users.Id' });

export const timestamps: ColumnDescription[] = [
  datetime('CreatedAt', readOnly),
  datetime('UpdatedAt', readOnly),
];
