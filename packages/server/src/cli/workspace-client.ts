import type { Locale } from '../platform/errors.ts';
import { toAnswer, type Workspace, type WorkspaceAnswer, type WorkspaceInput } from '../workspace/index.ts';
import { type ConnectionOptions, connectToServer, type ServerConnection } from './server-connection.ts';

/** The server's side of apply, diff and export, wherever it runs. */
export type WorkspaceClient = {
  apply(input: WorkspaceInput, prune: boolean): Promise<WorkspaceAnswer>;
  diff(input: WorkspaceInput, prune: boolean): Promise<WorkspaceAnswer>;
  /** The running workspace as the text of a file. */
  export(): Promise<string>;
  close(): Promise<void>;
};

/**
 * The running server of these settings over HTTP, so that it follows the new rules when apply returns; when none
 * runs, what `direct` opens on the database.
 */
export async function openWorkspaceClient({
  direct,
  ...options
}: ConnectionOptions & { direct: () => Promise<WorkspaceClient> }): Promise<WorkspaceClient> {
  const server = await connectToServer(options);
  return server === undefined ? direct() : createHttpClient(server);
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
    export: async () => (await workspace.export()).text,
    close,
  };
}

function createHttpClient(server: ServerConnection): WorkspaceClient {
  async function post(
    path: string,
    { file, secrets = [] }: WorkspaceInput,
    prune: boolean,
  ): Promise<WorkspaceAnswer> {
    const content = JSON.stringify({ file, secrets, prune });
    const { body } = await server.send('POST', path, { type: 'application/json', content });
    return (await body.json()) as WorkspaceAnswer;
  }
  return {
    apply: (input, prune) => post('/v1/workspace/apply', input, prune),
    diff: (input, prune) => post('/v1/workspace/plan', input, prune),
    export: async () => (await server.send('GET', '/v1/workspace/export')).body.text(),
    close: server.close,
  };
}
