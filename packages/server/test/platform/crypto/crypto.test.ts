import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSecretKey } from '../../../src/platform/crypto/load-secret-key.ts';
import { hashPassword, spendPasswordCheck, verifyPassword } from '../../../src/platform/crypto/passwords.ts';
import { randomToken, tokenDigest } from '../../../src/platform/crypto/random-token.ts';
import { createSecretBox } from '../../../src/platform/crypto/secret-box.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'renkei-key-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a sealed text opens again, looks different each time and is bound to the key', () => {
  const box = createSecretBox(Buffer.from('key one'));
  for (const text of ['', 'so84TkMOI470', '日本語😀'.repeat(1000)]) {
    expect(box.open(box.seal(text))).toBe(text);
    expect(box.seal(text)).not.toBe(box.seal(text));
  }
  expect(box.seal('secret')).toMatch(/^v1\.[\w-]+$/);
  expect(() => createSecretBox(Buffer.from('key two')).open(box.seal('secret'))).toThrow(/RENKEI_SECRET_KEY/);
});

test('a sealed text that was changed, cut or is none does not open', () => {
  const box = createSecretBox(Buffer.from('key'));
  const body = Buffer.from(box.seal('secret').slice(3), 'base64url');
  for (let at = 0; at < body.length; at++) {
    const changed = Buffer.from(body);
    changed[at] = changed[at]! ^ 1;
    expect(() => box.open(`v1.${changed.toString('base64url')}`)).toThrow();
    expect(() => box.open(`v1.${body.subarray(0, at).toString('base64url')}`)).toThrow();
  }
  for (const wrong of ['', 'secret', 'v2.AAAA', `v2${box.seal('x').slice(2)}`]) {
    expect(() => box.open(wrong)).toThrow(/not in a form/);
  }
});

test('passwords are argon2id with 19 MiB, 2 passes, 1 lane, and any Unicode', async () => {
  const stored = await hashPassword('合言葉 pass');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await hashPassword('合言葉 pass')).not.toBe(stored);
  expect(await verifyPassword(stored, '合言葉 pass')).toBe(true);
  expect(await verifyPassword(stored, '合言葉 pas')).toBe(false);
  expect(await verifyPassword('not a hash', 'x')).toBe(false);
  expect(await spendPasswordCheck('nobody')).toBe(false);
});

test('tokens are 256 bits, url-safe, and stored as digests', () => {
  expect(randomToken()).toMatch(/^[\w-]{43}$/);
  expect(randomToken()).not.toBe(randomToken());
  expect(tokenDigest('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test('the secret key is made once, for the owner only, and the setting wins', async () => {
  const data = join(folder, 'data');
  const made = await loadSecretKey(undefined, data);
  expect(made).toHaveLength(43);
  expect((await stat(join(data, 'secret.key'))).mode & 0o777).toBe(0o600);
  expect(await loadSecretKey('', data)).toEqual(made);
  expect(await readdir(data)).toEqual(['secret.key']);
  const text = await readFile(join(data, 'secret.key'), 'utf8');
  expect(await loadSecretKey(text, join(folder, 'other'))).toEqual(made);
  expect(await loadSecretKey('given', data)).toEqual(Buffer.from('given'));
});

test('an empty key file is refused, not used and not replaced', async () => {
  await writeFile(join(folder, 'secret.key'), '\n');
  await expect(loadSecretKey(undefined, folder)).rejects.toThrow(/secret\.key is empty/);
});

test('processes that start together agree on the key', async () => {
  const source = fileURLToPath(new URL('../../../src/platform/crypto/load-secret-key.ts', import.meta.url));
  const script = `import { loadSecretKey } from ${JSON.stringify(pathToFileURL(source).href)};
    console.log(String(await loadSecretKey(undefined, ${JSON.stringify(folder)})));`;
  const run = () =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  const outputs = await Promise.all([run(), run(), run(), run()]);
  const inside = await Promise.all(Array.from({ length: 20 }, () => loadSecretKey(undefined, folder)));
  expect(new Set([...outputs.map(({ stdout }) => stdout.trim()), ...inside.map(String)]).size).toBe(1);
  expect(await readdir(folder)).toEqual(['secret.key']);
});
