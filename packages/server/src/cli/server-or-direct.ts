import type { Readable } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import type { Settings } from '../config/settings.ts';
import type { Modules } from '../main.ts';
import type { Caller } from '../platform/caller.ts';
import { loadSecretKey } from '../platform/crypto/load-secret-key.ts';
import { createOperatorToken } from '../platform/crypto/operator-token.ts';
import type { Locale } from '../platform/errors.ts';
import { createLog } from '../platform/log/log.ts';
import { type FoundServer, findServer, refusal } from './workspace-client.ts';

/**
 * Work on records from the command line: by the running server of these settings, so that its automations run at once,
 * or, when none runs, by the modules in this process.
 */
export async function serverOrDirect<T>(
  settings: Settings,
  locale: Locale,
  ways: {
    server(call: ServerCall): Promise<T>;
    direct(modules: Modules, caller: Caller): Promise<T>;
  },
): Promise<T> {
  const server = await findServer(settings);
  if (server) {
    try {
      const secretKey = await loadSecretKey(settings.secretKey, settings.dataDir);
      return await ways.server((method, path, body) =>
        callServer(server, secretKey, locale, method, path, body),
      );
    } finally {
      await server.dispatcher.close();
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

export type ServerCall = (
  method: Dispatcher.HttpMethod,
  path: string,
  body?: { type: string; content: Readable },
) => Promise<Dispatcher.ResponseData>;

async function callServer(
  { address, dispatcher }: FoundServer,
  secretKey: Uint8Array,
  locale: Locale,
  method: Dispatcher.HttpMethod,
  path: string,
  body: { type: string; content: Readable } | undefined,
): Promise<Dispatcher.ResponseData> {
  const answer = await request(address + path, {
    method,
    dispatcher,
    headers: {
      authorization: `Bearer ${await createOperatorToken(secretKey)}`,
      'accept-language': locale,
      ...(body && { 'content-type': body.type }),
    },
    body: body?.content ?? null,
  });
  if (answer.statusCode >= 300) throw await refusal(address, answer);
  return answer;
}
