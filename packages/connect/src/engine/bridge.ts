import { receiveMessageOnPort } from 'node:worker_threads';
import type { Call, Reply, Start } from './messages.ts';

/** The main thread could not do what was asked; it keeps the error itself. */
export class SourceFailure extends Error {}

export type Ask = (call: Call) => unknown;

/**
 * A function that asks the main thread and blocks this thread until the answer is there: SQLite calls
 * virtual tables synchronously, requests are not (connector §4.4 layer 7).
 */
export function createBridge({ port, flag }: Pick<Start, 'port' | 'flag'>): Ask {
  const cell = new Int32Array(flag);
  return (call) => {
    port.postMessage(call);
    Atomics.wait(cell, 0, 0);
    Atomics.store(cell, 0, 0);
    const message = receiveMessageOnPort(port);
    const reply = message?.message as Reply;
    if ('failed' in reply) throw new SourceFailure(reply.failed);
    return reply.value;
  };
}
