import Type from 'typebox';
import { type Database, sql } from '../../src/platform/database/database.ts';
import { AppError, defineErrors } from '../../src/platform/errors.ts';
import type { Change, WorkspaceSection } from '../../src/platform/workspace-section.ts';

const errors = defineErrors('shelf', {
  unknownShelf: { kind: 'invalid', ja: '棚「{id}」はありません', en: 'there is no shelf "{id}"' },
});

const closed = { additionalProperties: false } as const;
const Condition = Type.Cyclic(
  {
    Condition: Type.Union([
      Type.Object({ all: Type.Array(Type.Ref('Condition')) }, closed),
      Type.Object({ field: Type.String(), op: Type.Enum(['=', '<']) }, closed),
    ]),
  },
  'Condition',
);
const Item = Type.Union([
  Type.Object(
    {
      id: Type.Integer(),
      name: Type.String({ minLength: 1 }),
      type: Type.Literal('text'),
      maxLength: Type.Optional(Type.Integer({ minimum: 1 })),
    },
    closed,
  ),
  Type.Object(
    {
      id: Type.Integer(),
      name: Type.String({ minLength: 1 }),
      type: Type.Literal('number'),
      min: Type.Optional(Type.Number()),
    },
    closed,
  ),
]);

type Shelf = {
  id: string;
  label?: string;
  secret?: unknown;
  next?: string;
  items?: unknown[];
  when?: unknown;
};

/** A small but real section: shelves in a table, with everything in its schema that modules' schemas have. */
export function createShelves(database: Database): {
  section: WorkspaceSection;
  prepare(): Promise<void>;
  names(): readonly string[];
} {
  let names: readonly string[] = [];
  return {
    names: () => names,
    async prepare() {
      await database.pool.query(
        'CREATE TABLE shelves (id text PRIMARY KEY, content jsonb NOT NULL, secret text)',
      );
    },
    section: {
      schemas: {
        shelves: Type.Array(
          Type.Object(
            {
              id: Type.String({ minLength: 1, maxLength: 20 }),
              label: Type.Optional(Type.String()),
              next: Type.Optional(Type.String()),
              secret: Type.Optional(
                Type.Union([
                  Type.String(),
                  Type.Object({ env: Type.String() }, closed),
                  Type.Object({ file: Type.String() }, closed),
                ]),
              ),
              items: Type.Optional(Type.Array(Item)),
              when: Type.Optional(Condition),
            },
            closed,
          ),
        ),
        catalog: Type.Object(
          {
            technicalServices: Type.Optional(
              Type.Array(Type.Object({ path: Type.String(), text: Type.String() }, closed)),
            ),
            services: Type.Optional(Type.Array(Type.String())),
          },
          closed,
        ),
      },
      async plan(db, file, { prune, readSecret }) {
        const stored = await db.rows<{ id: string; content: object; secret: string | null }>(
          sql`SELECT id, content, secret FROM shelves ORDER BY id`,
        );
        const given = (file.shelves ?? []) as Shelf[];
        const changes: Change[] = [];
        const faults: AppError[] = [];
        const rows: { id: string; content: string; secret: string | null }[] = [];
        for (const [index, shelf] of given.entries()) {
          const { secret: reference, ...content } = shelf;
          if (shelf.next !== undefined && !given.some(({ id }) => id === shelf.next)) {
            faults.push(errors.unknownShelf({ id: shelf.next }, `/shelves/${index}/next`));
          }
          const secret = reference === undefined ? null : await readSecret(reference);
          if (secret instanceof AppError) {
            faults.push(secret.within(`/shelves/${index}/secret`));
            continue;
          }
          const before = stored.find(({ id }) => id === shelf.id);
          const same =
            before !== undefined &&
            before.secret === secret &&
            JSON.stringify(sorted(before.content)) === JSON.stringify(sorted(content));
          changes.push({
            action: before === undefined ? 'add' : same ? 'keep' : 'change',
            kind: 'shelf',
            id: shelf.id,
          });
          rows.push({ id: shelf.id, content: JSON.stringify(content), secret });
        }
        const gone = prune ? stored.filter(({ id }) => !given.some((shelf) => shelf.id === id)) : [];
        for (const { id } of gone) changes.push({ action: 'remove', kind: 'shelf', id });
        return {
          changes,
          faults,
          async apply(tx) {
            await tx.run(sql`DELETE FROM shelves WHERE id = ANY(${gone.map(({ id }) => id)})`);
            await tx.run(sql`
              INSERT INTO shelves SELECT id, content, secret FROM jsonb_to_recordset(${JSON.stringify(
                rows.map((row) => ({ ...row, content: JSON.parse(row.content) })),
              )}::jsonb) AS r(id text, content jsonb, secret text)
              ON CONFLICT (id) DO UPDATE SET content = excluded.content, secret = excluded.secret`);
          },
        };
      },
      async export(db) {
        const rows = await db.rows<{ content: object }>(sql`SELECT content FROM shelves ORDER BY id`);
        return rows.length === 0 ? {} : { shelves: rows.map(({ content }) => content) };
      },
      async reload() {
        const rows = await database.rows<{ id: string }>(sql`SELECT id FROM shelves ORDER BY id`);
        names = rows.map(({ id }) => id);
      },
    },
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
