import { type Queryable, sql } from '../../../platform/database/database.ts';
import type { PriceModel } from '../services/model.ts';

/** Begins what is agreed from now on, ending what was before. */
export async function beginTerms(
  db: Queryable,
  subscription: number,
  terms: { parameters: Readonly<Record<string, string>>; prices: PriceModel | null },
): Promise<void> {
  await endTerms(db, subscription);
  await db.run(sql`
    INSERT INTO catalog.terms (subscription, parameters, prices)
    VALUES (${subscription}, ${JSON.stringify(terms.parameters)},
            ${terms.prices === null ? null : JSON.stringify(terms.prices)})`);
}

/** From now on nothing is in use. */
export async function endTerms(db: Queryable, subscription: number): Promise<void> {
  await db.run(
    sql`UPDATE catalog.terms SET until = now() WHERE subscription = ${subscription} AND until IS NULL`,
  );
}
