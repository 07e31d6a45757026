import { type Queryable, sql } from '../../../platform/database/database.ts';
import type { Definition } from '../definition/model.ts';
import type { Usage } from '../definition/update.ts';

export type StoredService = {
  key: number;
  organization: string;
  id: string;
  version: string;
  definition: Definition;
  sealedPassword: string | undefined;
};

type Row = Omit<StoredService, 'sealedPassword'> & { sealed_password: string | null };

const columns = 'key, organization, id, version, definition, sealed_password';

const fromRow = ({ sealed_password, ...row }: Row): StoredService => ({
  ...row,
  sealedPassword: sealed_password ?? undefined,
});

/** Ids of all parameters whose values are passwords. */
export async function readPasswordParameters(db: Queryable): Promise<string[]> {
  const rows = await db.rows<{ id: string }>({
    name: 'catalog.read_password_parameters',
    text: `SELECT DISTINCT p ->> 'id' AS id
           FROM catalog.technical_services, jsonb_array_elements(definition -> 'parameters') p
           WHERE p ->> 'valueType' = 'PWD'`,
    values: [],
  });
  return rows.map(({ id }) => id);
}

export type ServiceKey = { id: string; version: string };

/** The services of these keys that a file is about to update, locked until the transaction ends. */
export async function lockTechnicalServices(
  db: Queryable,
  organization: string,
  keys: readonly ServiceKey[],
): Promise<StoredService[]> {
  const rows = await db.rows<Row>({
    name: 'catalog.lock_technical_services',
    text: `SELECT ${columns} FROM catalog.technical_services
           WHERE organization = $1 AND (id, version) IN (SELECT * FROM unnest($2::text[], $3::text[]))
           ORDER BY key FOR UPDATE`,
    values: [organization, keys.map(({ id }) => id), keys.map(({ version }) => version)],
  });
  return rows.map(fromRow);
}

/** Which of these versioned keys belong to somebody else. */
export function readForeignKeys(
  db: Queryable,
  organization: string,
  keys: readonly ServiceKey[],
): Promise<(ServiceKey & { organization: string })[]> {
  return db.rows(sql`
    SELECT organization, id, version FROM catalog.technical_services
    WHERE version <> '' AND organization <> ${organization}
      AND (id, version) IN (SELECT * FROM unnest(${keys.map(({ id }) => id)}::text[],
                                                 ${keys.map(({ version }) => version)}::text[]))`);
}

/** Inserts or replaces definitions, all in one statement. */
export async function writeTechnicalServices(
  db: Queryable,
  organization: string,
  services: readonly { definition: Definition; sealedPassword: string | undefined }[],
): Promise<void> {
  await db.run({
    name: 'catalog.write_technical_services',
    text: `INSERT INTO catalog.technical_services (organization, id, version, definition, sealed_password)
           SELECT $1, * FROM unnest($2::text[], $3::text[], $4::jsonb[], $5::text[])
           ON CONFLICT (organization, id, version) DO UPDATE
           SET definition = excluded.definition, sealed_password = excluded.sealed_password, updated_at = now()`,
    values: [
      organization,
      services.map(({ definition }) => definition.id),
      services.map(({ definition }) => definition.version),
      services.map(({ definition }) => JSON.stringify(definition)),
      services.map(({ sealedPassword }) => sealedPassword ?? null),
    ],
  });
}

/** One version, or all when none is named. */
export async function readTechnicalServices(
  db: Queryable,
  organization: string,
  id: string,
  version: string | undefined,
): Promise<StoredService[]> {
  const rows = await db.rows<Row>({
    name: 'catalog.read_technical_services',
    text: `SELECT ${columns} FROM catalog.technical_services
           WHERE organization = $1 AND id = $2 AND ($3::text IS NULL OR version = $3) ORDER BY version`,
    values: [organization, id, version ?? null],
  });
  return rows.map(fromRow);
}

/** One technical service, held as it is until the transaction ends: a re-import waits for it. */
export async function shareTechnicalService(
  db: Queryable,
  organization: string,
  id: string,
  version: string,
): Promise<StoredService | undefined> {
  const row = await db.row<Row>({
    name: 'catalog.share_technical_service',
    text: `SELECT ${columns} FROM catalog.technical_services
           WHERE organization = $1 AND id = $2 AND version = $3 FOR SHARE`,
    values: [organization, id, version],
  });
  return row && fromRow(row);
}

export async function readTechnicalServicesByKey(
  db: Queryable,
  keys: readonly number[],
): Promise<StoredService[]> {
  const rows = await db.rows<Row>({
    name: 'catalog.read_technical_services_by_key',
    text: `SELECT ${columns} FROM catalog.technical_services WHERE key = ANY($1) ORDER BY key`,
    values: [keys],
  });
  return rows.map(fromRow);
}

/** A page in the order of id and version; of one organization or of all. */
export async function readTechnicalServicePage(
  db: Queryable,
  organization: string | undefined,
  after: { organization: string; id: string; version: string } | undefined,
  limit: number,
): Promise<StoredService[]> {
  const rows = await db.rows<Row>({
    name: 'catalog.read_technical_service_page',
    text: `SELECT ${columns} FROM catalog.technical_services
           WHERE ($1::text IS NULL OR organization = $1)
             AND ($2::text IS NULL OR (organization, id, version) > ($2, $3, $4))
           ORDER BY organization, id, version LIMIT $5`,
    values: [
      organization ?? null,
      after?.organization ?? null,
      after?.id ?? null,
      after?.version ?? null,
      limit,
    ],
  });
  return rows.map(fromRow);
}

/** What uses each of these technical services, by key (oscm §2.5). */
export async function readUsage(db: Queryable, keys: readonly number[]): Promise<Map<number, Usage>> {
  const rows = await db.rows<{ key: number } & Usage>({
    name: 'catalog.read_usage',
    text: `WITH live AS (
             SELECT key, technical_service, organization, id FROM catalog.subscriptions
             WHERE technical_service = ANY($1) AND state NOT IN ('INVALID', 'DEACTIVATED'))
           SELECT k.key,
             (SELECT count(*)::int FROM catalog.sessions s JOIN live ON live.key = s.subscription
               WHERE live.technical_service = k.key) AS "openSessions",
             ARRAY(SELECT id FROM catalog.services
               WHERE technical_service = k.key AND deleted_at IS NULL ORDER BY id) AS services,
             ARRAY(SELECT id FROM live WHERE technical_service = k.key ORDER BY id) AS subscriptions,
             coalesce((SELECT max(n)::int FROM (SELECT count(*) AS n FROM live
               WHERE technical_service = k.key GROUP BY organization) counts), 0) AS "mostPerOrganization"
           FROM unnest($1::bigint[]) AS k (key)`,
    values: [keys],
  });
  return new Map(rows.map(({ key, ...usage }) => [key, usage]));
}

/** Deletes what is left of deleted services and ended subscriptions of these technical services. */
export async function deleteLeftovers(db: Queryable, keys: readonly number[]): Promise<void> {
  await db.run(sql`
    DELETE FROM catalog.subscriptions
    WHERE technical_service = ANY(${keys}::bigint[]) AND state IN ('INVALID', 'DEACTIVATED')`);
  await db.run(sql`
    DELETE FROM catalog.services s WHERE technical_service = ANY(${keys}::bigint[]) AND deleted_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM catalog.subscriptions WHERE service = s.key)`);
}

export async function deleteTechnicalServices(db: Queryable, keys: readonly number[]): Promise<void> {
  await db.run(sql`DELETE FROM catalog.technical_services WHERE key = ANY(${keys}::bigint[])`);
}
