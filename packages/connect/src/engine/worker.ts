import { parentPort, workerData } from 'node:worker_threads';
import { createBridge } from './bridge.ts';
import { createExecutor } from './executor.ts';
import type { Answer, Command, Start } from './messages.ts';
import { loadSqlite } from './sqlite.ts';

// The engine's thread: SQLite lives here, and blocks here while the main thread makes requests.
const start = workerData as Start;
const executor = createExecutor(await loadSqlite(), createBridge(start), start);

parentPort!.on('message', ({ id, command }: { id: number; command: Command }) => {
  let answer: Answer;
  try {
    answer = { id, value: executor.run(command) };
  } catch (error) {
    answer = { id, failure: executor.failureOf(error) };
  }
  parentPort!.postMessage(answer);
});
parentPort!.postMessage({ id: 0, value: 'ready' } satisfies Answer);
