import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import type { Settings } from '../config/settings.ts';
import { createOperatorToken } from '../platform/crypto/operator-token.ts';
import type { Locale } from '../platform/errors.ts';
import { serverAddresses } from './server-address.ts';

/** The server cannot be asked, or refuses: one sentence for whoever called the command. */
export class ServerConnectionError extends Error {}

/** The running server's native API, asked with the rights of who holds the data folder. */
export type ServerConnection = {
  /** Any answer that is no refusal; `expected` lists refusals the caller reads himself. */
  send(
    method: Dispatcher.HttpMethod,
    path: string,
    body?: { type: string; content: string | Readable },
    expected?: readonly number[],
  ): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
};

export type ConnectionOptions = { settings: Settings; secretKey: Uint8Array; locale: Locale };

/** A connection to the running server of these settings; undefined when none runs. */
export async function connectToServer({
  settings,
  secretKey,
  locale,
}: ConnectionOptions): Promise<ServerConnection | undefined> {
  const dispatcher = await createDispatcher(settings);
  for (const address of await serverAddresses(settings)) {
    if (await listens(address, dispatcher)) return connectionTo(address, secretKey, locale, dispatcher);
  }
  await dispatcher.close();
  return undefined;
}

function connectionTo(
  address: string,
  secretKey: Uint8Array,
  locale: Locale,
  dispatcher: Agent,
): ServerConnection {
  return {
    async send(method, path, body, expected = []) {
      const answer = await request(address + path, {
        method,
        dispatcher,
        headers: {
          authorization: `Bearer ${await createOperatorToken(secretKey)}`,
          'accept-language': locale,
          ...(body === undefined ? {} : { 'content-type': body.type }),
        },
        body: body?.content ?? null,
      });
      if (answer.statusCode >= 300 && !expected.includes(answer.statusCode))
        throw await refusal(address, answer);
      return answer;
    },
    close: () => dispatcher.close(),
  };
}

async function refusal(
  address: string,
  { statusCode, body }: Dispatcher.ResponseData,
): Promise<ServerConnectionError> {
  const text = await body.text();
  let detail = '';
  try {
    const problem = JSON.parse(text) as { title?: string; detail?: string };
    detail = problem.detail ?? problem.title ?? '';
  } catch {
    // not a problem document: the status has to do
  }
  const hint = statusCode === 401 ? ' (is it the server of this data folder and RENKEI_SECRET_KEY?)' : '';
  return new ServerConnectionError(`${address} answered ${statusCode}${detail && `: ${detail}`}${hint}`);
}

async function listens(address: string, dispatcher: Agent): Promise<boolean> {
  try {
    const { body } = await request(`${address}/healthz`, { dispatcher, headersTimeout: 10_000 });
    await body.dump();
    return true;
  } catch (error) {
    if (isRefused(error)) return false;
    throw new ServerConnectionError(`${address}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Nobody listens there; an address with both IP versions reports one failure for each. */
function isRefused(error: unknown): boolean {
  const { code, errors } = error as { code?: string; errors?: unknown[] };
  return code === 'ECONNREFUSED' || (errors?.length ? errors.every(isRefused) : false);
}

/** With TLS the server must hold the very certificate that the settings name; which host it is made for is no matter. */
async function createDispatcher({ tls }: Settings): Promise<Agent> {
  const timeouts = { headersTimeout: 600_000, bodyTimeout: 600_000 };
  if (tls === undefined) return new Agent(timeouts);
  const ca = await readFile(tls.cert, 'utf8');
  return new Agent({
    ...timeouts,
    connect: { ca, allowPartialTrustChain: true, checkServerIdentity: () => undefined },
  });
}
