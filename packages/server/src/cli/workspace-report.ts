import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Change } from '../platform/workspace-section.ts';
import type { Position } from '../workspace/index.ts';
import type { Colour, Terminal } from './terminal.ts';

const signs: Readonly<Record<Change['action'], { sign: string; colour: Colour }>> = {
  add: { sign: '+', colour: 'green' },
  change: { sign: '~', colour: 'yellow' },
  remove: { sign: '-', colour: 'red' },
  keep: { sign: '=', colour: 'dim' },
};

/** What `apply` did (`done`) or `diff` would do, and how much of each in the last line. */
export function printChanges(terminal: Terminal, changes: readonly Change[], done: boolean): void {
  for (const change of changes) if (change.action !== 'keep') terminal.print(changeLine(terminal, change));
  const kept = changes.filter(({ action }) => action === 'keep');
  for (const kind of new Set(kept.map((change) => change.kind))) {
    const ids = kept.filter((change) => change.kind === kind).map(({ id }) => id);
    const more = ids.length > maxKeptShown ? `, … (${ids.length})` : '';
    terminal.print(terminal.paint('dim', `= ${kind} ${ids.slice(0, maxKeptShown).join(', ')}${more}`));
  }
  terminal.print(terminal.paint('bold', summary(terminal, changes, done)));
}

/** Of what stays as it is, so many of a kind are named. */
const maxKeptShown = 20;

export function changeLine(terminal: Terminal, { action, kind, id, details = [], records }: Change): string {
  const { sign, colour } = signs[action];
  const lost =
    records === undefined ? [] : [terminal.locale === 'ja' ? `データ ${records} 件` : `${records} records`];
  const all = [...details, ...lost];
  const rest = all.length > 0 ? `: ${all.join('; ')}` : '';
  return terminal.paint(colour, `${sign} ${kind} ${id}`) + rest;
}

function summary({ locale }: Terminal, changes: readonly Change[], done: boolean): string {
  const count = (action: Change['action']) => changes.filter((change) => change.action === action).length;
  const [added, changed, removed, kept] = [count('add'), count('change'), count('remove'), count('keep')];
  if (locale === 'ja') {
    const counts = `追加 ${added}、変更 ${changed}、削除 ${removed}、そのまま ${kept}`;
    return done ? `適用しました: ${counts}` : `適用すると: ${counts}`;
  }
  const counts = `${added} added, ${changed} changed, ${removed} removed, ${kept} left alone`;
  return done ? `Applied: ${counts}` : `Applying would give: ${counts}`;
}

export type ShownFault = { message: string; position: Position | undefined; pointer: string };

/** Every mistake as `file:line:column: message` with the line it stands in, in the order of the files. */
export async function printFaults(terminal: Terminal, faults: readonly ShownFault[]): Promise<void> {
  const sources = new Map<string, string[]>();
  for (const { position } of faults) {
    if (position === undefined || sources.has(position.file)) continue;
    const text = await readFile(position.file, 'utf8').catch(() => '');
    sources.set(position.file, text.split(/\r\n|\r|\n/));
  }
  for (const { message, position, pointer } of [...faults].sort(inOrder)) {
    if (position === undefined) {
      terminal.complain(pointer === '' ? message : `${pointer}: ${message}`);
      continue;
    }
    const { file, line, column } = position;
    terminal.complain(`${terminal.paint('bold', `${shownPath(file)}:${line}:${column}`)}: ${message}`);
    const source = sources.get(file)?.[line - 1];
    if (source !== undefined && source.length <= 160) excerpt(terminal, source, line, column);
  }
  const count = faults.length;
  terminal.complain(
    terminal.locale === 'ja'
      ? `誤りが${count}件あります。何も変更していません。`
      : `${count} ${count === 1 ? 'mistake' : 'mistakes'}; nothing was changed.`,
  );
}

function excerpt(terminal: Terminal, source: string, line: number, column: number): void {
  const before = source.slice(0, column - 1);
  // full-width letters take two columns of a terminal
  const width = [...before].reduce(
    (sum, letter) => sum + (/[\u1100-\u115f\u2e80-\uffe0]/.test(letter) ? 2 : 1),
    0,
  );
  const margin = String(line);
  terminal.complain(terminal.paint('dim', `  ${margin} | ${source.replaceAll('\t', ' ')}`));
  terminal.complain(terminal.paint('red', `  ${' '.repeat(margin.length)} | ${' '.repeat(width)}^`));
}

function inOrder({ position: a }: ShownFault, { position: b }: ShownFault): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1;
}

function shownPath(file: string): string {
  const short = relative(process.cwd(), file);
  return short.startsWith('..') ? file : short;
}
