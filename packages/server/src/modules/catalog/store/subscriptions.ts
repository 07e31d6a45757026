import { type Queryable, type Sql, sql } from '../../../platform/database/database.ts';
import { announce } from '../../../platform/live/live.ts';
import type { InstanceInfo } from '../provisioning/messages.ts';
import type { PriceModel } from '../services/model.ts';
import type { Next, State, Step, Subscription } from '../subscriptions/model.ts';

/** What those who look at subscriptions, their users and operations follow. */
export const topic = 'subscriptions';

const columns = sql`s.key, s.organization, s.id, s.service, s.technical_service AS "technicalService", s.state, s.step,
  s.owner, s.reference_id AS "referenceId", s.parameters, s.attributes, s.prices, s.next,
  s.instance_id AS "instanceId", s.access_info AS "accessInfo", s.base_url AS "baseUrl",
  s.login_path AS "loginPath", s.message, s.vms_number AS "vmsNumber", s.payment_valid AS "paymentValid", s.created_at AS "createdAt", s.activated_at AS "activatedAt",
  s.ended_at AS "endedAt", v.id AS "serviceId", v.supplier, t.organization AS provider, t.definition,
  t.sealed_password AS "sealedPassword"`;

const joined = sql`catalog.subscriptions s JOIN catalog.services v ON v.key = s.service
  JOIN catalog.technical_services t ON t.key = s.technical_service`;

export type NewSubscription = {
  organization: string;
  id: string;
  service: number;
  technicalService: number;
  owner: number;
  referenceId: string | undefined;
  parameters: Readonly<Record<string, string>>;
  attributes: Readonly<Record<string, string>>;
  prices: PriceModel | undefined;
  requestKey: string | undefined;
  leaseMs: number;
};

/** Inserts a subscription that is about to be provisioned; undefined when its name or request key is taken. */
export async function insertSubscription(db: Queryable, row: NewSubscription): Promise<number | undefined> {
  const inserted = await db.row<{ key: number }>(sql`
    INSERT INTO catalog.subscriptions (organization, id, service, technical_service, state, step, step_at, step_lease,
      owner, reference_id, parameters, attributes, prices, request_key)
    VALUES (${row.organization}, ${row.id}, ${row.service}, ${row.technicalService}, 'PENDING', 'prepare', now(),
      now() + ${row.leaseMs} * interval '1 millisecond', ${row.owner}, ${row.referenceId ?? null},
      ${JSON.stringify(row.parameters)}, ${JSON.stringify(row.attributes)},
      ${row.prices === undefined ? null : JSON.stringify(row.prices)}, ${row.requestKey ?? null})
    ON CONFLICT DO NOTHING RETURNING key`);
  await announce(db, topic);
  return inserted?.key;
}

export function readSubscription(db: Queryable, key: number): Promise<Subscription | undefined> {
  return db.row(sql`SELECT ${columns} FROM ${joined} WHERE s.key = ${key}`);
}

/** The subscription, locked until the transaction ends. */
export function lockSubscription(db: Queryable, key: number): Promise<Subscription | undefined> {
  return db.row(sql`SELECT ${columns} FROM ${joined} WHERE s.key = ${key} FOR UPDATE OF s`);
}

export function findSubscription(db: Queryable, condition: Sql): Promise<Subscription | undefined> {
  return db.row(sql`SELECT ${columns} FROM ${joined} WHERE ${condition}`);
}

export type SubscriptionFilter = {
  /** Organizations whose subscriptions may be seen: as customer, supplier or provider. */
  organizations: readonly string[] | 'all';
  /** Besides, those this user is assigned to. */
  user: number;
  state: State | undefined;
  service: string | undefined;
  organization: string | undefined;
};

export function readSubscriptionPage(
  db: Queryable,
  { organizations, user, state, service, organization }: SubscriptionFilter,
  after: number,
  limit: number,
): Promise<Subscription[]> {
  const seen =
    organizations === 'all'
      ? sql`true`
      : sql`(s.organization = ANY(${organizations}) OR v.supplier = ANY(${organizations})
             OR t.organization = ANY(${organizations}) OR EXISTS (SELECT FROM catalog.assignments a
               WHERE a.subscription = s.key AND a.user_number = ${user} AND a.until IS NULL))`;
  return db.rows(sql`
    SELECT ${columns} FROM ${joined}
    WHERE s.key > ${after} AND ${seen} AND (${state ?? null}::text IS NULL OR s.state = ${state ?? null})
      AND (${service ?? null}::text IS NULL OR v.id = ${service ?? null})
      AND (${organization ?? null}::text IS NULL OR s.organization = ${organization ?? null})
    ORDER BY s.key LIMIT ${limit}`);
}

export type SubscriptionChange = {
  state?: State;
  step?: Step | null;
  leaseMs?: number;
  id?: string;
  service?: number;
  referenceId?: string | null;
  parameters?: Readonly<Record<string, string>>;
  prices?: PriceModel | null;
  next?: Next | null;
  instance?: InstanceInfo;
  message?: string | null;
  vmsNumber?: number;
  paymentValid?: boolean;
  /** No mail about its provisioning being late is due (any more). */
  lateNoticed?: boolean;
  activated?: boolean;
  ended?: boolean;
};

