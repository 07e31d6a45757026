import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Settings } from '../config/settings.ts';
import type { Encoding } from '../modules/bulk/index.ts';
import { serverOrDirect } from './server-or-direct.ts';
import type { Terminal } from './terminal.ts';

export type ImportCommandOptions = {
  encoding: Encoding;
  key?: string;
  columns?: string;
  automations: boolean;
};

type Report = {
  inserted: number;
  updated: number;
  failed: number;
  errors: { line: number; field: string | null; message: string }[];
};

/** `renkei import`: 0 when every line was taken, 1 when some were not. */
export async function importCommand(
  app: string,
  file: string,
  options: ImportCommandOptions,
  settings: Settings,
  terminal: Terminal,
): Promise<number> {
  const columns = options.columns === undefined ? undefined : readColumns(options.columns);
  const { size } = await stat(file);
  const progress = createProgress(size, terminal);
  const content = Readable.from(progress.watch(createReadStream(file)));
  const report = await serverOrDirect<Report>(settings, terminal.locale, {
    async server(call) {
      const query = new URLSearchParams({
        encoding: options.encoding,
        automations: String(options.automations),
        ...(options.key !== undefined && { key: options.key }),
        ...(columns && { columns: JSON.stringify(columns) }),
      });
      const path = `/v1/apps/${encodeURIComponent(app)}/import?${query}`;
      const { body } = await call('POST', path, { type: 'text/csv', content });
      return (await body.json()) as Report;
    },
    async direct({ bulk, records }, caller) {
      const found = await records.app(caller, app);
      return bulk.import(caller, found, content, {
        encoding: options.encoding,
        automations: options.automations,
        locale: terminal.locale,
        ...(options.key !== undefined && { key: options.key }),
        ...(columns && { columns }),
      });
    },
  });
  progress.end();
  for (const { line, message } of report.errors) terminal.complain(`${file}:${line}: ${message}`);
  const { inserted, updated, failed } = report;
  terminal.print(
    terminal.locale === 'ja'
      ? `追加 ${inserted}件、変更 ${updated}件、エラー ${failed}件`
      : `${inserted} added, ${updated} changed, ${failed} failed`,
  );
  return failed === 0 ? 0 : 1;
}

function readColumns(text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every((one) => typeof one === 'string')
    )
      return value as Record<string, string>;
  } catch {
    // told below
  }
  throw new Error('--columns takes a JSON object such as {"heading":"field"}');
}

/** How much of the file has been taken, on one line of a terminal. */
function createProgress(size: number, { interactive }: Terminal) {
  let taken = 0;
  let shown = 0;
  return {
    async *watch(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of content) {
        taken += chunk.length;
        const now = performance.now();
        if (interactive && now - shown > 200) {
          shown = now;
          process.stderr.write(`\r${Math.floor((100 * taken) / size)} %`);
        }
        yield chunk;
      }
    },
    end() {
      if (interactive) process.stderr.write('\r\x1b[K');
    },
  };
}
