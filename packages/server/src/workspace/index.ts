import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/schema';
import { type Database, sql, type Transaction } from '../platform/database/database.ts';
import type { MigrationSet } from '../platform/database/migrate.ts';
import type { AppError, Locale } from '../platform/errors.ts';
import { announce as tellFollowers } from '../platform/live/live.ts';
import type { Logger } from '../platform/log/log.ts';
import type { Change, SectionPlan, WorkspaceFile, WorkspaceSection } from '../platform/workspace-section.ts';
import { errors } from './errors.ts';
import { workspaceText } from './export-text.ts';
import { plainFaults } from './plain-faults.ts';
import { type ReadWorkspace, readWorkspaceFile } from './read-file.ts';
import { repaired } from './repair.ts';
import { isWithin, parentPointer, schemaFaults } from './schema-faults.ts';
import { type ResolvedSecret, secretReader } from './secrets.ts';

export type { PlacedFault, Position } from './located.ts';
export { type ReadWorkspace, readWorkspaceFile } from './read-file.ts';
export type { ResolvedSecret, SecretReference } from './secrets.ts';
export {
  createSettings,
  defaultSettings,
  type PasswordExpiry,
  type SettingsSection,
  type WorkspaceSettings,
} from './settings.ts';

/** A merged workspace file, from `readWorkspaceFile` or from a request's body (then unchecked). */
export type WorkspaceInput = { file: unknown; secrets?: readonly ResolvedSecret[] };

export type WorkspaceOptions = {
  /** Remove what the file does not mention; default false. */
  prune?: boolean;
  /** Remove what apps of the file have beyond it, and nothing else; default false. */
  replaceApps?: boolean;
  /** Numbers of apps that go, whatever else stays. */
  removeApps?: readonly number[];
  /** The revision that the file was made from: refused when something was applied since. */
  revision?: number;
  /** Who applies, for `workspace.state`. */
  by?: string;
};

type Removal = Required<Pick<WorkspaceOptions, 'prune' | 'replaceApps' | 'removeApps'>>;

export type WorkspaceResult = {
  changes: Change[];
  /** In the order of the file's keys as far as the pointers tell; any fault: nothing was done. */
  faults: AppError[];
};

/** A result as the native API gives it and the command line places it. */
export type WorkspaceAnswer = {
  changes: Change[];
  faults: { pointer: string; at: 'key' | 'value'; message: string }[];
};

export function toAnswer({ changes, faults }: WorkspaceResult, locale: Locale): WorkspaceAnswer {
  return {
    changes,
    faults: faults.map((fault) => ({
      pointer: fault.place ?? '',
      at: fault.code === 'workspace.unknownKey' ? 'key' : 'value',
      message: fault.text(locale),
    })),
  };
}

export type Workspace = {
  /** Reads a file with all it includes and refers to. */
  read(path: string): Promise<ReadWorkspace>;
  /** What `apply` would do. */
  plan(input: WorkspaceInput, options?: WorkspaceOptions): Promise<WorkspaceResult>;
  /** Makes it so, wholly or not at all; when it returns, this process follows the new rules. */
  apply(input: WorkspaceInput, options?: WorkspaceOptions): Promise<WorkspaceResult>;
  /** The running workspace as the text of a file, and the revision to guard a change of it with. */
  export(): Promise<{ text: string; revision: number }>;
  /** Loads what the sections keep in memory and reloads it whenever any process applies a workspace. */
  start(): Promise<void>;
};

export const workspaceMigrations: MigrationSet = {
  module: 'workspace',
  folder: new URL('./migrations/', import.meta.url),
};

/** NOTIFY channel that tells every process of an apply; the payload is the new revision. */
const channel = 'workspace';

