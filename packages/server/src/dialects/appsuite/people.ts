import { type AppField, type RecordRow, recordValue, type TableRow } from '../../modules/records/index.ts';

/** Names of the users and groups in records. */
export type People = {
  users: ReadonlyMap<number, { number: number; name: string }>;
  groups: ReadonlyMap<number, { number: number; name: string }>;
};

export type PeopleDirectory = {
  usersByNumber(numbers: Iterable<number>): Promise<People['users']>;
  groupsByNumber(numbers: Iterable<number>): Promise<People['groups']>;
};

/** All that the records name, looked up in one go. */
export async function peopleIn(
  directory: PeopleDirectory,
  records: readonly {
    row: RecordRow;
    fields: readonly AppField[];
    shown: ReadonlyMap<AppField, AppField>;
  }[],
): Promise<People> {
  const users = new Set<number>();
  const groups = new Set<number>();
  const sets = { users, groups };
  for (const { row, fields, shown } of records) {
    for (const number of [row.created_by, row.updated_by]) if (number !== null) users.add(number);
    for (const field of fields) {
      const { kind } = shown.get(field) ?? field;
      if (kind === 'users' || kind === 'groups') {
        for (const number of (recordValue(row, field) ?? []) as number[]) sets[kind].add(number);
      }
      if (field.kind === 'table')
        collectFromTable(field, (recordValue(row, field) ?? []) as TableRow[], sets);
    }
  }
  const [foundUsers, foundGroups] = await Promise.all([
    directory.usersByNumber(users),
    directory.groupsByNumber(groups),
  ]);
  return { users: foundUsers, groups: foundGroups };
}

function collectFromTable(
  field: AppField,
  rows: readonly TableRow[],
  sets: { users: Set<number>; groups: Set<number> },
): void {
  for (const { id, type } of field.fields ?? []) {
    if (type !== 'users' && type !== 'groups') continue;
    for (const row of rows) for (const number of (row[String(id)] ?? []) as number[]) sets[type].add(number);
  }
}
