import type { Queryable } from '../../../platform/database/database.ts';
import type { Locale } from '../../../platform/errors.ts';
import type { Jobs } from '../../../platform/jobs/jobs.ts';
import type { Logger } from '../../../platform/log/log.ts';
import type { Mail } from '../../../platform/mail/mail.ts';
import type { Directory, User } from '../../identity/index.ts';
import { splitApprover } from '../definition.ts';
import { approvalMailText } from '../rules/approval-mail-text.ts';

/** What happened, as it was then: the process may have gone on when the mail is written. */
export type ApprovalNotice = {
  event: 'requested' | 'approve' | 'reject';
  type: string;
  typeName: string;
  id: string;
  title: string | undefined;
  state: string;
  /** Number of the user who did it. */
  by: number;
  comment: string | undefined;
  /** Subjects of the workspace file, or numbers of users. */
  to: readonly (string | number)[];
};

const task = 'processes.approvalMail';

export type ApprovalMail = {
  /** Adds the mail to the transaction of the change that it tells of. */
  enqueue(tx: Queryable, notice: ApprovalNotice): Promise<void>;
};

/** Mails about approvals (ssm §1.1 fact 11): one for each event, sent by the worker and tried again until it is taken. */
export function createApprovalMail(deps: {
  directory: Directory;
  mail: Mail;
  jobs: Jobs;
  /** From the workspace's settings. */
  settings: () => { from: string; locale: Locale };
  log: Logger;
}): ApprovalMail {
  const { directory, mail, jobs, settings, log } = deps;

  async function recipients(to: ApprovalNotice['to']): Promise<User[]> {
    const found = new Map<number, User>();
    const numbers = to.filter((one) => typeof one === 'number');
    for (const user of (await directory.usersByNumber(numbers)).values()) found.set(user.number, user);
    const subjects = to.filter((one) => typeof one === 'string').map(splitApprover);
    const named = (wanted: string) => subjects.flatMap(([kind, id]) => (kind === wanted ? [id] : []));
    const users = await Promise.all(named('user').map((id) => directory.findUser(id)));
    const groups = await Promise.all(named('group').map((id) => directory.findGroup(id)));
    const members = await directory.membersOf(groups.flatMap((group) => group?.number ?? []));
    for (const user of [...users, ...members]) if (user) found.set(user.number, user);
    return [...found.values()].filter(({ removed }) => !removed);
  }

  jobs.handle(task, async (payload) => {
    const notice = payload as ApprovalNotice;
    const to = (await recipients(notice.to)).flatMap(({ mail: address }) => address ?? []);
    if (to.length === 0) {
      log.warn({ process: notice.id, event: notice.event }, 'nobody with a mail address is to be told');
      return;
    }
    const by = (await directory.usersByNumber([notice.by])).get(notice.by);
    const { from, locale } = settings();
    await mail.send({ from, to, ...approvalMailText(notice, by?.name ?? '', locale) });
  });

  return { enqueue: (tx, notice) => jobs.enqueue(tx, task, notice) };
}
