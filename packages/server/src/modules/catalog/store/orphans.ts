import { type Queryable, sql } from '../../../platform/database/database.ts';

/** An instance that may exist at an application although no subscription has it. */
export type Orphan = {
  id: number;
  at: Date;
  technicalService: number;
  provider: string;
  technicalServiceId: string;
  organization: string;
  subscriptionId: string;
  instanceId: string | null;
  reason: string;
  tries: number;
  state: 'open' | 'deleted' | 'givenUp';
};

export async function insertOrphan(
  db: Queryable,
  orphan: {
    technicalService: number;
    organization: string;
    subscriptionId: string;
    instanceId: string | null;
    reason: string;
  },
): Promise<void> {
  await db.run(sql`
    INSERT INTO catalog.orphans (technical_service, organization, subscription_id, instance_id, reason)
    VALUES (${orphan.technicalService}, ${orphan.organization}, ${orphan.subscriptionId}, ${orphan.instanceId},
            ${orphan.reason})`);
}

/** Those of these providers, the newest first. */
export function readOrphans(
  db: Queryable,
  providers: readonly string[] | 'all',
  before: number | undefined,
  limit: number,
  id?: number,
): Promise<Orphan[]> {
  return db.rows(sql`
    SELECT o.id, o.at, o.technical_service AS "technicalService", t.organization AS provider,
      t.id AS "technicalServiceId", o.organization, o.subscription_id AS "subscriptionId",
      o.instance_id AS "instanceId", o.reason, o.tries, o.state
    FROM catalog.orphans o JOIN catalog.technical_services t ON t.key = o.technical_service
    WHERE (${providers === 'all' ? null : providers}::text[] IS NULL
           OR t.organization = ANY(${providers === 'all' ? null : providers}::text[]))
      AND (${before ?? null}::bigint IS NULL OR o.id < ${before ?? null})
      AND (${id ?? null}::bigint IS NULL OR o.id = ${id ?? null})
    ORDER BY o.id DESC LIMIT ${limit}`);
}

export async function updateOrphan(
  db: Queryable,
  id: number,
  change: { state?: Orphan['state']; reason?: string; instanceId?: string },
): Promise<void> {
  await db.run(sql`
    UPDATE catalog.orphans SET tries = tries + 1, state = coalesce(${change.state ?? null}, state),
      reason = coalesce(${change.reason ?? null}, reason), instance_id = coalesce(${change.instanceId ?? null}, instance_id)
    WHERE id = ${id}`);
}
