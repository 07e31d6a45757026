import { type AppExtension, createRecords, type Records } from '../../src/modules/records/index.ts';
import type { Caller } from '../../src/platform/caller.ts';
import type { Database } from '../../src/platform/database/database.ts';
import { collectErrors } from '../../src/platform/errors.ts';
import { createLog } from '../../src/platform/log/log.ts';

const users = new Map<string | number, number>([
  ['maeda', 15],
  ['sasaki', 34],
]);
const groups = new Map<string | number, number>([['it', 3]]);

/** Users and groups for tests of the records alone: maeda (15), sasaki (34), group it (3). */
const directory = {
  async userNumbers(references: readonly (string | number)[]) {
    return found(references, users);
  },
  async groupNumbers(references: readonly (string | number)[]) {
    return found(references, groups);
  },
};

function found(references: readonly (string | number)[], known: ReadonlyMap<string | number, number>) {
  const numbers = new Set(known.values());
  return new Map(
    references.flatMap((one) => {
      const number = known.get(one) ?? (numbers.has(Number(one)) ? Number(one) : undefined);
      return number === undefined ? [] : [[one, number] as const];
    }),
  );
}

export function createTestRecords(
  database: Database,
  extensions: Record<string, AppExtension> = {},
): Records {
  return createRecords({
    database,
    directory,
    timeZone: async () => 'Asia/Tokyo',
    log: createLog('error'),
    extensions,
  });
}

/** Applies apps as the workspace would. @throws AppError the faults */
export async function applyApps(database: Database, records: Records, apps: unknown[], prune = false) {
  const changes = await database.transaction(async (tx) => {
    const options = { prune, readSecret: async () => '' };
    const plan = await records.section.plan(tx, { apps }, options);
    const error = collectErrors(plan.faults);
    if (error) throw error;
    await plan.apply(tx);
    return plan.changes;
  });
  await records.section.reload?.();
  return changes;
}

export function testCaller(login: 'maeda' | 'sasaki' | 'admin', more: Partial<Caller> = {}): Caller {
  return {
    user: login === 'admin' ? 1 : users.get(login)!,
    login,
    name: login,
    groups: login === 'maeda' ? [3] : [],
    roles: new Set(login === 'admin' ? (['admin'] as const) : []),
    via: 'native',
    locale: 'ja',
    requestId: 'test',
    ...more,
  };
}
