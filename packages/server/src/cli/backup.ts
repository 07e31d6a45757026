import { constants } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { openDatabase } from '../main.ts';
import { migrationSets } from '../migrations.ts';
import { jobsSchema, secretKeyFile } from '../platform/backup/manifest.ts';
import { checkSecretKey, readManifest, restoreBackup } from '../platform/backup/restore-backup.ts';
import { writeBackup } from '../platform/backup/write-backup.ts';
import { loadSecretKey } from '../platform/crypto/load-secret-key.ts';
import type { Database } from '../platform/database/database.ts';
import { createJobs } from '../platform/jobs/jobs.ts';
import { createLog } from '../platform/log/log.ts';
import type { Terminal } from './terminal.ts';

/** `renkei backup`: whether or not servers run on the database, it is read directly. */
export async function backupCommand(folder: string, settings: Settings, terminal: Terminal): Promise<number> {
  const { ja, progress } = wording(terminal);
  const secretKey = await loadSecretKey(settings.secretKey, settings.dataDir);
  await withDatabase(settings, async (database) => {
    const { tables } = await writeBackup({
      database,
      folder,
      schemas: [...new Set(migrationSets.map(({ module }) => module)), 'platform', jobsSchema],
      secretKey,
      keepSecretKey: !hasOwnKey(settings),
      progress: progress.show,
    });
    progress.end();
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    terminal.print(
      ja
        ? `${folder} に保存しました(表 ${tables.length}、${rows}行)`
        : `${folder}: ${tables.length} tables, ${rows} rows`,
    );
    terminal.complain(
      hasOwnKey(settings)
        ? ja
          ? 'RENKEI_SECRET_KEY は含まれていません。復元にも同じ値が必要です。'
          : 'RENKEI_SECRET_KEY is not in it: a restore needs the same one.'
        : ja
          ? '秘密鍵を含みます。安全な場所に保管してください。'
          : 'It holds the secret key: keep it where only you can read it.',
    );
  });
  return 0;
}

/** `renkei restore`: into a data folder, or a database, that no server has used yet. */
export async function restoreCommand(
  folder: string,
  settings: Settings,
  terminal: Terminal,
): Promise<number> {
  const { ja, progress } = wording(terminal);
  const manifest = await readManifest(folder);
  if (hasOwnKey(settings)) checkSecretKey(manifest, Buffer.from(settings.secretKey!.trim()));
  else await takeKey(folder, settings.dataDir);
  checkSecretKey(manifest, await loadSecretKey(settings.secretKey, settings.dataDir));
  await withDatabase(settings, async (database) => {
    await createJobs({ database, log: createLog('warn') }).prepare();
    await restoreBackup({ database, folder, manifest, migrationSets, progress: progress.show });
    progress.end();
  });
  terminal.print(
    ja
      ? `${manifest.at} 時点の内容を復元しました。renkei serve で起動できます。`
      : `Restored as of ${manifest.at}. Start it with renkei serve.`,
  );
  return 0;
}

function hasOwnKey({ secretKey }: Settings): boolean {
  return secretKey !== undefined && secretKey.trim() !== '';
}

/** The backup's key becomes the data folder's, which must not have another. */
async function takeKey(folder: string, dataDir: string): Promise<void> {
  const from = join(folder, secretKeyFile);
  const to = join(dataDir, secretKeyFile);
  try {
    await readFile(from);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('the backup was made with RENKEI_SECRET_KEY set: set the same value to restore it');
  }
  await mkdir(dataDir, { recursive: true });
  await copyFile(from, to, constants.COPYFILE_EXCL).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error; // whether it is the same key is checked next
  });
}

async function withDatabase(settings: Settings, work: (database: Database) => Promise<void>): Promise<void> {
  await mkdir(settings.dataDir, { recursive: true });
  const { database, stopPostgres } = await openDatabase(settings, createLog('warn'));
  try {
    await work(database);
  } finally {
    await database.close();
    await stopPostgres();
  }
}

function wording({ locale, interactive }: Terminal) {
  return {
    ja: locale === 'ja',
    progress: {
      show(done: number, all: number) {
        if (interactive) process.stderr.write(`\r${Math.floor((100 * done) / all)} % (${done}/${all})`);
      },
      end() {
        if (interactive) process.stderr.write('\r\x1b[K');
      },
    },
  };
}
