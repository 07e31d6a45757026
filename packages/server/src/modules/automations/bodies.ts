import { type JsonValue, type MemberNames, recordValue } from '../records/index.ts';
import type { MailDeclaration, WriteDeclaration } from './definition.ts';
import type { Call } from './listen.ts';
import { fillText, fillValue } from './rules/template.ts';

/** What the outbox keeps of a mail: its text as of the save, and whom it goes to. */
export type MailBody = {
  /** Addresses, `user:LOGIN`, `group:ID`. */
  to: string[];
  /** Numbers of users and groups that the record named. */
  users: number[];
  groups: number[];
  subject: string;
  text: string;
};

/** What the outbox keeps of a write into another app. */
export type WriteBody = { app: number | string; key?: string; values: Record<string, JsonValue> };

export function mailBody(mail: MailDeclaration, { app, row }: Call, names: MemberNames): string {
  const body: MailBody = { to: [], users: [], groups: [], subject: '', text: '' };
  for (const to of mail.to) {
    const name = /^field:(.*)$/s.exec(to)?.[1];
    const field = name === undefined ? undefined : app.fieldsByName.get(name);
    if (name === undefined) body.to.push(to);
    else if (name === '登録者' && row.created_by !== null) body.users.push(row.created_by);
    else if (name === '更新者' && row.updated_by !== null) body.users.push(row.updated_by);
    else if (field) {
      const numbers = (recordValue(row, field) ?? []) as number[];
      body[field.kind === 'groups' ? 'groups' : 'users'].push(...numbers);
    }
  }
  // one line: nothing that could begin another header
  body.subject = fillText(mail.subject, app, row, names).replaceAll(/[\r\n]+/g, ' ');
  body.text = fillText(mail.body, app, row, names);
  return JSON.stringify(body);
}

export function writeBody(write: WriteDeclaration, { app, row }: Call, names: MemberNames): string {
  const values = Object.entries(write.values).map(([name, template]) => [
    name,
    fillValue(template, app, row, names),
  ]);
  return JSON.stringify({ ...write, values: Object.fromEntries(values) });
}
