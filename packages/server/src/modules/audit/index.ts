import { type Caller, type Dialect, isAdmin } from '../../platform/caller.ts';
import {
  type Database,
  joinSql,
  prepared,
  type Queryable,
  type Sql,
  sql,
} from '../../platform/database/database.ts';
import { defineErrors } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { AccessEntry } from '../identity/index.ts';
import type { ChangeListener } from '../records/index.ts';

export type AccessLogRow = {
  id: number;
  at: Date;
  user: number | null;
  dialect: Dialect;
  operation: string;
  app: number | null;
  table: string | null;
  record: string | null;
  outcome: string;
  address: string | null;
};

export type AccessLogFilter = {
  from?: Date;
  /** Exclusive. */
  to?: Date;
  operation?: string;
  app?: number;
  user?: number;
  limit: number;
  /** `next` of the page before. */
  cursor?: string;
};

export type Audit = {
  /** Writes lines in the caller's transaction: they are there exactly when what they tell of is. */
  record(db: Queryable, ...entries: AccessEntry[]): Promise<void>;
  /** Writes a line by itself, within half a second; for what changed nothing (refusals). */
  note(entry: AccessEntry): void;
  /** Logs every save of records in the saving transaction. */
  onChange: ChangeListener;
  /** The newest first. Administrators only. @throws forbidden, cursor */
  list(caller: Caller, filter: AccessLogFilter): Promise<{ rows: AccessLogRow[]; next: string | null }>;
  /** Removes what is older than a year; for a daily job. */
  cleanUp(): Promise<void>;
  /** Writes what is noted and not yet written. */
  stop(): Promise<void>;
};

const errors = defineErrors('audit', {
  forbidden: {
    kind: 'forbidden',
    ja: 'アクセスログを見られるのは管理者だけです',
    en: 'Only administrators may see the access log',
  },
  cursor: { kind: 'invalid', ja: 'cursor が正しくありません', en: 'The cursor is not one of ours' },
});

/** Name of an app's main table as the product writes it: app 59 is `t000059000` (appsuite §1.6). */
export function tableName(app: number): string {
  return `t${String(app * 1000).padStart(9, '0')}`;
}

const operations = { added: 'insert_data', updated: 'update_data', deleted: 'delete_data' } as const;
const flushAfter = 500;
/** Notes beyond this many wait no longer, so that a flood of refusals cannot fill the memory. */
const flushAt = 1000;

/** The access log of all dialects. */
export function createAudit({
  database,
  log,
  onWritten,
}: {
  database: Database;
  log: Logger;
  /** Told after lines were written that are no part of a change of records. */
  onWritten: () => void;
}): Audit {
  let noted: AccessEntry[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const entries = noted;
    noted = [];
    if (entries.length === 0) return writing;
    writing = writing
      .then(() => insert(database, entries))
      .then(onWritten)
      .catch((error: Error) => {
        log.error({ error: error.message, lines: entries.length }, 'lines of the access log were lost');
      });
    return writing;
  }

  return {
    async record(db, ...entries) {
      await insert(db, entries);
      onWritten();
    },
    note(entry) {
      noted.push({ at: new Date(), ...entry });
      if (noted.length >= flushAt) void flush();
      else timer ??= setTimeout(() => void flush(), flushAfter).unref();
    },
    onChange: (tx, changes) =>
      insert(
        tx,
        changes.map(({ app, kind, caller, options, before, after }) => ({
          user: caller.user,
          dialect: caller.via,
          operation: options.operation ?? operations[kind],
          app: app.id,
          table: tableName(app.id),
          record: String((after ?? before)?.id),
          ...(caller.address !== undefined && { address: caller.address }),
        })),
      ),
    async list(caller, filter) {
      if (!isAdmin(caller)) throw errors.forbidden();
      const rows = await database.rows<AccessLogRow>(sql`
        SELECT id, at, user_number AS "user", dialect, operation, app, table_name AS "table", record, outcome, address
        FROM audit.access_log WHERE ${joinSql(conditions(filter), ' AND ')}
        ORDER BY id DESC LIMIT ${filter.limit}`);
      const last = rows.at(-1);
      return { rows, next: last && rows.length === filter.limit ? String(last.id) : null };
    },
    async cleanUp() {
      await database.run(sql`DELETE FROM audit.access_log WHERE at < now() - interval '1 year'`);
    },
    stop: flush,
  };
}

function conditions({ from, to, operation, app, user, cursor }: AccessLogFilter): Sql[] {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw errors.cursor({}, '/cursor');
  return [
    sql`true`,
    ...(from ? [sql`at >= ${from}`] : []),
    ...(to ? [sql`at < ${to}`] : []),
    ...(operation === undefined ? [] : [sql`operation = ${operation}`]),
    ...(app === undefined ? [] : [sql`app = ${app}`]),
    ...(user === undefined ? [] : [sql`user_number = ${user}`]),
    ...(cursor === undefined ? [] : [sql`id < ${Number(cursor)}`]),
  ];
}

async function insert(db: Queryable, entries: readonly AccessEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await db.run(
    prepared(sql`
    INSERT INTO audit.access_log (at, user_number, dialect, operation, app, table_name, record, outcome, address)
    SELECT coalesce(e.at, now()), e."user", e.dialect, e.operation, e.app, e."table", e.record,
           coalesce(e.outcome, 'ok'), e.address
    FROM json_to_recordset(${JSON.stringify(entries)}::json)
      AS e (at timestamptz, "user" integer, dialect text, operation text, app integer, "table" text, record text,
            outcome text, address text)`),
  );
}
