import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomToken } from './random-token.ts';

const fileName = 'secret.key';

/**
 * The key that signs tokens and encrypts stored secrets, as bytes: the text of `RENKEI_SECRET_KEY` where given, else
 * of `<dataFolder>/secret.key`, which is made at first start (32 random bytes, base64url, mode 0600). The file's
 * text may be moved into the variable: it is the same key. Throws when the file cannot be read or is empty.
 */
export async function loadSecretKey(setting: string | undefined, dataFolder: string): Promise<Buffer> {
  if (setting !== undefined && setting.trim() !== '') return Buffer.from(setting.trim());
  const path = join(dataFolder, fileName);
  const kept = await readKey(path);
  if (kept !== undefined) return kept;
  await mkdir(dataFolder, { recursive: true });
  await makeKey(path);
  return (await readKey(path))!;
}

async function readKey(path: string): Promise<Buffer | undefined> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (text === '') throw new Error(`${path} is empty: put the key back from a backup, or remove the file`);
  return Buffer.from(text);
}

/** A link appears whole or not at all and never replaces another: of two processes that start, the first wins. */
async function makeKey(path: string): Promise<void> {
  const draft = `${path}.${randomToken(6)}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomToken()}\n`);
    await file.sync();
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}
