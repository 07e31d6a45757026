import type { TSchema } from 'typebox';
import type { Queryable, Transaction } from './database/database.ts';
import type { AppError } from './errors.ts';

/** The workspace file after parsing and merging: its top-level keys. Each section casts its own part. */
export type WorkspaceFile = Readonly<Record<string, unknown>>;

export type Change = {
  action: 'add' | 'change' | 'remove' | 'keep';
  /** Kind of object in the file's words: `user`, `app`, `automation`, … */
  kind: string;
  id: string;
  /** What differs, one short line each (never a secret's value). */
  details?: readonly string[];
  /** Of what is removed: how many records go with it, or lose a value. */
  records?: number;
};

export type PlanOptions = {
  /** Remove what the file does not mention. */
  prune: boolean;
  /** Apps of the file lose what it does not mention of them (fields, automations, keys); nothing else is removed. */
  replaceApps?: boolean;
  /** Numbers of apps that go, whatever else stays. */
  removeApps?: readonly number[];
  /** Resolves `{env: NAME}` and `{file: PATH}` to the text, or says why not. */
  readSecret(reference: unknown): Promise<string | AppError>;
};

export type SectionPlan = {
  changes: Change[];
  /** Mistakes beyond the schema, placed by JSON pointers into the whole file (`/apps/0/fields/2/expression`). */
  faults: AppError[];
  /** Makes it so. Runs only when no section found a fault, in the transaction in which all plans were made. */
  apply(tx: Transaction): Promise<void>;
};

/**
 * What a module tells the workspace about its part of the file. Sections run in the order in which main.ts lists
 * them, so a later one may rely on what an earlier one has written.
 */
export type WorkspaceSection = {
  /** The top-level keys that belong to it and the JSON schema of each; unknown keys are refused everywhere. */
  schemas: Readonly<Record<string, TSchema>>;
  /** Compares the file with the database. Keys that the file does not have are left alone. */
  plan(db: Queryable, file: WorkspaceFile, options: PlanOptions): Promise<SectionPlan>;
  /** What the database holds, as the keys of the file. */
  export(db: Queryable): Promise<WorkspaceFile>;
  /** Called after the commit of an apply, and whenever another process applied one. */
  reload?(): Promise<void>;
};
