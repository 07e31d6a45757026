import type { Mail, MailSecurity } from '../../platform/mail/mail.ts';
import type { Identity } from '../identity/index.ts';
import type { MailSender } from './perform.ts';

/** Mail of automations: from the workspace's sender, to users and groups by their addresses. */
export function createMailSender(deps: {
  mail: Mail;
  directory: Identity['directory'];
  settings: () => { mail: { security: MailSecurity; from: string } };
}): MailSender {
  const { mail, directory, settings } = deps;
  return {
    async send(message) {
      const { security, from } = settings().mail;
      const refusal = mail.refusal(security);
      if (refusal) throw refusal;
      await mail.send({ ...message, from });
    },
    async addresses({ users, groups, named }) {
      const logins = named.flatMap((one) => /^user:(.*)$/s.exec(one)?.[1] ?? []);
      const ids = named.flatMap((one) => /^group:(.*)$/s.exec(one)?.[1] ?? []);
      const [byNumber, byLogin, namedGroups] = await Promise.all([
        directory.usersByNumber(users),
        Promise.all(logins.map((login) => directory.findUser(login))),
        Promise.all(ids.map((id) => directory.findGroup(id))),
      ]);
      const all = [...groups, ...namedGroups.flatMap((group) => group?.number ?? [])];
      const members = all.length === 0 ? [] : await directory.membersOf(all);
      const people = [...byNumber.values(), ...byLogin, ...members];
      return people.flatMap((user) => (user && !user.removed && user.mail !== undefined ? [user.mail] : []));
    },
  };
}
