import type { Caller } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import type { AppError, Locale } from '../../platform/errors.ts';
import type { Jobs } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { Mail, MailSecurity } from '../../platform/mail/mail.ts';
import type { Directory } from '../identity/index.ts';
import type { App, AppField, Condition, HistoryItem, RecordRow, Records } from '../records/index.ts';
import { createApprovals } from './approvals.ts';
import { type Attachments, createAttachments } from './attachments.ts';
import { processOf } from './definition.ts';
import { errors } from './errors.ts';
import { createApprovalMail } from './jobs/approval-mail.ts';
import { type Decision, readDecisions } from './store/decisions.ts';

export type { Attachment, Attachments } from './attachments.ts';
export { type Approval, type ProcessDeclaration, processExtension } from './definition.ts';
export type { Decision } from './store/decisions.ts';

/** A process as its reader may see it. */
export type Process = {
  app: App;
  /** Eight digits. */
  type: string;
  /** The fields he may see. */
  fields: readonly AppField[];
  row: RecordRow;
};

/** Values by alias or name of the field. */
export type Items = Readonly<Record<string, unknown>>;

export type Search = {
  /** Conditions by names of fields (`state` and the system fields included). */
  filter?: Condition;
  /** Spellings of a literal text of which an item that the caller sees must hold one. */
  text?: readonly string[];
  limit: number;
  offset: number;
};

/** A change of a process; the first, its creation, has neither `via` nor changes. */
export type ProcessHistoryItem = Pick<HistoryItem, 'revision' | 'at' | 'by' | 'changes'> & {
  via: string | undefined;
  decision: Decision | undefined;
};

export type Processes = {
  /** The apps that are process types and that the caller may see, by type. */
  types(caller: Caller): Promise<{ type: string; name: string; app: App }[]>;
  /** @throws AppError `processes.typeNotFound` */
  type(caller: Caller, type: string): Promise<App>;
  /** A new process in the first state, with an id made from the type's pattern. */
  create(caller: Caller, app: App, items: Items): Promise<Process>;
  /** @throws AppError `processes.processNotFound` */
  get(caller: Caller, app: App, id: string): Promise<Process>;
  /** Those that the caller may view, in the order of their creation, and how many there are in all. */
  search(caller: Caller, app: App, search: Search): Promise<{ total: number; processes: Process[] }>;
  /**
   * Changes items, state or both. Values of items that are left out stay.
   * @throws AppError `records.stale` where `revision` is not the process's; `processes.transition` and
   *   `processes.decisionOnly` where the state cannot follow
   */
  patch(
    caller: Caller,
    app: App,
    id: string,
    change: { revision?: number | undefined; state?: string | undefined; items?: Items | undefined },
  ): Promise<Process>;
  /**
   * Approves or rejects a process that waits for it.
   * @throws AppError `processes.notApprover`, `processes.notWaiting`, `processes.noApproval`, `processes.starttls`
   */
  decide(caller: Caller, app: App, id: string, decision: Decision): Promise<Process>;
  /** Who changed what, the newest first; at most the latest 1000 changes. */
  history(caller: Caller, app: App, id: string): Promise<ProcessHistoryItem[]>;
  attachments: Attachments;
};

/** Records of apps with states, transitions and approvals. */
export function createProcesses(deps: {
  database: Database;
  records: Records;
  directory: Directory;
  mail: Mail;
  jobs: Jobs;
  /** From the workspace. */
  settings: () => { locale: Locale; mail: { security: MailSecurity; from: string } };
  log: Logger;
}): Processes {
  const { database, records, directory, mail, jobs, settings, log } = deps;
  // the SSM dialect cleans rich text before its characters become references
  const form = { by: 'either', place: '/items', cleaned: true } as const;
  const approvalMail = createApprovalMail({
    directory,
    mail,
    jobs,
    settings: () => ({ from: settings().mail.from, locale: settings().locale }),
    log,
  });
  const mailSecurity = () => settings().mail.security;
  const approvals = createApprovals({ records, approvalMail, mail, mailSecurity, log });
  records.onChange(approvals.onChange);

  async function get(caller: Caller, app: App, id: string): Promise<Process> {
    const { fields, row } = await records.getProcess(caller, app, id).catch((error: AppError) => {
      // who may not view a type is not told which of its ids exist
      throw error.kind === 'notFound' || error.kind === 'forbidden' ? errors.processNotFound({ id }) : error;
    });
    return { app, type: typeOf(app), fields, row };
  }

  /** What was saved, as far as the caller may see it. */
  async function saved(caller: Caller, app: App, row: RecordRow): Promise<Process> {
    const { fields, rows, hidden } = await records.afterSave(caller, app, [row]);
    return { app, type: typeOf(app), fields: hidden.has(row.id) ? [] : fields, row: rows[0] ?? row };
  }

  return {
    get,
    attachments: createAttachments({ database, records }),
    async types(caller) {
      const apps = await records.apps(caller);
      return apps
        .flatMap((app) => (processOf(app.declaration) ? [{ type: typeOf(app), name: app.name, app }] : []))
        .sort((a, b) => (a.type < b.type ? -1 : 1));
    },
    async type(caller, type) {
      const app = await records.findApp(caller, ({ declaration }) => processOf(declaration)?.type === type);
      if (!app) throw errors.typeNotFound({ type });
      return app;
    },
    async create(caller, app, items) {
      const options = { form, operation: 'createProcess' };
      const [row] = await records.insert(caller, app, [{ values: items }], options);
      return saved(caller, app, row!);
    },
    async search(caller, app, { filter, text, limit, offset }) {
      const narrowed = { ...(filter && { filter }), ...(text && { keyword: text }) };
      try {
        const [{ fields, rows }, total] = await Promise.all([
          records.list(caller, app, { ...narrowed, limit, offset }),
          records.count(caller, app, narrowed),
        ]);
        return { total, processes: rows.map((row) => ({ app, type: typeOf(app), fields, row })) };
      } catch (error) {
        // who may only add processes sees none
        if ((error as AppError).code === 'records.forbidden') return { total: 0, processes: [] };
        throw error;
      }
    },
    async patch(caller, app, id, { revision, state, items = {} }) {
      const { row } = await get(caller, app, id);
      const change = {
        id: row.id,
        values: items,
        ...(revision !== undefined && { revision }),
        ...(state !== undefined && { state }),
      };
      const [changed] = await records.update(caller, app, [change], { form, operation: 'updateProcess' });
      return saved(caller, app, changed!);
    },
    async decide(caller, app, id, decision) {
      return saved(caller, app, await approvals.decide(caller, await get(caller, app, id), decision));
    },
    async history(caller, app, id) {
      const { row } = await get(caller, app, id);
      const [changes, decisions] = await Promise.all([
        records.history(caller, app, row.id),
        readDecisions(database, app.id, row.id),
      ]);
      const creation = { revision: 1, at: row.created_at, by: row.created_by, via: undefined, changes: {} };
      return [...changes, creation].map((item) => ({ ...item, decision: decisions.get(item.revision) }));
    },
  };
}

function typeOf(app: App): string {
  return processOf(app.declaration)!.type;
}
