import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '../support/database.ts';
import { secretKey, socketAddress } from './open-ssm.ts';

export type SpawnedServer = {
  base: string;
  urls: readonly string[];
  /** Most memory it ever held, in MiB; 0 where the system does not tell. */
  peakMemory(): number;
  /** Lets it finish. */
  stop(): Promise<void>;
  /** As a power cut does. */
  kill(): Promise<void>;
};

const command = fileURLToPath(new URL('../../src/cli/renkei.ts', import.meta.url));

/** `renkei serve` in a process of its own, on a test database. */
export async function spawnServer(
  { url }: Pick<TestDatabase, 'url'>,
  settings: Record<string, string> = {},
): Promise<SpawnedServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'renkei-ssm-'));
  const child = spawn(process.execPath, ['--import', 'tsx', command, 'serve'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: {
      PATH: process.env.PATH,
      RENKEI_DATA_DIR: dataDir,
      RENKEI_DATABASE_URL: socketAddress(url),
      RENKEI_SECRET_KEY: secretKey,
      RENKEI_PORT: '0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      rmSync(dataDir, { recursive: true, force: true });
      resolve();
    });
  });
  const urls = await ready(child);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return {
    base: urls[0]!,
    urls,
    peakMemory: () => peakMemory(child.pid!),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** The addresses of the log line that says so. */
function ready(child: ChildProcess): Promise<string[]> {
  let written = '';
  child.stderr!.on('data', (text) => {
    written += text;
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${written}`)));
    createInterface(child.stdout!).on('line', (line) => {
      written += `${line}\n`;
      const { msg, urls } = JSON.parse(line) as { msg?: string; urls?: string[] };
      if (msg === 'Renkei is ready') resolve(urls!);
    });
  });
}

function peakMemory(pid: number): number {
  try {
    const kilobytes = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
