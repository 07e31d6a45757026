// Format, lint, types and module boundaries: what must hold before each commit, in seconds.
import { checkBoundaries } from './boundaries.mjs';
import { bin, ensureInstalled, run } from './run.mjs';

ensureInstalled();
run(bin('biome'), ['check', '--error-on-warnings', '.']);
for (const folder of ['packages/connect', 'packages/console', 'packages/server', 'e2e']) {
  run(bin('tsc'), ['-p', `${folder}/tsconfig.json`, '--noEmit']);
}
const problems = checkBoundaries();
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
