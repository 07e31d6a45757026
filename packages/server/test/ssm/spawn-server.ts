import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { serverProcess } from '../support/server-process.ts';
import { secretKey, socketAddress } from './open-ssm.ts';

export type SpawnedServer = {
  base: string;
  /** Most memory it ever held, in MiB; 0 where the system does not tell. */
  peakMemory(): number;
  /** Lets it finish. */
  stop(): Promise<void>;
  /** As a power cut does. */
  kill(): Promise<void>;
};

/** `renkei serve` in a process of its own, on a test database; ended with the test that called this. */
export async function spawnServer(
  { url }: Pick<TestDatabase, 'url'>,
  settings: Record<string, string> = {},
): Promise<SpawnedServer> {
  const server = await serverProcess({
    RENKEI_DATABASE_URL: socketAddress(url),
    RENKEI_SECRET_KEY: secretKey,
    ...settings,
  });
  onTestFinished(() => server.close());
  const base = await server.start();
  return {
    base,
    peakMemory: () => peakMemory(server.pid()!),
    stop: () => server.close(),
    async kill() {
      await server.kill();
      await server.close();
    },
  };
}

function peakMemory(pid: number): number {
  try {
    const kilobytes = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
