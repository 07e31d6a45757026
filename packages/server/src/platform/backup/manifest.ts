import { createHmac } from 'node:crypto';
import { identifier } from '../database/database.ts';

/** `manifest.json` of a backup: what its files hold. It is written last: a folder without it is no backup. */
export type Manifest = {
  renkeiBackup: 1;
  /** The moment whose state the backup holds. */
  at: string;
  /** `module/number` of each migration that had run. */
  migrations: string[];
  tables: BackedUpTable[];
  sequences: BackedUpSequence[];
  /** Tells the secret key apart from others, without giving it away. */
  secretKey: string;
};

/** One table in one file: PostgreSQL's COPY text format, gzip'd. */
export type BackedUpTable = {
  schema: string;
  name: string;
  columns: string[];
  rows: number;
  file: string;
  /** SHA-256 of the file, hexadecimal. */
  sha256: string;
  /** How to make the table where no migration does (those of apps and ledgers): columns first, the rest when filled. */
  definition: { columns: string; afterwards: string[] };
};

export type BackedUpSequence = {
  schema: string;
  name: string;
  /** The column that draws from it; its name may differ elsewhere. */
  owner: { table: string; column: string } | null;
  value: string;
  called: boolean;
};

export const manifestFile = 'manifest.json';
export const secretKeyFile = 'secret.key';

/** The schema of background jobs: graphile-worker makes its tables and keeps its own list of migrations. */
export const jobsSchema = 'jobs';

export function secretKeyMark(secretKey: Uint8Array): string {
  return createHmac('sha256', secretKey)
    .update('the key that a backup belongs to')
    .digest('hex')
    .slice(0, 32);
}

export function qualifiedName({ schema, name }: { schema: string; name: string }): string {
  return `${identifier(schema)}.${identifier(name)}`;
}
