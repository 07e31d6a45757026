import { joinSql, type Queryable, type Sql, sql } from '../../../platform/database/database.ts';

export type ErrorLogItem = {
  id: number;
  at: Date;
  automation: string;
  record: number | null;
  operation: string;
  status: number | null;
  message: string;
};

export const deliveryStates = ['pending', 'running', 'done', 'failed', 'paused', 'cancelled'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

export type DeliveryItem = {
  id: number;
  at: Date;
  app: number;
  record: number;
  automation: string;
  kind: 'webhook' | 'mail' | 'write';
  operation: string;
  state: DeliveryState;
  tries: number;
  nextAttemptAt: Date | null;
};

/** Newest first; `before` is the last id of the page before. */
export type Window = { limit: number; before: number | undefined };

export async function readErrorLog(
  db: Queryable,
  app: number,
  { limit, before }: Window,
): Promise<ErrorLogItem[]> {
  return db.rows<ErrorLogItem>(sql`
    SELECT id, at, automation, record, operation, status, message FROM automations.error_log
    WHERE app = ${app} AND id < coalesce(${before ?? null}::bigint, 9223372036854775807)
    ORDER BY id DESC LIMIT ${limit}`);
}

const columns = sql`
  id, created_at AS at, app, record, automation, kind, operation, state, tries,
  CASE WHEN state = 'pending' THEN next_attempt_at END AS "nextAttemptAt"`;

export async function readDeliveries(
  db: Queryable,
  apps: readonly number[],
  state: DeliveryState | undefined,
  { limit, before }: Window,
): Promise<DeliveryItem[]> {
  const where: Sql[] = [
    sql`app = ANY (${apps}::integer[])`,
    ...(state === undefined ? [] : [sql`state = ${state}`]),
    ...(before === undefined ? [] : [sql`id < ${before}`]),
  ];
  return db.rows<DeliveryItem>(sql`
    SELECT ${columns} FROM automations.deliveries WHERE ${joinSql(where, ' AND ')} ORDER BY id DESC LIMIT ${limit}`);
}

export type Attempt = {
  at: Date;
  durationMs: number;
  status: number | null;
  error: string | null;
  /** Address and headers, without secrets. */
  request: object | null;
  response: string | null;
};

export async function readDelivery(
  db: Queryable,
  id: number,
): Promise<(DeliveryItem & { body: string; attempts: Attempt[] }) | undefined> {
  const item = await db.row<DeliveryItem & { body: string }>(
    sql`SELECT ${columns}, body FROM automations.deliveries WHERE id = ${id}`,
  );
  if (!item) return undefined;
  const attempts = await db.rows<Attempt>(sql`
    SELECT at, duration_ms AS "durationMs", status, error, request, response FROM automations.attempts
    WHERE delivery = ${id} ORDER BY id DESC LIMIT 100`);
  return { ...item, attempts };
}

/** Makes a delivery that has ended due again. @returns whether it had ended */
export async function requeue(db: Queryable, id: number): Promise<boolean> {
  const changed = await db.run(sql`
    UPDATE automations.deliveries SET state = 'pending', tries = 0, next_attempt_at = now()
    WHERE id = ${id} AND state IN ('done', 'failed', 'paused', 'cancelled')`);
  return changed === 1;
}

export type ReplayFilter = {
  app: number;
  automation?: string;
  state: 'failed' | 'cancelled' | 'done';
  /** Saved at or after, before. */
  from?: Date;
  to?: Date;
};

/** Makes all that fit due again. @returns how many */
export async function requeueAll(db: Queryable, filter: ReplayFilter): Promise<number> {
  return db.run(sql`
    UPDATE automations.deliveries SET state = 'pending', tries = 0, next_attempt_at = now()
    WHERE ${fitting(filter)}`);
}

/** How many fit. */
export async function countReplays(db: Queryable, filter: ReplayFilter): Promise<number> {
  const row = await db.row<{ n: number }>(
    sql`SELECT count(*) AS n FROM automations.deliveries WHERE ${fitting(filter)}`,
  );
  return row!.n;
}

function fitting({ app, automation, state, from, to }: ReplayFilter): Sql {
  return sql`app = ${app} AND state = ${state}
      AND automation = coalesce(${automation ?? null}, automation)
      AND created_at >= coalesce(${from ?? null}::timestamptz, '-infinity')
      AND created_at < coalesce(${to ?? null}::timestamptz, 'infinity')`;
}
