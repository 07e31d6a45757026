import type { Settings } from '../config/settings.ts';
import type { Modules } from '../main.ts';
import type { Caller } from '../platform/caller.ts';
import { loadSecretKey } from '../platform/crypto/load-secret-key.ts';
import type { Locale } from '../platform/errors.ts';
import { createLog } from '../platform/log/log.ts';
import { connectToServer, type ServerConnection } from './server-connection.ts';

/**
 * Work on records from the command line: by the running server of these settings, so that its automations run at once,
 * or, when none runs, by the modules in this process.
 */
export async function serverOrDirect<T>(
  settings: Settings,
  locale: Locale,
  ways: {
    server(call: ServerConnection['send']): Promise<T>;
    direct(modules: Modules, caller: Caller): Promise<T>;
  },
): Promise<T> {
  const secretKey = await loadSecretKey(settings.secretKey, settings.dataDir);
  const server = await connectToServer({ settings, secretKey, locale });
  if (server) {
    try {
      return await ways.server(server.send);
    } finally {
      await server.close();
    }
  }
  const { createModules } = await import('../main.ts');
  const { systemCaller } = await import('../modules/identity/index.ts');
  const modules = await createModules(settings, createLog('warn'));
  try {
    return await ways.direct(modules, systemCaller('cli', locale));
  } finally {
    await modules.close();
  }
}
