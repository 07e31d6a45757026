// `npm test`: installs, builds, type-checks and runs every test; says what was skipped and why.
import { join } from 'node:path';
import { bin, ensureInstalled, root, run } from './run.mjs';

ensureInstalled();
run(process.execPath, [join(root, 'scripts/build.mjs')]);
run(process.execPath, [join(root, 'scripts/check.mjs')]);
if (!process.env.RENKEI_TEST_DATABASE_URL) {
  console.error(
    'Not run: the same tests on a PostgreSQL server of its own (RENKEI_TEST_DATABASE_URL is not set)',
  );
}
run(bin('vitest'), ['run', ...process.argv.slice(2)]);
