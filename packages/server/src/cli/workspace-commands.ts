import { rename, writeFile } from 'node:fs/promises';
import { type ReadWorkspace, readWorkspaceFile, type WorkspaceAnswer } from '../workspace/index.ts';
import { ServerConnectionError } from './server-connection.ts';
import type { Terminal } from './terminal.ts';
import type { WorkspaceClient } from './workspace-client.ts';
import { changeLine, printChanges, printFaults, type ShownFault } from './workspace-report.ts';

/** Exit status: done, failed. Wrong usage (2) is found before these functions are called. */
export type ExitStatus = 0 | 1;

export type WorkspaceCommand = {
  terminal: Terminal;
  /** Opened only when the file can be read; closed here. */
  open: () => Promise<WorkspaceClient>;
};

/**
 * `renkei apply FILE`: reads the file here, applies it there and prints what was added, changed and left alone.
 * With `prune`, what would be removed is listed first, and on a terminal asked for unless `yes`.
 */
export function applyCommand(
  path: string,
  { prune, yes }: { prune: boolean; yes: boolean },
  command: WorkspaceCommand,
): Promise<ExitStatus> {
  return withClient(path, command, async (read, client) => {
    const { terminal } = command;
    if (prune && !(await mayRemove(await client.diff(read, true), yes, terminal))) return 1;
    return show(await client.apply(read, prune), read, terminal, true);
  });
}

/** `renkei diff FILE`: what apply would do. */
export function diffCommand(
  path: string,
  { prune }: { prune: boolean },
  command: WorkspaceCommand,
): Promise<ExitStatus> {
  return withClient(path, command, async (read, client) =>
    show(await client.diff(read, prune), read, command.terminal, false),
  );
}

/** `renkei export [FILE]`: the running workspace on standard output, or as a file that is replaced as a whole. */
export async function exportCommand(
  path: string | undefined,
  { terminal, open }: WorkspaceCommand,
): Promise<ExitStatus> {
  return failing(terminal, async () => {
    const client = await open();
    try {
      const text = await client.export();
      if (path === undefined) {
        terminal.print(text.replace(/\n$/, ''));
        return 0;
      }
      // it may hold keys to other systems
      const unfinished = `${path}.${process.pid}.new`;
      await writeFile(unfinished, text, { mode: 0o600 });
      await rename(unfinished, path);
      return 0;
    } finally {
      await client.close();
    }
  });
}

/** Runs with a file that has no mistakes of its own; with some, they are shown together with those the server sees. */
function withClient(
  path: string,
  { terminal, open }: WorkspaceCommand,
  work: (read: ReadWorkspace, client: WorkspaceClient) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  return failing(terminal, async () => {
    const read = await readWorkspaceFile(path);
    if (read.broken) {
      await printFaults(terminal, ownFaults(read, terminal));
      return 1;
    }
    const client = await open();
    try {
      if (read.faults.length === 0) return await work(read, client);
      const { faults } = await client.diff(read, false);
      await printFaults(terminal, [...ownFaults(read, terminal), ...placed(faults, read)]);
      return 1;
    } finally {
      await client.close();
    }
  });
}

async function mayRemove(answer: WorkspaceAnswer, yes: boolean, terminal: Terminal): Promise<boolean> {
  const removed = answer.changes.filter(({ action }) => action === 'remove');
  if (removed.length === 0) return true;
  const ja = terminal.locale === 'ja';
  terminal.print(ja ? '次のものを削除します:' : 'This will be removed:');
  for (const change of removed) terminal.print(`  ${changeLine(terminal, change)}`);
  if (yes || !terminal.interactive) return true;
  if (
    await terminal.confirm(
      ja ? `${removed.length}件を削除して適用しますか` : `Remove ${removed.length} and apply?`,
    )
  ) {
    return true;
  }
  terminal.complain(ja ? '何も変更していません。' : 'Nothing was changed.');
  return false;
}

async function show(
  { changes, faults }: WorkspaceAnswer,
  read: ReadWorkspace,
  terminal: Terminal,
  done: boolean,
): Promise<ExitStatus> {
  if (faults.length > 0) {
    await printFaults(terminal, placed(faults, read));
    return 1;
  }
  printChanges(terminal, changes, done);
  return 0;
}

function ownFaults(read: ReadWorkspace, { locale }: Terminal): ShownFault[] {
  return read.faults.map(({ error, position }) => ({ message: error.text(locale), position, pointer: '' }));
}

function placed(faults: WorkspaceAnswer['faults'], read: ReadWorkspace): ShownFault[] {
  return faults.map(({ pointer, at, message }) => ({ message, pointer, position: read.locate(pointer, at) }));
}

/** What a person can act on is one line; anything else is a mistake of ours and shows where it is. */
async function failing(terminal: Terminal, work: () => Promise<ExitStatus>): Promise<ExitStatus> {
  try {
    return await work();
  } catch (error) {
    const expected =
      error instanceof ServerConnectionError || (error as NodeJS.ErrnoException).code !== undefined;
    if (!expected) throw error;
    terminal.complain((error as Error).message);
    return 1;
  }
}
