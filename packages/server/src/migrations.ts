import type { MigrationSet } from './platform/database/migrate.ts';
import { workspaceMigrations } from './workspace/index.ts';

/** The modules that have tables, in the order in which their migrations run (a later one may refer to an earlier). */
const modules: readonly string[] = [
  'identity',
  'records',
  'bulk',
  'audit',
  'traffic',
  'processes',
  'automations',
  'planning',
  'catalog',
  'connections',
  'hosting',
];

export const migrationSets: readonly MigrationSet[] = [
  workspaceMigrations,
  ...modules.map((module) => ({
    module,
    folder: new URL(`./modules/${module}/store/migrations/`, import.meta.url),
  })),
];
