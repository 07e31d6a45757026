import type { Caller } from '../../platform/caller.ts';
import type { AppError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { Mail, MailSecurity } from '../../platform/mail/mail.ts';
import type { App, Change, ChangeListener, RecordRow, Records, SaveOptions } from '../records/index.ts';
import { type Approval, processOf, splitApprover } from './definition.ts';
import { errors } from './errors.ts';
import type { Process } from './index.ts';
import type { ApprovalMail, ApprovalNotice } from './jobs/approval-mail.ts';
import { transitionFault } from './rules/transitions.ts';
import { type Decision, deleteDecisions, insertDecision } from './store/decisions.ts';

export type Approvals = {
  /**
   * Approves or rejects a process that waits for it.
   * @throws AppError `processes.notApprover`, `processes.notWaiting`, `processes.noApproval`, `processes.starttls`
   */
  decide(caller: Caller, process: Process, decision: Decision): Promise<RecordRow>;
  /** Keeps the rules of states and approvals in every transaction that changes records, and adds the mails to it. */
  onChange: ChangeListener;
};

const operations = { approve: 'approveProcess', reject: 'rejectProcess' } as const;

export function createApprovals(deps: {
  records: Records;
  approvalMail: ApprovalMail;
  mail: Mail;
  mailSecurity: () => MailSecurity;
  log: Logger;
}): Approvals {
  const { records, approvalMail, mail, mailSecurity, log } = deps;
  /** The saves that are decisions; a state that only a decision reaches cannot be saved by anything else. */
  const decisions = new WeakMap<SaveOptions, Decision>();

  /** Whether mail goes out. With STARTTLS configured approvals do not work at all (ssm §1.10 fact 44). */
  function mails(approval: Approval, id: string): boolean {
    if (approval.mail === false) return false;
    if (mailSecurity() === 'starttls') throw errors.starttls();
    const refusal: AppError | undefined = mail.refusal(mailSecurity());
    if (refusal) log.warn({ process: id, reason: refusal.message }, 'an approval goes without its mail');
    return refusal === undefined;
  }

  return {
    async decide(caller, { app, type, row }, decision) {
      const { approval } = processOf(app.declaration)!;
      if (!approval) throw errors.noApproval({ type });
      if (!isApprover(caller, app, approval)) throw errors.notApprover();
      if (row.state !== approval.state) {
        throw errors.notWaiting({ state: row.state ?? '', wanted: approval.state });
      }
      const options: SaveOptions = { operation: operations[decision.action] };
      decisions.set(options, decision);
      const state = decision.action === 'approve' ? approval.approved : approval.rejected;
      // being an approver is the right to decide: the app's own rights need not let him change records
      const decider: Caller = { ...caller, roles: new Set([...caller.roles, 'admin']) };
      const change = { id: row.id, revision: row.revision, state, values: {} };
      const [changed] = await records.update(decider, app, [change], options);
      return changed!;
    },

    async onChange(tx, changes) {
      const deleted = new Map<number, number[]>();
      for (const change of changes) {
        const { app, kind, before, after, options } = change;
        const process = processOf(app.declaration);
        if (!process) continue;
        if (kind === 'deleted') deleted.set(app.id, [...(deleted.get(app.id) ?? []), before!.id]);
        if (!change.stateChanged || !after?.state) continue;
        const decision = decisions.get(options);
        if (decision) {
          if (mails(process.approval!, after.process_id!)) {
            const creator = after.created_by === null ? [] : [after.created_by];
            await approvalMail.enqueue(tx, notice(change, decision.action, decision.comment, creator));
          }
          await insertDecision(tx, { app: app.id, record: after.id, revision: after.revision }, decision);
          continue;
        }
        const from = before ? before.state : process.states[0]!;
        const fault = transitionFault(process, from, after.state);
        if (fault) throw fault;
        const { approval } = process;
        if (approval?.state === after.state && mails(approval, after.process_id!)) {
          await approvalMail.enqueue(tx, notice(change, 'requested', undefined, approval.approvers));
        }
      }
      for (const [app, ids] of deleted) await deleteDecisions(tx, app, ids);
    },
  };
}

function isApprover(caller: Caller, app: App, { approvers }: Approval): boolean {
  return approvers.map(splitApprover).some(([kind, id]) => {
    if (kind === 'user') return id === caller.login;
    return caller.groups.includes(app.lookups.group(id) ?? 0);
  });
}

function notice(
  { app, after, caller }: Change,
  event: ApprovalNotice['event'],
  comment: string | undefined,
  to: ApprovalNotice['to'],
): ApprovalNotice {
  const row = after!;
  return {
    event,
    type: processOf(app.declaration)!.type,
    typeName: app.name,
    id: row.process_id!,
    title: titleOf(app, row),
    state: row.state!,
    by: caller.user,
    comment,
    to,
  };
}

/** The first line of text that no rule hides from anybody. */
function titleOf(app: App, row: RecordRow): string | undefined {
  const hidden = new Set((app.declaration.access ?? []).flatMap(({ hideFields }) => hideFields ?? []));
  const field = app.fields.find(({ type, name }) => type === 'text' && !hidden.has(name));
  return (field && (row[field.column] as string | null)) ?? undefined;
}
