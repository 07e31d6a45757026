import { type Queryable, sql } from '../../../platform/database/database.ts';

/** Roles by login name. */
export type Users = Readonly<Record<string, string>>;

export type HostedApp = {
  id: number;
  users: Users;
  active: boolean;
  keepDays: number;
  deleted: boolean;
  /** Its records are no more. */
  gone: boolean;
};

/** Numbers from here on are given out; workspace files number their own apps below. */
const firstNumber = 900_000;

/** Takes the next free number for an app of a subscription. Numbers are not given twice, whatever becomes of the app. */
export async function insertApp(
  db: Queryable,
  app: { organization: string; subscription: string; keepDays: number },
  taken: readonly number[],
): Promise<number | undefined> {
  const row = await db.row<{ id: number }>(sql`
    INSERT INTO hosting.apps (id, organization, subscription, keep_days)
    SELECT greatest(${firstNumber}::int - 1, max(id), ${Math.max(0, ...taken.filter((id) => id >= firstNumber))}::int) + 1,
      ${app.organization}, ${app.subscription}, ${app.keepDays}
    FROM hosting.apps ON CONFLICT DO NOTHING RETURNING id`);
  return row?.id;
}

/** Locked until the transaction ends. */
export function lockApp(db: Queryable, id: number): Promise<HostedApp | undefined> {
  return db.row(sql`
    SELECT id, users, active, keep_days AS "keepDays", deleted_at IS NOT NULL AS deleted, gone
    FROM hosting.apps
    WHERE id = ${id} FOR UPDATE`);
}

export async function updateApp(db: Queryable, { id, users, active, deleted }: HostedApp): Promise<void> {
  await db.run(sql`
    UPDATE hosting.apps SET users = ${JSON.stringify(users)}, active = ${active},
      deleted_at = CASE WHEN ${deleted} THEN coalesce(deleted_at, now()) END
    WHERE id = ${id}`);
}

/** Apps whose records have been kept long enough. */
export async function readDueApps(db: Queryable): Promise<number[]> {
  const rows = await db.rows<{ id: number }>(sql`
    SELECT id FROM hosting.apps WHERE NOT gone AND deleted_at <= now() - make_interval(days => keep_days) ORDER BY id`);
  return rows.map(({ id }) => id);
}

export async function noteGone(db: Queryable, ids: readonly number[]): Promise<void> {
  await db.run(sql`UPDATE hosting.apps SET gone = true WHERE id = ANY(${ids})`);
}

/** Its app could not be made. */
export async function forgetApp(db: Queryable, id: number): Promise<void> {
  await db.run(sql`DELETE FROM hosting.apps WHERE id = ${id}`);
}
