#!/usr/bin/env node
import { existsSync } from 'node:fs';

const entry = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(entry)) {
  await import(entry.href);
} else {
  console.error(
    'renkei-connect is not built yet: run "npm run build" (npm start and npm test do it by themselves)',
  );
  process.exitCode = 1;
}
