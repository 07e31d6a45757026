import type { Dialect } from '../../platform/caller.ts';
import type { Queryable } from '../../platform/database/database.ts';
import type { How } from './directory.ts';

/** A line for the access log: who did what, by which way. */
export type AccessEntry = {
  /** Default: now. */
  at?: Date;
  /** The user's number; undefined where nobody was recognised. */
  user: number | undefined;
  dialect: Dialect;
  operation: string;
  app?: number;
  table?: string;
  record?: string;
  address?: string;
  /** `ok`, or the code of the refusal. */
  outcome?: string;
};

export type AccessLog = {
  /** Writes the line in the caller's transaction: it is there exactly when what it tells of is. */
  record(db: Queryable, entry: AccessEntry): Promise<void>;
  /** Writes the line by itself, soon; for what changed nothing (refusals). */
  note(entry: AccessEntry): void;
};

export type TokenOperation =
  | 'login'
  | 'refresh'
  | 'logout'
  | 'createApiKey'
  | 'revokeApiKey'
  | 'issueAccessKey'
  | 'changePassword'
  | 'revokeAccessKey'
  | 'revokeSsmTokens'
  | 'revokeSession';

export function tokenEntry(
  operation: TokenOperation,
  user: number | undefined,
  how: Pick<How, 'via' | 'address'>,
  outcome = 'ok',
): AccessEntry {
  return {
    user,
    dialect: how.via,
    operation,
    outcome,
    ...(how.address !== undefined && { address: how.address }),
  };
}
