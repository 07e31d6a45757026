import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Settings } from '../config/settings.ts';
import type { Encoding } from '../modules/bulk/index.ts';
import type { Condition } from '../modules/records/index.ts';
import { serverOrDirect } from './server-or-direct.ts';
import type { Terminal } from './terminal.ts';

export type ExportCommandOptions = { encoding: Encoding; fields?: string; filter?: string };

/** `renkei export-csv`: the file is written as the records come. */
export async function exportCsvCommand(
  app: string,
  file: string | undefined,
  { encoding, fields, filter }: ExportCommandOptions,
  settings: Settings,
  { locale }: Terminal,
): Promise<number> {
  const write = (content: Readable) =>
    file === undefined
      ? pipeline(content, process.stdout, { end: false })
      : pipeline(content, createWriteStream(file));
  await serverOrDirect<void>(settings, locale, {
    async server(call) {
      const query = new URLSearchParams({
        encoding,
        ...(fields !== undefined && { fields }),
        ...(filter !== undefined && { filter }),
      });
      const { body } = await call('GET', `/v1/apps/${encodeURIComponent(app)}/export?${query}`);
      await write(body);
    },
    async direct({ bulk, records }, caller) {
      const found = await records.app(caller, app);
      const pieces = bulk.export(caller, found, {
        encoding,
        ...(fields !== undefined && { fields: fields.split(',') }),
        ...(filter !== undefined && { filter: JSON.parse(filter) as Condition }),
      });
      await write(Readable.from(pieces));
    },
  });
  return 0;
}
