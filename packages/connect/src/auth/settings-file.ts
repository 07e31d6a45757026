import { createCipheriv, createDecipheriv, randomBytes, randomUUID, scrypt } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { OperationalError } from '../errors.ts';
import { inTurn, type TokenStore, type Tokens } from './tokens.ts';

/** Form of the file; a copy works on any machine, as nothing in it depends on where it was made. */
interface Envelope {
  'renkei-connect': 1;
  salt: string;
  nonce: string;
  data: string;
}

const derive = promisify(scrypt) as (secret: string, salt: Buffer, length: number) => Promise<Buffer>;
/** A lock this old belongs to a process that died: a refresh takes seconds. */
const staleLock = 60_000;

/**
 * Tokens in a file, encrypted with AES-256-GCM under a key that scrypt makes of the application's client
 * secret and the optional `OAuthSettingsKey`: who has the same application can use a copy (connector §1
 * fact 25). Mode 0600, replaced by rename, changed under a lock file beside it.
 */
export function fileTokenStore(location: string, secret: string): TokenStore {
  const file = resolve(location);
  let known: { salt: string; key: Buffer } | undefined;

  async function keyFor(salt: string): Promise<Buffer> {
    if (known?.salt !== salt) {
      known = { salt, key: await derive(`renkei-connect\0${secret}`, Buffer.from(salt, 'base64'), 32) };
    }
    return known.key;
  }

  async function writable(): Promise<void> {
    // The mode is asked, not the right to write: the administrator may write to any file.
    const found = await stat(file).catch(() => undefined);
    if (found && (found.mode & 0o222) === 0) {
      throw new OperationalError(`OAuthSettingsLocation ${file} is read-only: renewed tokens cannot be kept`);
    }
  }

  return {
    async read() {
      let text: string;
      try {
        text = await readFile(file, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new OperationalError(
          `OAuthSettingsLocation ${file} cannot be read: ${(error as Error).message}`,
        );
      }
      try {
        const envelope = JSON.parse(text) as Envelope;
        if (envelope['renkei-connect'] !== 1) throw new Error('unknown form');
        const bytes = Buffer.from(envelope.data, 'base64');
        const cipher = createDecipheriv(
          'aes-256-gcm',
          await keyFor(envelope.salt),
          Buffer.from(envelope.nonce, 'base64'),
        );
        cipher.setAuthTag(bytes.subarray(-16));
        const plain = Buffer.concat([cipher.update(bytes.subarray(0, -16)), cipher.final()]);
        return JSON.parse(plain.toString('utf8')) as Tokens;
      } catch {
        throw new OperationalError(
          `OAuthSettingsLocation ${file} cannot be decrypted: it was made with another OAuthClientSecret or OAuthSettingsKey, or is damaged`,
        );
      }
    },
    async write(tokens) {
      await writable();
      const salt = known?.salt ?? randomBytes(16).toString('base64');
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', await keyFor(salt), nonce);
      const data = Buffer.concat([
        cipher.update(JSON.stringify(tokens), 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      const envelope: Envelope = {
        'renkei-connect': 1,
        salt,
        nonce: nonce.toString('base64'),
        data: data.toString('base64'),
      };
      const draft = `${file}.${randomUUID()}`;
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await writeFile(draft, `${JSON.stringify(envelope, null, 2)}\n`, { mode: 0o600, flush: true });
        await rename(draft, file);
      } catch (error) {
        await rm(draft, { force: true });
        throw new OperationalError(
          `OAuthSettingsLocation ${file} cannot be written: ${(error as Error).message}`,
        );
      }
    },
    async remove() {
      await writable();
      await rm(file, { force: true });
    },
    exclusively: (work) =>
      inTurn(file, async () => {
        await writable();
        const release = await lock(`${file}.lock`);
        try {
          return await work();
        } finally {
          await release();
        }
      }),
  };
}

async function lock(path: string): Promise<() => Promise<void>> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(() => undefined);
  for (;;) {
    try {
      const handle = await open(path, 'wx', 0o600);
      await handle.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new OperationalError(`OAuthSettingsLocation cannot be locked: ${(error as Error).message}`);
      }
      const found = await stat(path).catch(() => undefined);
      if (found && Date.now() - found.mtimeMs > staleLock) await rm(path, { force: true });
      else await sleep(50);
    }
  }
}

/** The file used when no location is set: OAuthSettings.txt in the user's configuration folder (connector §3.7). */
export function defaultSettingsFile(source: string): string {
  const base =
    process.platform === 'win32'
      ? (process.env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'))
      : process.platform === 'darwin'
        ? join(homedir(), 'Library', 'Application Support')
        : (process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'));
  return join(base, 'renkei-connect', source, 'OAuthSettings.txt');
}
