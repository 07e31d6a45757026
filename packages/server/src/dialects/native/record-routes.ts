import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Identity } from '../../modules/identity/index.ts';
import type { App, Condition, RecordRow, Records, SaveOptions } from '../../modules/records/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { defineErrors } from '../../platform/errors.ts';
import type { Authenticate } from './authenticate.ts';
import { historyJson, recordsJson } from './record-json.ts';
import { answers, defaultLimit, NoContent, PageQuery, page, strict } from './schemas.ts';

const errors = defineErrors('native', {
  ifMatch: {
    kind: 'invalid',
    ja: 'If-Match には "リビジョン" を指定してください',
    en: 'If-Match takes a revision in quotes: "3"',
  },
  filter: { kind: 'invalid', ja: 'filter は条件のJSONです', en: 'filter takes a condition as JSON' },
  recordId: { kind: 'notFound', ja: 'データ {id} がありません', en: 'There is no record {id}' },
  batch: {
    kind: 'invalid',
    ja: '一括処理は新規（id なし）か変更（id あり）のどちらか一方だけです',
    en: 'A batch holds either new records (without id) or changes (with id), not both',
  },
  idempotencyKey: {
    kind: 'invalid',
    ja: 'Idempotency-Key は1～200文字です',
    en: 'An Idempotency-Key has 1 to 200 characters',
  },
  multipart: {
    kind: 'invalid',
    ja: 'multipart/form-data のファイル「file」が必要です',
    en: 'A multipart/form-data body with a file "file" is needed',
  },
});

