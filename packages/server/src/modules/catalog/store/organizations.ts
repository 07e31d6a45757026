import { type Queryable, sql } from '../../../platform/database/database.ts';

export type OrganizationRole = 'technologyProvider' | 'supplier' | 'customer';

export type Organization = { id: string; name: string; roles: OrganizationRole[] };

export function readOrganizations(db: Queryable, ids: readonly string[]): Promise<Organization[]> {
  return db.rows(sql`SELECT id, name, roles FROM catalog.organizations WHERE id = ANY(${ids})`);
}

/** The organizations that a user acts for, or (without a user) all. */
export function readActingOrganizations(db: Queryable, user: number | undefined): Promise<Organization[]> {
  return db.rows(
    user === undefined
      ? sql`SELECT id, name, roles FROM catalog.organizations ORDER BY id`
      : sql`SELECT o.id, o.name, o.roles FROM catalog.organizations o
            JOIN catalog.members m ON m.organization = o.id WHERE m.user_number = ${user} ORDER BY o.id`,
  );
}

/** User numbers of an organization. */
export async function readMembers(db: Queryable, organization: string): Promise<number[]> {
  const rows = await db.rows<{ user_number: number }>(
    sql`SELECT user_number FROM catalog.members WHERE organization = ${organization} ORDER BY 1`,
  );
  return rows.map((row) => row.user_number);
}

export async function readBillingAdapters(db: Queryable): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(sql`SELECT id FROM catalog.billing_adapters ORDER BY id`);
  return rows.map(({ id }) => id);
}

export type OrganizationState = Organization & { users: number[] };

/** Everything about all organizations, as the workspace file speaks of it. */
export function readOrganizationStates(db: Queryable): Promise<OrganizationState[]> {
  return db.rows(sql`
    SELECT id, name, roles,
      ARRAY(SELECT user_number FROM catalog.members m WHERE m.organization = o.id ORDER BY 1) AS users
    FROM catalog.organizations o ORDER BY id`);
}

/** Inserts or replaces organizations with their members. */
export async function writeOrganizations(
  db: Queryable,
  organizations: readonly OrganizationState[],
): Promise<void> {
  const ids = organizations.map(({ id }) => id);
  await db.run(sql`
    INSERT INTO catalog.organizations (id, name, roles)
    SELECT e ->> 'id', e ->> 'name', ARRAY(SELECT jsonb_array_elements_text(e -> 'roles'))
    FROM jsonb_array_elements(${JSON.stringify(organizations)}::jsonb) e
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, roles = excluded.roles`);
  await db.run(sql`DELETE FROM catalog.members WHERE organization = ANY(${ids})`);
  await db.run(sql`
    INSERT INTO catalog.members (organization, user_number)
    SELECT e ->> 'id', u::integer FROM jsonb_array_elements(${JSON.stringify(organizations)}::jsonb) e,
      jsonb_array_elements_text(e -> 'users') u
    ON CONFLICT DO NOTHING`);
}

export async function deleteOrganizations(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.run(sql`DELETE FROM catalog.organizations WHERE id = ANY(${ids})`);
}

/** What still belongs to these organizations: ids of theirs that keep them from being removed. */
export function readOrganizationUses(
  db: Queryable,
  ids: readonly string[],
): Promise<{ organization: string; uses: string[] }[]> {
  return db.rows(sql`
    SELECT organization, array_agg(id ORDER BY id) AS uses FROM (
      SELECT organization, id FROM catalog.technical_services
      UNION ALL SELECT supplier, id FROM catalog.services
      UNION ALL SELECT organization, id FROM catalog.subscriptions) used
    WHERE organization = ANY(${ids}) GROUP BY organization`);
}

export async function writeBillingAdapters(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.run(
    sql`INSERT INTO catalog.billing_adapters SELECT unnest(${ids}::text[]) ON CONFLICT DO NOTHING`,
  );
}

export async function deleteBillingAdapters(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.run(sql`DELETE FROM catalog.billing_adapters WHERE id = ANY(${ids})`);
}
