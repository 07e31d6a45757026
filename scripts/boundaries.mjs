// The rules between the server's modules (docs/architecture.md, "Rules"), read off the import lines.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { root } from './run.mjs';

const source = join(root, 'packages/server/src');
const importLine = /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)/g;

/** Where a file belongs: platform, a module, a dialect, or the ground above them (cli, workspace, main). */
function place(file) {
  const [top, name] = relative(source, file).split(sep);
  return { top, name };
}

function problem(from, to) {
  const a = place(from);
  const b = place(to);
  const inner = !/^index\.ts$/.test(relative(join(source, b.top, b.name ?? ''), to));
  if (b.top === 'dialects' && !(a.top === 'dialects' && a.name === b.name) && a.top !== 'main.ts')
    return 'only main.ts may import a dialect';
  if (a.top === 'platform' && b.top !== 'platform') return 'platform imports no module';
  if (a.top === 'modules' && !['modules', 'platform'].includes(b.top))
    return 'a module imports platform and other modules only';
  if (b.top === 'modules' && inner && !(a.top === 'modules' && a.name === b.name))
    return "a module's index.ts is the only file others may import";
  if (a.top === 'dialects' && !['dialects', 'modules', 'platform'].includes(b.top))
    return 'a dialect imports modules and platform only';
  return undefined;
}

/** The import lines that break a rule, one sentence each; a tree without imports is itself a problem. */
export function checkBoundaries() {
  const problems = [];
  let seen = 0;
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    for (const match of readFileSync(file, 'utf8').matchAll(importLine)) {
      const target = match[1] ?? match[2];
      seen += 1;
      if (!target.startsWith('.')) continue;
      const why = problem(file, resolve(dirname(file), target));
      if (why) problems.push(`${relative(root, file)}: imports ${target}: ${why}`);
    }
  }
  if (seen === 0) problems.push('no import line was found: the boundary check reads the wrong place');
  return problems;
}
