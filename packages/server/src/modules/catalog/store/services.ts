import { type Queryable, sql } from '../../../platform/database/database.ts';
import { announce } from '../../../platform/live/live.ts';
import type { Definition } from '../definition/model.ts';
import type { Service } from '../services/model.ts';

/** What is on sale is part of what the workspace file declares. */
const topic = 'workspace';

/** A service with what it is made of. */
export type OfferedService = Service & {
  provider: string;
  definition: Definition;
};

type Row = Omit<OfferedService, 'prices'> & { prices: Service['prices'] | null };

const columns = `s.key, s.id, s.name, s.supplier, s.technical_service AS "technicalService", s.parameters, s.prices,
  s.compatible, s.active, t.organization AS provider, t.definition`;

const fromRow = (row: Row): OfferedService => ({ ...row, prices: row.prices ?? undefined });

/** Services that are not deleted, by id. */
export async function readServices(db: Queryable, ids: readonly string[]): Promise<OfferedService[]> {
  const rows = await db.rows<Row>({
    name: 'catalog.read_services',
    text: `SELECT ${columns} FROM catalog.services s
           JOIN catalog.technical_services t ON t.key = s.technical_service
           WHERE s.id = ANY($1) AND s.deleted_at IS NULL`,
    values: [ids],
  });
  return rows.map(fromRow);
}

/** All services that are not deleted. */
export async function readAllServices(db: Queryable): Promise<OfferedService[]> {
  const rows = await db.rows<Row>({
    name: 'catalog.read_all_services',
    text: `SELECT ${columns} FROM catalog.services s
           JOIN catalog.technical_services t ON t.key = s.technical_service
           WHERE s.deleted_at IS NULL ORDER BY s.id`,
    values: [],
  });
  return rows.map(fromRow);
}

export type ServiceFilter = {
  /** Those on sale, and of these organizations all. */
  suppliers: readonly string[] | 'all';
  /** A part of the id or of a name, case aside. */
  text: string | undefined;
  /** A tag of the technical service. */
  tag: string | undefined;
};

export async function readServicePage(
  db: Queryable,
  { suppliers, text, tag }: ServiceFilter,
  after: string,
  limit: number,
): Promise<OfferedService[]> {
  const wanted = text === undefined ? null : `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const rows = await db.rows<Row>({
    name: 'catalog.read_service_page',
    text: `SELECT ${columns} FROM catalog.services s
           JOIN catalog.technical_services t ON t.key = s.technical_service
           WHERE s.deleted_at IS NULL AND s.id > $1
             AND ($2::text[] IS NULL OR s.active OR s.supplier = ANY($2))
             AND ($3::text IS NULL OR s.id ILIKE $3
                  OR EXISTS (SELECT FROM jsonb_each_text(s.name) n WHERE n.value ILIKE $3)
                  OR EXISTS (SELECT FROM jsonb_each_text(t.definition -> 'descriptions') d WHERE d.value ILIKE $3))
             AND ($4::text IS NULL OR t.definition -> 'tags' @> jsonb_build_array(jsonb_build_object('value', $4::text)))
           ORDER BY s.id LIMIT $5`,
    values: [after, suppliers === 'all' ? null : suppliers, wanted, tag?.toLowerCase() ?? null, limit],
  });
  return rows.map(fromRow);
}

export type ServiceRow = Omit<Service, 'key'>;

/** Inserts a service; false when its id is taken. */
export async function insertService(db: Queryable, service: ServiceRow): Promise<boolean> {
  const inserted = await db.run(sql`
    INSERT INTO catalog.services (id, name, supplier, technical_service, parameters, prices, compatible, active)
    VALUES (${service.id}, ${JSON.stringify(service.name)}, ${service.supplier}, ${service.technicalService},
            ${JSON.stringify(service.parameters)}, ${json(service.prices)}, ${service.compatible}, ${service.active})
    ON CONFLICT (id) WHERE deleted_at IS NULL DO NOTHING`);
  if (inserted === 1) await announce(db, topic);
  return inserted === 1;
}

/** Replaces everything of a service but its id. */
export async function updateService(db: Queryable, key: number, service: ServiceRow): Promise<void> {
  await db.run(sql`
    UPDATE catalog.services
    SET name = ${JSON.stringify(service.name)}, supplier = ${service.supplier},
        technical_service = ${service.technicalService}, parameters = ${JSON.stringify(service.parameters)},
        prices = ${json(service.prices)}, compatible = ${service.compatible}, active = ${service.active}
    WHERE key = ${key}`);
  await announce(db, topic);
}

export async function setServiceActive(db: Queryable, key: number, active: boolean): Promise<void> {
  await db.run(sql`UPDATE catalog.services SET active = ${active} WHERE key = ${key} AND deleted_at IS NULL`);
  await announce(db, topic);
}

/** Takes services out of the catalog; what refers to them keeps them until it ends (oscm §2.5). */
export async function deleteServices(db: Queryable, keys: readonly number[]): Promise<void> {
  await db.run(sql`
    UPDATE catalog.services SET deleted_at = now(), active = false
    WHERE key = ANY(${keys}::bigint[]) AND deleted_at IS NULL`);
  await announce(db, topic);
}

const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
