import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type Caller, isAdmin } from '../../platform/caller.ts';
import { defineErrors, type Locale } from '../../platform/errors.ts';
import type { Authenticate } from './authenticate.ts';
import { strict } from './schemas.ts';

const errors = defineErrors('native', {
  workspaceForbidden: {
    kind: 'forbidden',
    ja: 'ワークスペースを扱えるのは管理者だけです',
    en: 'Only administrators may handle the workspace',
  },
});

/** What the workspace can do, from main.ts; answers are already in their wire form. */
export type WorkspaceService = {
  apply(input: WorkspaceRequest, by: string, locale: Locale): Promise<unknown>;
  plan(input: WorkspaceRequest, locale: Locale): Promise<unknown>;
  export(): Promise<{ text: string; revision: number }>;
};
export type WorkspaceRequest = {
  file: unknown;
  secrets?: unknown[];
  prune?: boolean;
  replaceApps?: boolean;
  revision?: number;
};

const Body = Type.Object(
  {
    file: Type.Unknown({ description: 'The workspace file as JSON' }),
    prune: Type.Optional(Type.Boolean({ description: 'Remove what the file does not mention' })),
    replaceApps: Type.Optional(
      Type.Boolean({ description: 'Remove what apps of the file have beyond it, and nothing else' }),
    ),
    revision: Type.Optional(
      Type.Integer({ description: 'The ETag of the export: refused (412) when something was applied since' }),
    ),
    secrets: Type.Optional(Type.Array(Type.Unknown())),
  },
  strict,
);
const Answer = Type.Object({
  changes: Type.Array(
    Type.Object({
      action: Type.String(),
      kind: Type.String(),
      id: Type.String(),
      details: Type.Optional(Type.Array(Type.String())),
      records: Type.Optional(
        Type.Integer({ description: 'Removals: records that go with it, or lose a value' }),
      ),
    }),
  ),
  faults: Type.Array(Type.Object({ pointer: Type.String(), at: Type.String(), message: Type.String() })),
});

/** Apply, plan and export of the workspace, for administrators and for the command line of this data folder. */
export function registerWorkspaceRoutes(
  app: FastifyInstance,
  deps: { workspace: WorkspaceService; authenticate: Authenticate },
): void {
  const { workspace, authenticate } = deps;
  const bodyLimit = 64 * 1024 * 1024;

  async function enter(request: FastifyRequest): Promise<Caller> {
    const caller = await authenticate(request);
    if (!isAdmin(caller)) throw errors.workspaceForbidden();
    return caller;
  }

  app.post<{ Body: WorkspaceRequest }>(
    '/v1/workspace/apply',
    {
      bodyLimit,
      schema: {
        tags: ['workspace'],
        summary: 'Makes the workspace match the file',
        body: Body,
        response: { 200: Answer },
      },
    },
    async (request) => {
      const caller = await enter(request);
      return workspace.apply(request.body, caller.login, caller.locale);
    },
  );
  app.post<{ Body: WorkspaceRequest }>(
    '/v1/workspace/plan',
    {
      bodyLimit,
      schema: { tags: ['workspace'], summary: 'What apply would do', body: Body, response: { 200: Answer } },
    },
    async (request) => workspace.plan(request.body, (await enter(request)).locale),
  );
  app.get(
    '/v1/workspace/export',
    { schema: { tags: ['workspace'], summary: 'The running workspace as a YAML file' } },
    async (request, reply) => {
      await enter(request);
      const { text, revision } = await workspace.export();
      return reply.type('application/yaml; charset=utf-8').header('etag', `"${revision}"`).send(text);
    },
  );
}
