import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The `renkei` command as it is shipped; `npm test` builds it before. */
const command = fileURLToPath(new URL('../../bin/renkei.js', import.meta.url));

export type Ended = { code: number | null; stdout: string; stderr: string };
type Variables = Record<string, string | undefined>;

/** Only what a program needs, and no RENKEI_ variable of whoever runs the tests. */
function cleanEnvironment(variables: Variables): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, LANG: 'C.UTF-8', NODE_ENV: 'production', ...variables };
}

/** Runs `renkei …` to its end. */
export function renkei(args: string[], variables: Variables = {}, cwd?: string): Promise<Ended> {
  const child = spawn(process.execPath, [command, ...args], { env: cleanEnvironment(variables), cwd });
  return collect(child);
}

function collect(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

export type RunningServer = {
  urls: string[];
  pid: number;
  /** All that it wrote so far, standard output and error. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  ended: Promise<Ended>;
};

/** `renkei serve` until it says that it is ready. @throws Error with its output when it ends before */
export async function serve(variables: Variables, args: string[] = []): Promise<RunningServer> {
  const child = spawn(process.execPath, [command, 'serve', ...args], { env: cleanEnvironment(variables) });
  let output = '';
  const ended = collect(child);
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      const ready = output.split('\n').find((line) => line.includes('"Renkei is ready"'));
      // the greeting for people comes on standard error
      if (ready === undefined || !/^ {2}(sign in|Renkei works)/m.test(output)) return;
      resolve({
        urls: (JSON.parse(ready) as { urls: string[] }).urls,
        pid: child.pid!,
        output: () => output,
        signal: (name) => child.kill(name),
        ended,
      });
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
    child.on('exit', (code) => reject(new Error(`renkei serve ended with ${code}:\n${output}`)));
  });
}

/** A folder that is thrown away, with the embedded database that a server may have left running in it. */
export function throwAwayFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'renkei-start-'));
  return {
    folder,
    remove() {
      const pid = postgresPid(folder);
      if (pid !== undefined) process.kill(pid, 'SIGQUIT');
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** The embedded PostgreSQL of a data folder, which leads a process group of its own. */
export function postgresPid(dataDir: string): number | undefined {
  const file = join(dataDir, 'postgres/data/postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined; // it was killed and left the file
  }
}
