import { type Queryable, sql } from '../../../platform/database/database.ts';
import { errors } from '../errors.ts';
import { foldLabel, type Name } from '../rules/labels.ts';
import type { Application, Design, Dimension, Ledger, Member, MemberKind } from '../rules/model.ts';

type Head = { id: number; label: string; revision: number };

/** Applications by label, each kept in memory as long as its revision stands. */
export type Applications = {
  /** @throws planning.unknownApplication */
  load(db: Queryable, label: string): Promise<Application>;
  list(db: Queryable): Promise<Application[]>;
};

export function createApplications(): Applications {
  const known = new Map<number, Application>();

  async function current(db: Queryable, head: Head): Promise<Application> {
    const held = known.get(head.id);
    if (held?.revision === head.revision) return held;
    const fresh = await readApplication(db, head.id);
    known.set(head.id, fresh);
    return fresh;
  }

  return {
    async load(db, label) {
      const head = await db.row<Head>(
        sql`SELECT id, label, revision FROM planning.applications WHERE label = ${foldLabel(label)}`,
      );
      if (!head) throw errors.unknownApplication({ label: foldLabel(label) });
      return current(db, head);
    },
    async list(db) {
      const heads = await db.rows<Head>(
        sql`SELECT id, label, revision FROM planning.applications ORDER BY label`,
      );
      const found: Application[] = [];
      for (const head of heads) found.push(await current(db, head));
      return found;
    },
  };
}

/** One application as it is in this transaction. */
export async function readApplication(db: Queryable, id: number): Promise<Application> {
  const head = await db.row<Head & { name: Name; type: Application['type']; design: Design }>(
    sql`SELECT id, label, name, type, design, revision FROM planning.applications WHERE id = ${id}`,
  );
  if (!head) throw errors.unknownApplication({ label: String(id) });
  const dimensions = await readDimensions(db, id);
  const byId = new Map([...dimensions.values()].map((dimension) => [dimension.id, dimension]));
  const ledgers = await db.rows<{ id: number; label: string; name: Name; dimensions: number[] }>(
    sql`SELECT id, label, name, dimensions FROM planning.ledgers WHERE application = ${id} ORDER BY id`,
  );
  return {
    ...head,
    dimensions,
    ledgers: new Map(
      ledgers.map((ledger): [string, Ledger] => [
        ledger.label,
        { ...ledger, dimensions: ledger.dimensions.map((dimension) => byId.get(dimension)!) },
      ]),
    ),
  };
}

type MemberRow = {
  dimension: number;
  id: number;
  label: string;
  name: Name;
  kind: MemberKind;
  aggregate: boolean;
  active: boolean;
  root: boolean;
  position: number;
  properties: Record<string, string>;
  children: number[] | null;
};

async function readDimensions(db: Queryable, application: number): Promise<Map<string, Dimension>> {
  const dimensions = await db.rows<{ id: number; label: string; name: Name }>(
    sql`SELECT id, label, name FROM planning.dimensions WHERE application = ${application} ORDER BY position, id`,
  );
  const rows = await db.rows<MemberRow>(sql`
    SELECT m.dimension, m.id, m.label, m.name, m.kind, m.aggregate, m.active, m.root, m.position, m.properties,
           p.children
    FROM planning.members m
    JOIN planning.dimensions d ON d.id = m.dimension
    LEFT JOIN (
      SELECT dimension, parent, array_agg(child ORDER BY position) AS children
      FROM planning.placements GROUP BY dimension, parent
    ) p ON p.dimension = m.dimension AND p.parent = m.id
    WHERE d.application = ${application}
    ORDER BY m.dimension, m.position, m.id`);
  const members = new Map<number, Member[]>(dimensions.map(({ id }) => [id, []]));
  for (const { dimension, children, ...row } of rows) {
    members.get(dimension)?.push({
      ...row,
      children: children ?? [],
      leaf: !row.aggregate && children === null,
    });
  }
  return new Map(
    dimensions.map(({ id, label, name }) => {
      const own = members.get(id)!;
      const byLabel = new Map(own.map((member) => [member.label, member]));
      const byId = new Map(own.map((member) => [member.id, member]));
      return [label, { id, label, name, members: own, byLabel, byId }];
    }),
  );
}
