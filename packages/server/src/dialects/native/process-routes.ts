import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Identity } from '../../modules/identity/index.ts';
import type { Process, Processes } from '../../modules/processes/index.ts';
import { jsonInstant } from '../../modules/records/index.ts';
import { contentDisposition, takeFilePart } from '../../platform/http/file-part.ts';
import type { NativeRoutes } from './index.ts';
import { historyJson, recordsJson } from './record-json.ts';
import { RecordSchema } from './record-routes.ts';
import { answers, NoContent, page, strict } from './schemas.ts';

const sizeLimit = 2 * 1024 ** 3;
const ProcessType = Type.Object({
  type: Type.String(),
  name: Type.String(),
  app: Type.Integer(),
  states: Type.Array(Type.String()),
  transitions: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
  approval: Type.Optional(
    Type.Object({
      state: Type.String(),
      approvers: Type.Array(Type.String()),
      approved: Type.String(),
      rejected: Type.String(),
      mail: Type.Optional(Type.Boolean()),
    }),
  ),
});
const Attachment = Type.Object({
  n: Type.Integer(),
  name: Type.String(),
  type: Type.String(),
  size: Type.Integer(),
  addedAt: Type.String({ format: 'date-time' }),
  addedBy: Type.Union([Type.String(), Type.Null()]),
});
const StateChange = Type.Object(
  { state: Type.String(), revision: Type.Optional(Type.Integer({ minimum: 1 })) },
  strict,
);
const Decision = Type.Object(
  {
    action: Type.Enum(['approve', 'reject']),
    comment: Type.Optional(Type.String({ maxLength: 4000, pattern: '^[^\\u0000]*$' })),
  },
  strict,
);

type Params = { type: string; id: string };

/** What processes have beyond records: states, decisions and attachments. Their items are records of their app. */
export function processRoutes(deps: { processes: Processes; identity: Identity }): NativeRoutes {
  const { processes, identity } = deps;
  return (app, authenticate) => {
    const one = '/v1/process-types/:type/processes/:id';
    const tags = ['processes'];

    async function enter(request: FastifyRequest<{ Params: Params }>) {
      const caller = await authenticate(request);
      return { caller, of: await processes.type(caller, request.params.type), id: request.params.id };
    }
    async function shown({ fields, row }: Process) {
      const [record] = await recordsJson(identity.directory, fields, [row]);
      return record;
    }

    app.get(
      '/v1/process-types',
      { schema: { tags, response: answers(200, page(ProcessType)) } },
      async (request) => {
        const types = await processes.types(await authenticate(request));
        const items = types.map(({ type, name, app: { id, declaration } }) => {
          const { states, transitions, approval } = declaration.process as {
            states: string[];
            transitions?: object;
            approval?: object;
          };
          return {
            type,
            name,
            app: id,
            states,
            ...(transitions && { transitions }),
            ...(approval && { approval }),
          };
        });
        return { items, next: null };
      },
    );

    app.post<{ Params: Params; Body: { state: string; revision?: number } }>(
      `${one}/state`,
      {
        schema: {
          tags,
          summary: 'Changes the state',
          body: StateChange,
          response: answers(200, RecordSchema),
        },
      },
      async (request) => {
        const { caller, of, id } = await enter(request);
        return shown(await processes.patch(caller, of, id, request.body));
      },
    );

    app.post<{ Params: Params; Body: { action: 'approve' | 'reject'; comment?: string } }>(
      `${one}/approvals`,
      {
        schema: {
          tags,
          summary: 'Approves or rejects',
          body: Decision,
          response: answers(200, RecordSchema),
        },
      },
      async (request) => {
        const { caller, of, id } = await enter(request);
        const { action, comment } = request.body;
        return shown(await processes.decide(caller, of, id, { action, comment }));
      },
    );

    app.get<{ Params: Params }>(
      `${one}/history`,
      { schema: { tags, summary: 'Who changed and decided what, the newest first' } },
      async (request) => {
        const { caller, of, id } = await enter(request);
        const items = await processes.history(caller, of, id);
        return { items: await historyJson(identity.directory, of.fields, items), next: null };
      },
    );

    app.get<{ Params: Params }>(
      `${one}/attachments`,
      { schema: { tags, response: answers(200, page(Attachment)) } },
      async (request) => {
        const { caller, of, id } = await enter(request);
        const list = await processes.attachments.list(await processes.get(caller, of, id));
        const users = await identity.directory.usersByNumber(list.flatMap(({ added_by }) => added_by ?? []));
        const items = list.map(({ added_at, added_by, ...attachment }) => ({
          ...attachment,
          addedAt: jsonInstant(added_at),
          addedBy: users.get(added_by ?? 0)?.login ?? null,
        }));
        return { items, next: null };
      },
    );

    app.post<{ Params: Params }>(
      `${one}/attachments`,
      { schema: { tags, summary: 'Attaches the file of a multipart/form-data body' } },
      async (request, reply) => {
        const { caller, of, id } = await enter(request);
        const process = await processes.get(caller, of, id);
        const added = await takeFilePart(request, { sizeLimit }, (file) =>
          processes.attachments.add(caller, process, file),
        );
        return reply.code(201).send(added);
      },
    );

    app.delete<{ Params: Params & { n: string } }>(
      `${one}/attachments/:n`,
      { schema: { tags, summary: 'Destroys an attachment', response: answers(204, NoContent) } },
      async (request, reply) => {
        const { caller, of, id } = await enter(request);
        const process = await processes.get(caller, of, id);
        await processes.attachments.remove(caller, process, numberOf(request.params.n));
        return reply.code(204).send();
      },
    );

    app.get<{ Params: Params & { n: string } }>(
      `${one}/attachments/:n`,
      { schema: { tags, summary: 'Downloads an attachment' } },
      async (request, reply) => {
        const { caller, of, id } = await enter(request);
        const process = await processes.get(caller, of, id);
        const n = numberOf(request.params.n);
        const { info, content } = await processes.attachments.open(caller, process, n);
        return reply
          .header('content-type', 'application/octet-stream')
          .header('content-length', info.size)
          .header('content-disposition', contentDisposition(info.name))
          .send(Readable.from(content));
      },
    );
  };
}

/** An attachment's number in a path; 0, which none has, for anything else. */
function numberOf(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
}
