import type { Caller } from '../../platform/caller.ts';
import { type Database, sql } from '../../platform/database/database.ts';
import { requireDesigner } from './access.ts';
import { errors } from './errors.ts';
import { booleanField, headerRow, readCommandRows, requiredField } from './rules/command-rows.ts';
import { foldLabel } from './rules/labels.ts';
import type { Applications } from './store/application.ts';

/** Which of these login names belong to a user. */
export type KnownLogins = (logins: readonly string[]) => Promise<ReadonlySet<string>>;

type Deps = { database: Database; applications: Applications };

const addOrUpdate = 'ADD_OR_UPDATE_PARTICIPANT_AUTH';
const columns = ['PARTICIPANT', 'USER_ACCOUNT', 'IN_CHARGE', 'TO_BE_NOTIFIED'];

type Authority = { participant: string; login: string; inCharge: boolean; toBeNotified: boolean };

/** IMPORT_PARTICIPANT_AUTHS (fusion_place §3.5): all rows or none. */
export async function importAuthorities(
  { database, applications }: Deps,
  caller: Caller,
  application: string,
  text: string,
  knownLogins: KnownLogins,
): Promise<void> {
  requireDesigner(caller);
  const { id } = await applications.load(database, application);
  const rows = readCommandRows(text, {
    commands: [addOrUpdate, 'DELETE_PARTICIPANT_AUTH'],
    bare: ['CLEAR_PARTICIPANT_AUTHS'],
    isColumn: (name) => columns.includes(name),
  });
  const logins = await knownLogins(rows.map(({ fields }) => fields.get('USER_ACCOUNT') ?? ''));
  await database.transaction(async (tx) => {
    await tx.run(sql`SELECT 1 FROM planning.applications WHERE id = ${id} FOR UPDATE`);
    const participants = new Set(
      (
        await tx.rows<{ label: string }>(
          sql`SELECT label FROM planning.participants WHERE application = ${id}`,
        )
      ).map(({ label }) => label),
    );
    const present = await tx.rows<Authority>(sql`
      SELECT participant, login, in_charge AS "inCharge", to_be_notified AS "toBeNotified"
      FROM planning.authorities WHERE application = ${id} ORDER BY position`);
    const keyOf = (participant: string, login: string) => `${participant}\n${login}`;
    const wanted = new Map(present.map((row) => [keyOf(row.participant, row.login), row]));
    for (const row of rows) {
      if (row.command === 'CLEAR_PARTICIPANT_AUTHS') {
        wanted.clear();
        continue;
      }
      const participant = foldLabel(requiredField(row, 'PARTICIPANT'));
      const login = requiredField(row, 'USER_ACCOUNT');
      const { line } = row;
      const key = keyOf(participant, login);
      if (row.command !== addOrUpdate) {
        if (!wanted.delete(key)) throw errors.rowUnknown({ line, field: 'USER_ACCOUNT', value: login });
        continue;
      }
      if (!participants.has(participant))
        throw errors.rowUnknown({ line, field: 'PARTICIPANT', value: participant });
      if (!logins.has(login)) throw errors.rowUnknown({ line, field: 'USER_ACCOUNT', value: login });
      const before = wanted.get(key);
      wanted.set(key, {
        participant,
        login,
        inCharge: booleanField(row, 'IN_CHARGE') ?? before?.inCharge ?? false,
        toBeNotified: booleanField(row, 'TO_BE_NOTIFIED') ?? before?.toBeNotified ?? false,
      });
    }
    const list = [...wanted.values()];
    await tx.run(sql`DELETE FROM planning.authorities WHERE application = ${id}`);
    await tx.run(sql`
      INSERT INTO planning.authorities (application, participant, login, in_charge, to_be_notified)
      SELECT ${id}, * FROM unnest(
        ${list.map((row) => row.participant)}::text[], ${list.map((row) => row.login)}::text[],
        ${list.map((row) => row.inCharge)}::boolean[], ${list.map((row) => row.toBeNotified)}::boolean[])`);
  });
}

/** EXPORT_PARTICIPANT_AUTHS (fusion_place §3.5). */
export async function exportAuthorities(
  { database, applications }: Deps,
  application: string,
): Promise<string> {
  const { id } = await applications.load(database, application);
  const rows = await database.rows<{
    participant: string;
    login: string;
    in_charge: boolean;
    to_be_notified: boolean;
  }>(sql`
    SELECT participant, login, in_charge, to_be_notified FROM planning.authorities
    WHERE application = ${id} ORDER BY position`);
  const details = rows.map(
    ({ participant, login, in_charge, to_be_notified }) =>
      `${addOrUpdate},DTL,"${participant}","${login}",${in_charge},${to_be_notified}\n`,
  );
  return [headerRow(addOrUpdate, columns), ...details].join('');
}
