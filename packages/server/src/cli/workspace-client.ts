import { readFile } from 'node:fs/promises';
import { Agent, type Dispatcher, request } from 'undici';
import type { Settings } from '../config/settings.ts';
import { createOperatorToken } from '../platform/crypto/operator-token.ts';
import type { Locale } from '../platform/errors.ts';
import { toAnswer, type Workspace, type WorkspaceAnswer, type WorkspaceInput } from '../workspace/index.ts';
import { serverAddresses } from './server-address.ts';

/** The server's side of apply, diff and export, wherever it runs. */
export type WorkspaceClient = {
  apply(input: WorkspaceInput, prune: boolean): Promise<WorkspaceAnswer>;
  diff(input: WorkspaceInput, prune: boolean): Promise<WorkspaceAnswer>;
  /** The running workspace as the text of a file. */
  export(): Promise<string>;
  close(): Promise<void>;
};

/** The server cannot be asked, or refuses: one sentence for whoever called the command. */
export class WorkspaceClientError extends Error {}

/**
 * The running server of these settings over HTTP, so that it follows the new rules when apply returns; when none
 * runs, what `direct` opens on the database.
 */
export async function openWorkspaceClient({
  settings,
  secretKey,
  locale,
  direct,
}: {
  settings: Settings;
  secretKey: Uint8Array;
  locale: Locale;
  direct: () => Promise<WorkspaceClient>;
}): Promise<WorkspaceClient> {
  const server = await findServer(settings);
  return server ? createHttpClient({ ...server, secretKey, locale }) : direct();
}

export type FoundServer = { address: string; dispatcher: Agent };

/** The running server of these settings and the connections to it, to be closed; undefined when none runs. */
export async function findServer(settings: Settings): Promise<FoundServer | undefined> {
  const dispatcher = await createDispatcher(settings);
  for (const address of await serverAddresses(settings)) {
    if (await listens(address, dispatcher)) return { address, dispatcher };
  }
  await dispatcher.close();
  return undefined;
}

/** Works on a workspace in this very process; `close` ends what was opened for it. */
export function createDirectClient(
  workspace: Workspace,
  locale: Locale,
  close: () => Promise<void>,
): WorkspaceClient {
  const by = 'renkei apply';
  return {
    apply: async (input, prune) => toAnswer(await workspace.apply(input, { prune, by }), locale),
    diff: async (input, prune) => toAnswer(await workspace.plan(input, { prune }), locale),
    export: () => workspace.export(),
    close,
  };
}

function createHttpClient({
  address,
  secretKey,
  locale,
  dispatcher,
}: {
  address: string;
  secretKey: Uint8Array;
  locale: Locale;
  dispatcher: Agent;
}): WorkspaceClient {
  async function call(
    method: Dispatcher.HttpMethod,
    path: string,
    body?: object,
  ): Promise<Dispatcher.ResponseData> {
    const answer = await request(address + path, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${await createOperatorToken(secretKey)}`,
        'accept-language': locale,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (answer.statusCode >= 300) throw await refusal(address, answer);
    return answer;
  }
  async function post(
    path: string,
    { file, secrets = [] }: WorkspaceInput,
    prune: boolean,
  ): Promise<WorkspaceAnswer> {
    const { body } = await call('POST', path, { file, secrets, prune });
    return (await body.json()) as WorkspaceAnswer;
  }
  return {
    apply: (input, prune) => post('/v1/workspace/apply', input, prune),
    diff: (input, prune) => post('/v1/workspace/plan', input, prune),
    export: async () => (await call('GET', '/v1/workspace/export')).body.text(),
    close: () => dispatcher.close(),
  };
}

/** What the server said, as one sentence. */
export async function refusal(
  address: string,
  { statusCode, body }: Dispatcher.ResponseData,
): Promise<WorkspaceClientError> {
  const text = await body.text();
  let detail = '';
  try {
    const problem = JSON.parse(text) as { title?: string; detail?: string };
    detail = problem.detail ?? problem.title ?? '';
  } catch {
    // not a problem document: the status has to do
  }
  const hint = statusCode === 401 ? ' (is it the server of this data folder and RENKEI_SECRET_KEY?)' : '';
  return new WorkspaceClientError(`${address} answered ${statusCode}${detail && `: ${detail}`}${hint}`);
}

async function listens(address: string, dispatcher: Agent): Promise<boolean> {
  try {
    const { body } = await request(`${address}/healthz`, { dispatcher, headersTimeout: 10_000 });
    await body.dump();
    return true;
  } catch (error) {
    if (isRefused(error)) return false;
    throw new WorkspaceClientError(`${address}: ${error instanceof Error ? error.message : String(error)}`);
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
