import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../config/settings.ts';

const fileName = 'server.json';

/** Notes in the data folder where this server listens, for commands run with the same environment (port 0 included). */
export async function announceAddress(dataDir: string, url: string): Promise<void> {
  await writeFile(join(dataDir, fileName), `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600 });
}

/** Takes the note away at the end; a killed server leaves it, and a refused connection then shows that it is stale. */
export async function withdrawAddress(dataDir: string): Promise<void> {
  await rm(join(dataDir, fileName), { force: true });
}

/** Base URLs at which the server of these settings may be found, the likeliest first. */
export async function serverAddresses(settings: Settings): Promise<string[]> {
  const addresses: string[] = [];
  const note = await readFile(join(settings.dataDir, fileName), 'utf8').catch(() => undefined);
  const url = note === undefined ? undefined : urlOf(note);
  if (url !== undefined) addresses.push(url);
  if (settings.port !== 0) {
    const scheme = settings.tls === undefined ? 'http' : 'https';
    addresses.push(`${scheme}://${reachableHost(settings.host)}:${settings.port}`);
  }
  return [...new Set(addresses)];
}

function urlOf(note: string): string | undefined {
  try {
    const { url } = JSON.parse(note) as { url?: unknown };
    return typeof url === 'string' && URL.canParse(url) ? url.replace(/\/$/, '') : undefined;
  } catch {
    return undefined; // cut off by a kill while it was written
  }
}

/** A listener on every address is reached on the loopback one. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
