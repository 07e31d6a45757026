// Copies what the compiler leaves behind (SQL migrations and other files read at run time) from src to dist.
import { cpSync } from 'node:fs';
import { extname, join } from 'node:path';
import { root } from './run.mjs';

const copied = new Set(['.sql', '.xsd', '.json', '.yaml', '.wsdl']);
cpSync(join(root, 'packages/server/src'), join(root, 'packages/server/dist'), {
  recursive: true,
  filter: (source) => extname(source) === '' || copied.has(extname(source)),
});
