// Fills the demo's apps with their records (see make-records.mjs) over the native REST API, where they are empty, and
// at that first time the planning ledger as well (load-ledger.mjs).
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadLedger } from './load-ledger.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'records');
const dist = '../../packages/server/dist/';

/** Waits for the server of this environment (at most a minute) and loads what is missing. */
export async function loadDemoRecords(dataDir = resolve(process.env.RENKEI_DATA_DIR || './data')) {
  const { loadSecretKey } = await import(`${dist}platform/crypto/load-secret-key.js`);
  const { createOperatorToken } = await import(`${dist}platform/crypto/operator-token.js`);
  const url = await readyAddress(dataDir);
  if (url === undefined) return; // the server says itself why it did not start
  const authorization = `Bearer ${await createOperatorToken(await loadSecretKey(process.env.RENKEI_SECRET_KEY, dataDir))}`;
  let fresh = false;
  for (const file of readdirSync(folder)) {
    const records = `${url}/v1/apps/${file.replace('.json', '')}/records`;
    const first = await fetch(`${records}?limit=1`, { headers: { authorization } });
    if (!first.ok || (await first.json()).items.length > 0) continue;
    fresh = true;
    const answer = await fetch(`${records}:batch?automations=off`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: readFileSync(join(folder, file)),
    });
    if (!answer.ok) console.error(`The demo's records ${file} were not loaded: ${await answer.text()}`);
  }
  if (fresh) {
    await loadLedger({ url, user: 'maeda', password: 'pass-maeda-1' }).catch((error) =>
      console.error(`The demo's ledger was not loaded: ${error.message}`),
    );
  }
}

async function readyAddress(dataDir) {
  for (const limit = Date.now() + 60_000; Date.now() < limit; await sleep(100)) {
    try {
      const { url, pid } = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8'));
      if (pid === process.pid && (await fetch(`${url}/readyz`)).ok) return url;
    } catch {
      // not there yet
    }
  }
  return undefined;
}
