import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `renkei serve` as a process of its own, from the sources (or as built: what is measured is what is shipped), on an
 * embedded database in a folder that is thrown away.
 */
export async function serverProcess(environment: Record<string, string> = {}, built = false) {
  const dataDir = mkdtempSync(join(tmpdir(), 'renkei-process-'));
  const entry = built
    ? [fileURLToPath(new URL('../../bin/renkei.js', import.meta.url))]
    : ['--import', 'tsx', fileURLToPath(new URL('../../src/cli/renkei.ts', import.meta.url))];
  let child: ChildProcess | undefined;
  let port = '0';
  let output = '';

  async function start(more: Record<string, string> = {}): Promise<string> {
    const started = spawn(process.execPath, [...entry, 'serve'], {
      env: {
        ...process.env,
        RENKEI_DATA_DIR: dataDir,
        RENKEI_PORT: port,
        RENKEI_OUTBOUND_ALLOW: '127.0.0.0/8',
        RENKEI_LOG_LEVEL: 'error',
        ...environment,
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    let said = '';
    output = '';
    started.stdout!.on('data', (chunk) => {
      said += chunk;
      output += chunk;
    });
    return new Promise((resolve, reject) => {
      started.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
      started.stderr!.on('data', (chunk: Buffer) => {
        said += chunk;
        const url = /Renkei +(http:\S+?)\/\n/.exec(said)?.[1];
        if (url === undefined) return;
        port = new URL(url).port; // the next start listens where clients look for it
        resolve(url);
      });
    });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((done) => running.once('exit', done));
    running.kill(signal);
    await gone;
  }

  return {
    dataDir,
    start,
    /** What it has logged since its last start, a JSON object a line. */
    logged: () =>
      output
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown> & { msg: string }),
    kill: () => end('SIGKILL'),
    pid: () => child?.pid,
    /** Ends it and its database, and removes the folder. */
    async close() {
      await end('SIGTERM');
      const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
      if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGQUIT');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
