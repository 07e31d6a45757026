import type { Identity } from '../../modules/identity/index.ts';
import type { Database } from '../../platform/database/database.ts';

export type UserAccounts = ReturnType<typeof createUserAccounts>;

export function createUserAccounts({ database, identity }: { database: Database; identity: Identity }) {
  return { database, identity };
}
