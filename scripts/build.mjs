// Builds every package, in the order in which they need each other.
import { ensureInstalled, run } from './run.mjs';

ensureInstalled();
for (const name of ['connect', 'console', 'server']) {
  run('npm', ['run', 'build', '--silent', '-w', `packages/${name}`]);
}
