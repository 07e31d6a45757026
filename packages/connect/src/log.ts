import { appendFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { OperationalError, ProgrammingError } from './errors.ts';
import type { Settings } from './settings/connection-string.ts';

export type LogModule = 'SQL' | 'HTTP' | 'AUTH' | 'CACHE';

/** The log of one connection (connector §3.2, group Logging). Secrets are masked in every line. */
export interface Log {
  /** Whether lines of this verbosity are written, so that costly texts need not be made. */
  wants(module: LogModule, verbosity: number): boolean;
  write(module: LogModule, verbosity: number, text: string): void;
  /** Makes a value unreadable in logs and messages from now on. */
  hide(secret: string | undefined): void;
  /** A text with every hidden value replaced. */
  masked(text: string): string;
}

const mask = '********';
const smallest = 100_000;
/** Names whose values are masked wherever they stand: in queries, forms, JSON and XML. */
const named =
  /((?:access_token|refresh_token|client_secret|authorization|verifier|password|api[_-]?key|token|code)(?:"?\s*[:=]\s*"?|>)(?:Bearer |Basic )?)[^&"<\s;]+/gi;

/** Opens the log that the settings ask for; without `Logfile` lines go nowhere. */
export function openLog(settings: Settings): Log {
  const file = settings.text('Logfile');
  const level = settings.integer('Verbosity') ?? 1;
  const modules = new Set(settings.list('LogModules').map((name) => name.toUpperCase()));
  const limit = Math.max(smallest, bytes(settings.text('MaxLogFileSize')));
  const count = settings.integer('MaxLogFileCount') ?? 0;
  const secrets = new Set<string>();

  const log: Log = {
    wants: (module, verbosity) =>
      file !== '' && verbosity <= level && (modules.size === 0 || modules.has(module)),
    write(module, verbosity, text) {
      if (!log.wants(module, verbosity)) return;
      const line = `${new Date().toISOString()} ${module} ${verbosity} ${log.masked(text)}\n`;
      try {
        appendFileSync(file, line, { mode: 0o600 });
        if (statSync(file).size > limit) rotate(file, count);
      } catch (error) {
        throw new OperationalError(`Logfile ${file} cannot be written: ${(error as Error).message}`);
      }
    },
    hide(secret) {
      if (secret && secret.length > 3) {
        secrets.add(secret);
        secrets.add(encodeURIComponent(secret));
        secrets.add(Buffer.from(`${secret}:X`).toString('base64'));
      }
    },
    masked(text) {
      let result = text.replace(named, `$1${mask}`);
      for (const secret of secrets) result = result.replaceAll(secret, mask);
      return result;
    },
  };
  for (const property of settings.properties) {
    if (property.secret) log.hide(settings.text(property.name));
  }
  return log;
}

/** Gives the full file a dated name; the next line begins a new one. */
function rotate(file: string, count: number): void {
  const end = extname(file);
  const stem = basename(file, end);
  const dated = `${stem}_${new Date().toISOString().replace(/[:.]/g, '-')}${end}`;
  renameSync(file, join(dirname(file), dated));
  if (count <= 0) return;
  const old = readdirSync(dirname(file)).filter((name) => name.startsWith(`${stem}_`) && name.endsWith(end));
  // The current file counts as one; at least one full file is kept beside it.
  const surplus = old.length - (Math.max(2, count) - 1);
  for (const name of old.sort().slice(0, Math.max(0, surplus))) rmSync(join(dirname(file), name));
}

function bytes(text: string): number {
  const match = /^(\d+)\s*(KB|MB|GB)?$/i.exec(text.trim());
  if (!match)
    throw new ProgrammingError(`Connection property MaxLogFileSize: "${text}" is not a size such as 100MB`);
  const unit = { '': 1, KB: 1e3, MB: 1e6, GB: 1e9 }[(match[2] ?? '').toUpperCase()]!;
  return Number(match[1]) * unit;
}
