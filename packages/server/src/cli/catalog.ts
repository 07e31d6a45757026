import { createReadStream } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Imported, nativeBilling, readDefinitions } from '../modules/catalog/index.ts';
import type { ServerConnection } from './server-connection.ts';
import type { Terminal } from './terminal.ts';

/** `renkei catalog`: technical service definition files (oscm §2). Exit status: 0 done, 1 failed. */

export type CatalogCommand = {
  terminal: Terminal;
  /** The running server. */
  connect: () => Promise<ServerConnection>;
};

type Mistake = { line?: number; message: string };

/** Imports a file: all of it or, with its mistakes shown, nothing. */
export async function importDefinitions(
  path: string,
  { organization, dryRun }: { organization: string | undefined; dryRun: boolean },
  { terminal, connect }: CatalogCommand,
): Promise<0 | 1> {
  const query = new URLSearchParams({
    ...(organization !== undefined && { organization }),
    ...(dryRun && { dryRun: 'true' }),
  });
  const content = await openFile(path);
  const server = await connect();
  try {
    const body = { type: 'application/xml', content };
    const answer = await server.send('POST', `/v1/catalog/technical-services?${query}`, body, [409, 422]);
    const result = (await answer.body.json()) as {
      imported?: Imported[];
      errors?: Mistake[];
      detail?: string;
    };
    if (result.imported === undefined) {
      return complain(
        path,
        result.errors ?? [{ message: result.detail ?? String(answer.statusCode) }],
        terminal,
      );
    }
    const signs = { added: ['green', '+'], changed: ['yellow', '~'], same: ['dim', '='] } as const;
    for (const { id, version, organization: owner, outcome } of result.imported) {
      const [colour, sign] = signs[outcome];
      terminal.print(terminal.paint(colour, `${sign} ${[id, version].filter(Boolean).join(' ')} (${owner})`));
    }
    return 0;
  } finally {
    await server.close();
  }
}

/** Writes definitions as a file that imports without a change; the file is replaced as a whole. */
export async function exportDefinitions(
  path: string,
  { organization, services }: { organization: string | undefined; services: readonly string[] },
  { connect }: CatalogCommand,
): Promise<0 | 1> {
  const query = new URLSearchParams(services.map((service): [string, string] => ['service', service]));
  if (organization !== undefined) query.set('organization', organization);
  const server = await connect();
  try {
    const { body } = await server.send('GET', `/v1/catalog/definitions?${query}`);
    // it holds the passwords of the provisioning services
    const unfinished = `${path}.${process.pid}.new`;
    await writeFile(unfinished, await body.text(), { mode: 0o600 });
    await rename(unfinished, path);
    return 0;
  } finally {
    await server.close();
  }
}

/** Checks a file by itself, without a server; what a catalog already holds is not looked at. */
export async function checkDefinitions(
  path: string,
  billingAdapters: readonly string[],
  terminal: Terminal,
): Promise<0 | 1> {
  const { services, faults } = await readDefinitions(
    await openFile(path),
    new Set([nativeBilling, ...billingAdapters]),
  );
  if (faults.length > 0) {
    const mistakes = faults.map((fault) => ({
      line: Number(fault.params.line),
      message: fault.text(terminal.locale),
    }));
    return complain(path, mistakes, terminal);
  }
  for (const { items } of services.blocks()) {
    for (const { definition } of items) {
      terminal.print(
        terminal.paint('green', `✓ ${[definition.id, definition.version].filter(Boolean).join(' ')}`),
      );
    }
  }
  return 0;
}

function complain(path: string, mistakes: readonly Mistake[], terminal: Terminal): 1 {
  for (const { line, message } of mistakes) {
    terminal.complain(`${path}${line === undefined ? '' : `:${line}`}: ${message}`);
  }
  return 1;
}

/** The file as a stream, opened now so that a missing one is reported as such. */
async function openFile(path: string): Promise<Readable> {
  const stream = createReadStream(path);
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve());
    stream.once('error', reject);
  }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path}: ${error.code ?? error.message}`);
  });
  return stream;
}