/** Changes what is named and leaves the rest. */
export async function updateSubscription(
  db: Queryable,
  key: number,
  change: SubscriptionChange,
): Promise<void> {
  const sets: Sql[] = [];
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
  if (change.state !== undefined) sets.push(sql`state = ${change.state}`);
  if (change.step !== undefined) {
    const lease = change.step === null ? null : (change.leaseMs ?? 0);
    sets.push(
      sql`step = ${change.step}, step_at = now(), step_lease = now() + ${lease}::double precision * interval '1 millisecond'`,
    );
  }
  if (change.id !== undefined) sets.push(sql`id = ${change.id}`);
  if (change.service !== undefined) sets.push(sql`service = ${change.service}`);
  if (change.referenceId !== undefined) sets.push(sql`reference_id = ${change.referenceId}`);
  if (change.parameters !== undefined) sets.push(sql`parameters = ${json(change.parameters)}`);
  if (change.prices !== undefined) sets.push(sql`prices = ${json(change.prices)}`);
  if (change.next !== undefined) sets.push(sql`next = ${json(change.next)}`);
  if (change.instance !== undefined) {
    const { instanceId, accessInfo, baseUrl, loginPath } = change.instance;
    sets.push(
      sql`instance_id = ${instanceId ?? null}, access_info = ${accessInfo ?? null}, base_url = ${baseUrl ?? null},
          login_path = ${loginPath ?? null}`,
    );
  }
  if (change.message !== undefined) sets.push(sql`message = ${change.message}`);
  if (change.vmsNumber !== undefined) sets.push(sql`vms_number = ${change.vmsNumber}`);
  if (change.paymentValid !== undefined) sets.push(sql`payment_valid = ${change.paymentValid}`);
  if (change.lateNoticed) sets.push(sql`timeout_noticed_at = now()`);
  if (change.activated) sets.push(sql`activated_at = coalesce(activated_at, now())`);
  if (change.ended) sets.push(sql`ended_at = now(), request_key = NULL`);
  if (sets.length === 0) return;
  const joinedSets = sets.reduce((all, one) => sql`${all}, ${one}`);
  await db.run(sql`UPDATE catalog.subscriptions SET ${joinedSets} WHERE key = ${key}`);
  await announce(db, topic);
}

export async function deleteSubscription(db: Queryable, key: number): Promise<void> {
  await db.run(sql`DELETE FROM catalog.subscriptions WHERE key = ${key}`);
  await announce(db, topic);
}

/** How many live subscriptions of a technical service an organization has, beside this one. */
export async function countLive(
  db: Queryable,
  organization: string,
  technicalService: number,
): Promise<number> {
  const row = await db.row<{ n: number }>(sql`
    SELECT count(*)::int AS n FROM catalog.subscriptions
    WHERE organization = ${organization} AND technical_service = ${technicalService}
      AND state NOT IN ('INVALID', 'DEACTIVATED')`);
  return row?.n ?? 0;
}

/** Another live subscription of the technical service that has this instance. */
export async function isInstanceTaken(
  db: Queryable,
  technicalService: number,
  instanceId: string,
  except: number,
): Promise<boolean> {
  const row = await db.row(sql`
    SELECT 1 FROM catalog.subscriptions WHERE technical_service = ${technicalService}
      AND instance_id = ${instanceId} AND key <> ${except} AND state NOT IN ('DEACTIVATED', 'INVALID')`);
  return row !== undefined;
}

/** A sign of life of the process that carries out these steps. */
export async function renewLeases(db: Queryable, keys: readonly number[], leaseMs: number): Promise<void> {
  await db.run(sql`
    UPDATE catalog.subscriptions SET step_lease = now() + ${leaseMs} * interval '1 millisecond'
    WHERE key = ANY(${keys}::bigint[]) AND step IS NOT NULL`);
}

/** Keys of subscriptions whose step nobody carries out any more. */
export async function readAbandoned(db: Queryable): Promise<number[]> {
  const rows = await db.rows<{ key: number }>(sql`
    SELECT key FROM catalog.subscriptions WHERE step IS NOT NULL AND step_lease < now() ORDER BY key LIMIT 100`);
  return rows.map(({ key }) => key);
}

/** Keys of active subscriptions whose PERIOD is used up (oscm §5). */
export async function readUsedUp(db: Queryable): Promise<number[]> {
  const rows = await db.rows<{ key: number }>(sql`
    SELECT key FROM catalog.subscriptions WHERE state = 'ACTIVE' AND parameters ? 'PERIOD'
      AND activated_at + (parameters ->> 'PERIOD')::numeric::double precision * interval '1 millisecond' < now()
    ORDER BY key LIMIT 100`);
  return rows.map(({ key }) => key);
}

/** Marks pending subscriptions over their provisioning timeout as noticed, and gives their keys: each once. */
export async function noticeTimeouts(db: Queryable): Promise<number[]> {
  const rows = await db.rows<{ key: number }>(sql`
    UPDATE catalog.subscriptions s SET timeout_noticed_at = now()
    FROM catalog.technical_services t
    WHERE t.key = s.technical_service AND s.state = 'PENDING' AND s.timeout_noticed_at IS NULL
      AND t.definition ->> 'provisioningType' = 'ASYNCHRONOUS'
      AND extract(epoch FROM now() - s.created_at) * 1000 > (t.definition ->> 'provisioningTimeout')::numeric
    RETURNING s.key`);
  return rows.map(({ key }) => key);
}
