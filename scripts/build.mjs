// Builds every package, in the order in which they need each other.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './run.mjs';

ensureInstalled();
for (const name of ['connect', 'console', 'server']) {
  run('npm', ['run', 'build', '--silent', '-w', `packages/${name}`]);
}
writeFileSync(join(root, 'packages/server/dist/.built'), ''); // `npm start` compares its age with the sources
