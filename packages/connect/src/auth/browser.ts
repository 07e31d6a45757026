import { spawn } from 'node:child_process';

/** Opens an address in the user's default browser; not awaited, and silent where there is none. */
export function openDefaultBrowser(address: string): void {
  const [command, values]: [string, string[]] =
    process.platform === 'win32'
      ? ['rundll32', ['url.dll,FileProtocolHandler', address]]
      : [process.platform === 'darwin' ? 'open' : 'xdg-open', [address]];
  const child = spawn(command, values, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
