import { type Queryable, sql } from '../../../platform/database/database.ts';
import { announce } from '../../../platform/live/live.ts';
import type { Assignment } from '../subscriptions/model.ts';
import { topic } from './subscriptions.ts';

export type WantedAssignment = { user: number; role: string | null };

export async function insertAssignments(
  db: Queryable,
  subscription: number,
  wanted: readonly WantedAssignment[],
): Promise<void> {
  await db.run(sql`
    INSERT INTO catalog.assignments (subscription, user_number, role)
    SELECT ${subscription}, * FROM unnest(${wanted.map(({ user }) => user)}::int[],
                                          ${wanted.map(({ role }) => role)}::text[])`);
  await announce(db, topic);
}

export async function readAssignments(
  db: Queryable,
  subscriptions: readonly number[],
): Promise<Map<number, Assignment[]>> {
  const rows = await db.rows<Assignment & { subscription: number }>(sql`
    SELECT subscription, user_number AS "user", role, application_user_id AS "applicationUserId", told
    FROM catalog.assignments WHERE subscription = ANY(${subscriptions}::bigint[]) AND until IS NULL ORDER BY id`);
  const found = new Map<number, Assignment[]>(subscriptions.map((key) => [key, []]));
  for (const { subscription, ...assignment } of rows) found.get(subscription)?.push(assignment);
  return found;
}

/** The application knows nobody any more. */
export async function forgetTold(db: Queryable, subscription: number): Promise<void> {
  await db.run(sql`
    UPDATE catalog.assignments SET told = false, application_user_id = NULL
    WHERE subscription = ${subscription} AND until IS NULL`);
}

/** Notes that the application knows these users, with its own ids where it gave any. */
export async function markTold(
  db: Queryable,
  subscription: number,
  users: readonly { user: number; applicationUserId: string | undefined }[],
): Promise<void> {
  await db.run(sql`
    UPDATE catalog.assignments a SET told = true, application_user_id = coalesce(u.id, a.application_user_id)
    FROM unnest(${users.map(({ user }) => user)}::int[],
                ${users.map(({ applicationUserId }) => applicationUserId ?? null)}::text[]) AS u (number, id)
    WHERE a.subscription = ${subscription} AND a.user_number = u.number AND a.until IS NULL`);
}

export async function endAssignment(db: Queryable, subscription: number, user: number): Promise<boolean> {
  const ended = await db.run(sql`
    UPDATE catalog.assignments SET until = now()
    WHERE subscription = ${subscription} AND user_number = ${user} AND until IS NULL`);
  if (ended > 0) await announce(db, topic);
  return ended > 0;
}

/** Ends the row of the old role and begins one of the new; what the application calls the user stays. */
export async function changeRole(
  db: Queryable,
  subscription: number,
  user: number,
  role: string | null,
): Promise<void> {
  await db.run(sql`
    WITH old AS (
      UPDATE catalog.assignments SET until = now()
      WHERE subscription = ${subscription} AND user_number = ${user} AND until IS NULL
      RETURNING application_user_id, told)
    INSERT INTO catalog.assignments (subscription, user_number, role, application_user_id, told)
    SELECT ${subscription}, ${user}, ${role}, application_user_id, told FROM old`);
  await announce(db, topic);
}

export async function endAllAssignments(db: Queryable, subscription: number): Promise<void> {
  await db.run(sql`
    UPDATE catalog.assignments SET until = now() WHERE subscription = ${subscription} AND until IS NULL`);
}
