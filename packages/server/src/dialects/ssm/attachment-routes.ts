import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import { Type } from 'typebox';
import { jsonInstant, memberJson } from '../../modules/records/index.ts';
import { contentDisposition, takeFilePart } from '../../platform/http/file-part.ts';
import type { Area, Ssm } from './index.ts';
import { ProcessParams } from './process-routes.ts';

const AttachmentParams = Type.Object({
  type: Type.String(),
  id: Type.String(),
  n: Type.String({ pattern: '^[1-9]\\d{0,8}$' }),
});

/** Bytes that an attachment may have. */
const sizeLimit = 2 * 1024 ** 3;

/** Attachments of processes (contract §4 and §7): streamed in and out, never held as a whole. */
export async function attachmentRoutes(area: Area, { processes, directory }: Ssm): Promise<void> {
  await area.register(multipart);
  const all = '/process_types/:type/processes/:id/attachments';

  area.get(all, { schema: { params: ProcessParams } }, async ({ ssmCaller, params }) => {
    const app = await processes.type(ssmCaller, params.type);
    const list = await processes.attachments.list(await processes.get(ssmCaller, app, params.id));
    const users = await directory.usersByNumber(list.flatMap(({ added_by }) => added_by ?? []));
    const attachments = list.map(({ n, name, type, size, added_at, added_by }) => ({
      n,
      name,
      type,
      size,
      created_at: jsonInstant(added_at),
      created_by: memberJson(users.get(added_by ?? 0))[0] ?? null,
    }));
    return { attachments };
  });

  area.post(all, { schema: { params: ProcessParams } }, async (request, reply) => {
    const { ssmCaller, params } = request;
    const app = await processes.type(ssmCaller, params.type);
    const process = await processes.get(ssmCaller, app, params.id);
    const added = await takeFilePart(request, { sizeLimit }, (file) =>
      processes.attachments.add(ssmCaller, process, file),
    );
    return reply.code(201).send(added);
  });

  area.get(`${all}/:n`, { schema: { params: AttachmentParams } }, async ({ ssmCaller, params }, reply) => {
    const app = await processes.type(ssmCaller, params.type);
    const process = await processes.get(ssmCaller, app, params.id);
    const { info, content } = await processes.attachments.open(ssmCaller, process, Number(params.n));
    return reply
      .type(safeType(info.type))
      .header('content-length', info.size)
      .header('content-disposition', contentDisposition(info.name))
      .send(Readable.from(content));
  });
}

/** What the uploader said, where it can stand in a header. */
function safeType(type: string): string {
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream';
}
