// `npm start`: installs and builds what is missing, then runs the server in this process, with the demo unless a
// workspace is set.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, newest, root, run } from './run.mjs';

ensureInstalled();
const built = join(root, 'packages/server/dist/.built');
const sources = newest('packages/server/src', 'packages/connect/src', 'packages/console/src');
if (!existsSync(built) || statSync(built).mtimeMs < sources) {
  console.error('Building…');
  run(process.execPath, [join(root, 'scripts/build.mjs')]);
}

const demo = !process.env.RENKEI_WORKSPACE;
if (demo) {
  process.env.RENKEI_WORKSPACE = join(root, 'examples/demo/workspace.yaml');
  process.env.RENKEI_OUTBOUND_ALLOW ??= '127.0.0.0/8';
}
process.argv = [process.argv[0], 'renkei', 'serve', ...process.argv.slice(2)];
const serving = import('../packages/server/bin/renkei.js');
if (demo) {
  const { loadDemoRecords } = await import('../examples/demo/load-records.mjs');
  await loadDemoRecords();
}
await serving;
