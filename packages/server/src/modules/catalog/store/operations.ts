import { type Queryable, sql } from '../../../platform/database/database.ts';
import { announce } from '../../../platform/live/live.ts';
import { topic } from './subscriptions.ts';

export type OperationState = 'RUNNING' | 'COMPLETED' | 'ERROR';

export type OperationRecord = {
  transactionId: string;
  subscription: number;
  operation: string;
  user: number;
  state: OperationState;
  /** What was asked for, by the ids of its parameters. */
  parameters: Readonly<Record<string, string>>;
  /** By locale. */
  message: Readonly<Record<string, string>> | null;
  at: Date;
  updatedAt: Date;
};

const columns = sql`transaction_id AS "transactionId", subscription, operation, user_number AS "user", state, parameters, message, at,
  updated_at AS "updatedAt"`;

export async function insertOperation(
  db: Queryable,
  record: Pick<
    OperationRecord,
    'transactionId' | 'subscription' | 'operation' | 'user' | 'state' | 'parameters'
  >,
): Promise<void> {
  await db.run(sql`
    INSERT INTO catalog.operation_records (transaction_id, subscription, operation, user_number, state, parameters)
    VALUES (${record.transactionId}, ${record.subscription}, ${record.operation}, ${record.user}, ${record.state},
            ${JSON.stringify(record.parameters)})`);
  await announce(db, topic);
}

/** A later word on an operation; the application's own progress wins over what the call itself says. */
export async function updateOperation(
  db: Queryable,
  transactionId: string,
  state: OperationState,
  message: Readonly<Record<string, string>> | null,
  onlyIfRunning: boolean,
): Promise<void> {
  await db.run(sql`
    UPDATE catalog.operation_records SET state = ${state}, updated_at = now(),
      message = ${message === null ? null : JSON.stringify(message)}
    WHERE transaction_id = ${transactionId} AND (${!onlyIfRunning} OR state = 'RUNNING')`);
  await announce(db, topic);
}

export function readOperation(db: Queryable, transactionId: string): Promise<OperationRecord | undefined> {
  return db.row(
    sql`SELECT ${columns} FROM catalog.operation_records WHERE transaction_id = ${transactionId}`,
  );
}

export function readOperations(
  db: Queryable,
  subscription: number,
  limit: number,
): Promise<OperationRecord[]> {
  return db.rows(sql`
    SELECT ${columns} FROM catalog.operation_records WHERE subscription = ${subscription}
    ORDER BY at DESC, transaction_id LIMIT ${limit}`);
}