const Fields = Type.Record(Type.String(), Type.Unknown());
export const RecordSchema = Type.Object({
  id: Type.Integer(),
  revision: Type.Integer(),
  createdAt: Type.String({ format: 'date-time' }),
  createdBy: Type.Union([Type.String(), Type.Null()]),
  updatedAt: Type.String({ format: 'date-time' }),
  updatedBy: Type.Union([Type.String(), Type.Null()]),
  state: Type.Optional(Type.String()),
  processId: Type.Optional(Type.String()),
  fields: Fields,
});
const NewRecord = Type.Object({ fields: Fields }, strict);
const RecordPatch = Type.Object({ fields: Fields }, strict);
const Batch = Type.Object(
  {
    records: Type.Array(
      Type.Object(
        {
          id: Type.Optional(Type.Integer({ minimum: 1 })),
          revision: Type.Optional(Type.Integer({ minimum: 1 })),
          fields: Fields,
        },
        strict,
      ),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  strict,
);
const SaveQuery = Type.Object(
  {
    automations: Type.Optional(
      Type.String({ enum: ['on', 'off'], description: 'off: no automatic processing for this save' }),
    ),
  },
  strict,
);
const ListQuery = Type.Object(
  {
    ...PageQuery,
    filter: Type.Optional(
      Type.String({
        maxLength: 20_000,
        description: 'A condition as JSON: {"field","op","value"}, {"all":[…]}, {"any":[…]}',
      }),
    ),
    q: Type.Optional(Type.String({ maxLength: 1000, description: 'Text that some field holds' })),
    sort: Type.Optional(
      Type.String({ maxLength: 300, description: 'Name of a field; with - before it descending' }),
    ),
  },
  strict,
);

type AppParams = { app: string };
type RecordParams = { app: string; record: string };
type Values = Record<string, unknown>;

/** Records of apps: create, read, change, delete, lists, batches, history and files (contract §5). */
export function registerRecordRoutes(
  app: FastifyInstance,
  deps: { records: Records; identity: Identity; authenticate: Authenticate },
): void {
  const { records, identity, authenticate } = deps;
  const bodyLimit = 32 * 1024 * 1024;

  /** Who asks, and for which app he may know of. */
  async function enter(request: FastifyRequest<{ Params: AppParams }>): Promise<{ caller: Caller; of: App }> {
    const caller = await authenticate(request);
    return { caller, of: await records.app(caller, request.params.app) };
  }

  /** Saved records as far as the caller may see them. */
  async function shown(caller: Caller, of: App, saved: readonly RecordRow[]) {
    const { fields, rows, hidden } = await records.afterSave(caller, of, saved);
    const items = await recordsJson(identity.directory, fields, rows);
    return items.map((item) => (hidden.has(item.id) ? { ...item, fields: {} } : item));
  }

  app.get<{
    Params: AppParams;
    Querystring: { limit?: number; cursor?: string; filter?: string; q?: string; sort?: string };
  }>(
    '/v1/apps/:app/records',
    { schema: { tags: ['records'], querystring: ListQuery, response: answers(200, page(RecordSchema)) } },
    async (request) => {
      const { caller, of } = await enter(request);
      const { limit = defaultLimit, cursor, filter, q, sort } = request.query;
      const found = await records.list(caller, of, {
        limit,
        ...(cursor !== undefined && { cursor }),
        ...(filter !== undefined && { filter: readFilter(filter) }),
        ...(q !== undefined && { keyword: q }),
        ...(sort !== undefined && { sort: sort.replace(/^-/, ''), descending: sort.startsWith('-') }),
      });
      return { items: await recordsJson(identity.directory, found.fields, found.rows), next: found.next };
    },
  );

  app.post<{ Params: AppParams; Body: { fields: Values } }>(
    '/v1/apps/:app/records',
    {
      bodyLimit,
      schema: {
        tags: ['records'],
        querystring: SaveQuery,
        body: NewRecord,
        response: answers(201, RecordSchema),
      },
    },
    async (request, reply) => {
      const { caller, of } = await enter(request);
      const rows = await records.insert(caller, of, [{ values: request.body.fields }], saveOptions(request));
      const [made] = await shown(caller, of, rows);
      return reply.code(201).header('etag', etag(rows[0]!)).send(made);
    },
  );

  app.post<{ Params: AppParams; Body: { records: { id?: number; revision?: number; fields: Values }[] } }>(
    '/v1/apps/:app/records::batch',
    {
      bodyLimit,
      schema: {
        tags: ['records'],
        querystring: SaveQuery,
        body: Batch,
        response: answers(200, Type.Object({ items: Type.Array(RecordSchema) })),
      },
    },
    async (request) => {
      const { caller, of } = await enter(request);
      const given = request.body.records;
      const changes = given.flatMap(({ id, revision, fields }) =>
        id === undefined ? [] : [{ id, values: fields, ...(revision !== undefined && { revision }) }],
      );
      if (changes.length !== 0 && changes.length !== given.length) throw errors.batch({}, '/records');
      const rows =
        changes.length > 0
          ? await records.update(caller, of, changes, saveOptions(request))
          : await records.insert(
              caller,
              of,
              given.map(({ fields }) => ({ values: fields })),
              saveOptions(request),
            );
      return { items: await shown(caller, of, rows) };
    },
  );

  app.get<{ Params: RecordParams }>(
    '/v1/apps/:app/records/:record',
    { schema: { tags: ['records'], response: answers(200, RecordSchema) } },
    async (request, reply) => {
      const { caller, of } = await enter(request);
      const { fields, row } = await records.get(caller, of, recordId(request.params.record));
      const [found] = await recordsJson(identity.directory, fields, [row]);
      return reply.header('etag', etag(row)).send(found);
    },
  );

  app.patch<{ Params: RecordParams; Body: { fields: Values } }>(
    '/v1/apps/:app/records/:record',
    {
      bodyLimit,
      schema: {
        tags: ['records'],
        summary: 'Changes the fields that are given; If-Match: "revision" guards it',
        querystring: SaveQuery,
        body: RecordPatch,
        response: answers(200, RecordSchema),
      },
    },
    async (request, reply) => {
      const { caller, of } = await enter(request);
      const revision = expectedRevision(request);
      const change = { id: recordId(request.params.record), values: request.body.fields };
      const changes = [{ ...change, ...(revision !== undefined && { revision }) }];
      const rows = await records.update(caller, of, changes, saveOptions(request));
      const [changed] = await shown(caller, of, rows);
      return reply.header('etag', etag(rows[0]!)).send(changed);
    },
  );

  app.delete<{ Params: RecordParams }>(
    '/v1/apps/:app/records/:record',
    { schema: { tags: ['records'], querystring: SaveQuery, response: answers(204, NoContent) } },
    async (request, reply) => {
      const { caller, of } = await enter(request);
      const revision = expectedRevision(request);
      const wanted = { id: recordId(request.params.record), ...(revision !== undefined && { revision }) };
      await records.remove(caller, of, [wanted], saveOptions(request));
      return reply.code(204).send();
    },
  );

  app.get<{ Params: RecordParams }>(
    '/v1/apps/:app/records/:record/history',
    { schema: { tags: ['records'], summary: 'Who changed what, the newest first' } },
    async (request) => {
      const { caller, of } = await enter(request);
      const items = await records.history(caller, of, recordId(request.params.record));
      return { items: await historyJson(identity.directory, of.fields, items), next: null };
    },
  );

  app.post<{ Params: AppParams }>(
    '/v1/apps/:app/files',
    { schema: { tags: ['records'], summary: 'Uploads a file, for use in a field of type files' } },
    async (request, reply) => {
      const { caller, of } = await enter(request);
      if (!request.isMultipart()) throw errors.multipart();
      const part = await request.file({ limits: { fileSize: 2 ** 31, files: 1, fields: 0 } });
      if (!part) throw errors.multipart();
      const file = { name: part.filename, mediaType: part.mimetype };
      return reply.code(201).send(await records.uploadFile(caller, of, file, part.file));
    },
  );

  app.get<{ Params: AppParams & { file: string } }>(
    '/v1/apps/:app/files/:file',
    { schema: { tags: ['records'], summary: 'Downloads a file' } },
    async (request, reply) => {
      const { caller, of } = await enter(request);
      const { info, content } = await records.openFile(caller, of, recordId(request.params.file));
      return reply
        .header('content-type', 'application/octet-stream')
        .header('content-length', info.size)
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(info.name)}`)
        .send(Readable.from(content));
    },
  );
}

function readFilter(text: string): Condition {
  let condition: unknown;
  try {
    condition = JSON.parse(text);
  } catch {
    // the same answer
  }
  if (typeof condition !== 'object' || condition === null) throw errors.filter({}, '/filter');
  return condition as Condition;
}

/** A record's or file's number in a path; anything else names nothing. */
function recordId(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw errors.recordId({ id: text });
  return Number(text);
}

function etag({ revision }: RecordRow): string {
  return `"${revision}"`;
}

/** The revision of If-Match; `*` and no header guard nothing. */
function expectedRevision({ headers }: FastifyRequest): number | undefined {
  const given = headers['if-match'];
  if (given === undefined || given === '*') return undefined;
  const revision = /^(?:W\/)?"?(\d{1,15})"?$/.exec(given.trim())?.[1];
  if (revision === undefined) throw errors.ifMatch();
  return Number(revision);
}

/** A repeated Idempotency-Key saves once and gives what the first request saved. */
function saveOptions(request: FastifyRequest): SaveOptions {
  const { automations } = request.query as { automations?: 'on' | 'off' };
  const options: SaveOptions = automations === 'off' ? { automations: false } : {};
  const key = request.headers['idempotency-key'];
  if (key === undefined) return options;
  if (typeof key !== 'string' || key === '' || key.length > 200) throw errors.idempotencyKey();
  const { record } = request.params as Partial<RecordParams>;
  const asked = JSON.stringify([request.method, record, request.body]);
  const fingerprint = createHash('sha256').update(asked).digest('base64url');
  return { ...options, idempotency: { key, fingerprint } };
}
