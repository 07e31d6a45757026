// `npm run bench` runs every benchmark of bench/, `npm run bench -- NAME …` those that are named; each prints one line per
// figure. The server is built first: it is measured as it is shipped.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './run.mjs';

ensureInstalled();
const all = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace('.ts', ''))
  .sort();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are: ${all.join(', ')}`);
  process.exit(2);
}
run(process.execPath, [join(root, 'scripts/build.mjs')]);
for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`== ${name}`);
  run(process.execPath, ['--import', 'tsx', join(root, 'bench', `${name}.ts`)]);
}