export function createWorkspace({
  database,
  sections,
  log,
}: {
  database: Database;
  /** In the order in which they are planned and applied. */
  sections: readonly WorkspaceSection[];
  log: Logger;
}): Workspace {
  const schema = wholeSchema(sections);
  const validator = Compile(schema);
  const reloading = createReloading(database, sections);

  async function planAll(tx: Transaction, file: WorkspaceFile, input: WorkspaceInput, how: Removal) {
    const options = { ...how, readSecret: secretReader(input.secrets ?? []) };
    const plans: SectionPlan[] = [];
    for (const section of sections) plans.push(await section.plan(tx, file, options));
    return {
      plans,
      changes: plans.flatMap(({ changes }) => changes),
      faults: plans.flatMap(({ faults }) => faults),
    };
  }

  /** Mistakes that the schema shows, and those of the sections that are not their consequence. */
  async function refuse(input: WorkspaceInput, found: AppError[], how: Removal): Promise<WorkspaceResult> {
    const further = await faultsOfRepaired(input, how);
    const own = further.filter((fault) => !found.some((cause) => mayFollowFrom(fault, cause)));
    return { changes: [], faults: [...found, ...own] };
  }

  /**
   * The sections expect what their schemas allow. So that rules beyond the schema are reported in the same go, they
   * look at a copy in which wrong values were replaced by allowed ones and unknown keys dropped.
   */
  async function faultsOfRepaired(input: WorkspaceInput, how: Removal): Promise<AppError[]> {
    try {
      const file = repaired(schema, input.file);
      if (!validator.Check(file)) return [];
      return await database.transaction(
        async (tx) => (await planAll(tx, file as WorkspaceFile, input, how)).faults,
      );
    } catch (error) {
      log.debug({ error: String(error) }, 'a faulty workspace file could not be looked at any further');
      return [];
    }
  }

  async function run(
    input: WorkspaceInput,
    options: WorkspaceOptions,
    applying: boolean,
  ): Promise<WorkspaceResult> {
    const { prune = false, replaceApps = false, removeApps = [], by = 'system' } = options;
    const how = { prune, replaceApps, removeApps };
    const plain = plainFaults(input.file);
    if (plain.length > 0) return { changes: [], faults: plain };
    if (!validator.Check(input.file)) return refuse(input, schemaFaults(schema, input.file), how);

    const file = input.file as WorkspaceFile;
    const { result, revision } = await database.transaction(async (tx) => {
      const current = await lockState(tx);
      if (options.revision !== undefined && options.revision !== current) throw errors.stale();
      const { plans, changes, faults } = await planAll(tx, file, input, how);
      const idle = changes.every(({ action }) => action === 'keep');
      const result: WorkspaceResult = faults.length > 0 ? { changes: [], faults } : { changes, faults };
      if (!applying || idle || faults.length > 0) return { result, revision: undefined };
      for (const plan of plans) await plan.apply(tx);
      return { result, revision: await announce(tx, by) };
    });
    if (revision !== undefined) {
      await reloading.reach(revision);
      log.info({ revision, by }, 'the workspace was applied');
    }
    return result;
  }

  return {
    read: (path) => readWorkspaceFile(path),
    plan: (input, options = {}) => run(input, options, false),
    apply: (input, options = {}) => run(input, options, true),
    async export() {
      return database.transaction(async (tx) => {
        const revision = await lockState(tx); // first: nobody applies while the parts are read
        const parts: WorkspaceFile[] = [];
        for (const section of sections) parts.push(await section.export(tx));
        return { text: workspaceText(Object.assign({}, ...parts) as WorkspaceFile), revision };
      });
    },
    async start() {
      await database.listen(channel, (payload) => {
        reloading.reach(payload === '' ? undefined : Number(payload)).catch((error: Error) => {
          log.error({ error: error.message }, 'the workspace could not be reloaded');
        });
      });
      await reloading.reach(undefined);
    },
  };
}

function wholeSchema(sections: readonly WorkspaceSection[]): TSchema {
  const keys: Record<string, TSchema> = { renkei: Type.Literal(1) };
  for (const { schemas } of sections) {
    for (const [key, schema] of Object.entries(schemas)) {
      if (keys[key] !== undefined) throw new Error(`two sections of the workspace claim the key ${key}`);
      keys[key] = Type.Optional(schema);
    }
  }
  return Type.Object(keys, { additionalProperties: false });
}

/** Whether one fault may only be there because another one's object was repaired: it stands in or directly beside it. */
function mayFollowFrom({ place = '' }: AppError, cause: AppError): boolean {
  const wrong = cause.place ?? '';
  const lacksKey = cause.code === 'workspace.missingKey';
  if (lacksKey ? place === wrong : isWithin(place, wrong)) return true;
  const object = lacksKey ? wrong : parentPointer(wrong);
  const isListEntry = /\/\d+$/.test(object);
  return isListEntry && (place === object || parentPointer(place) === object);
}

/** Applies wait for one another here; made at the first. Gives the revision. */
async function lockState(tx: Transaction): Promise<number> {
  const row = await tx.row<{ revision: number }>(sql`
    INSERT INTO workspace.state DEFAULT VALUES
    ON CONFLICT (singleton) DO UPDATE SET revision = state.revision
    RETURNING revision`);
  return row!.revision;
}

async function announce(tx: Transaction, by: string): Promise<number> {
  const row = await tx.row<{ revision: number }>(sql`
    UPDATE workspace.state SET revision = revision + 1, applied_at = now(), applied_by = ${by} RETURNING revision`);
  await tx.run(sql`SELECT pg_notify(${channel}, ${String(row!.revision)})`);
  await tellFollowers(tx, 'workspace');
  return row!.revision;
}

/** Reloads run one after the other; one that begins after a revision was committed covers it. */
function createReloading(database: Database, sections: readonly WorkspaceSection[]) {
  let loaded = -1;
  let last: Promise<void> = Promise.resolve();

  async function load(wanted: number | undefined): Promise<void> {
    if (wanted !== undefined && wanted <= loaded) return;
    const row = await database.row<{ revision: number }>(sql`SELECT revision FROM workspace.state`);
    for (const section of sections) await section.reload?.();
    loaded = row?.revision ?? 0;
  }

  return {
    /** Resolves when the sections have loaded at least this revision; undefined: load whatever there is. */
    reach(revision: number | undefined): Promise<void> {
      const next = last.catch(() => undefined).then(() => load(revision));
      last = next;
      return next;
    },
  };
}
