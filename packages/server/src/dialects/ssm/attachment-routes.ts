import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { jsonInstant, memberJson } from '../../modules/records/index.ts';
import { errors } from './errors.ts';
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
  await area.register(multipart, { limits: { fileSize: sizeLimit, files: 1, fields: 20 } });
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
    if (!request.isMultipart()) throw errors.noFile();
    const parts = request.parts();
    const part = await fileOf(parts);
    const file = { name: part.filename, mediaType: part.mimetype };
    const whole = async () => {
      if (part.file.truncated) throw errors.fileTooLarge({ limit: sizeLimit });
      // a form that breaks off after its file is broken all the same
      while (!(await nextPart(parts)).done);
    };
    try {
      return reply
        .code(201)
        .send(await processes.attachments.add(ssmCaller, process, file, part.file, whole));
    } catch (error) {
      throw error === part.file.errored ? errors.brokenForm() : error;
    }
  });

  area.get(`${all}/:n`, { schema: { params: AttachmentParams } }, async ({ ssmCaller, params }, reply) => {
    const app = await processes.type(ssmCaller, params.type);
    const process = await processes.get(ssmCaller, app, params.id);
    const { info, content } = await processes.attachments.open(ssmCaller, process, Number(params.n));
    return reply
      .type(safeType(info.type))
      .header('content-length', info.size)
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeName(info.name)}`)
      .send(Readable.from(content));
  });
}

async function fileOf(parts: ReturnType<FastifyRequest['parts']>) {
  // not with `for await`, which would end the parts on leaving
  for (let next = await nextPart(parts); !next.done; next = await nextPart(parts)) {
    const part = next.value;
    if (part.type !== 'file') continue;
    if (part.fieldname === 'file') return part;
    part.file.resume();
  }
  throw errors.noFile();
}

/** The parser's own errors have no code; those of the plugin (limits) do. */
async function nextPart(parts: ReturnType<FastifyRequest['parts']>) {
  try {
    return await parts.next();
  } catch (error) {
    throw (error as { code?: string }).code?.startsWith('FST_') ? error : errors.brokenForm();
  }
}

/** RFC 8187. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
}

/** What the uploader said, where it can stand in a header. */
function safeType(type: string): string {
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream';
}
