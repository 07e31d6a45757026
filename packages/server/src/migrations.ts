import type { MigrationSet } from './platform/database/migrate.ts';

/** The modules that have tables, in the order in which their migrations run (a later one may refer to an earlier). */
const modules = ['identity'];

export const migrationSets: readonly MigrationSet[] = modules.map((module) => ({
  module,
  folder: new URL(`./modules/${module}/store/migrations/`, import.meta.url),
}));
