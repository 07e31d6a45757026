import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { type Bulk, type Encoding, encodings, reportedErrors } from '../../modules/bulk/index.ts';
import type { Condition, Records } from '../../modules/records/index.ts';
import { defineErrors } from '../../platform/errors.ts';
import type { NativeRoutes } from './index.ts';
import { answers, NoContent, strict } from './schemas.ts';

const errors = defineErrors('native', {
  json: {
    kind: 'invalid',
    ja: '{name} にはJSONのオブジェクトを指定してください',
    en: '{name} takes a JSON object',
  },
  noCsv: {
    kind: 'unsupported',
    ja: '本文を Content-Type: text/csv で送ってください',
    en: 'Send the file as the body with Content-Type: text/csv',
  },
});

const Encodings = Type.Optional(
  Type.Enum([...encodings], { description: 'Character set of the file; default utf-8' }),
);
const Uuid = Type.String({ format: 'uuid', description: 'Under which /v1/imports/{id} tells how far it is' });
const ImportQuery = Type.Object(
  {
    encoding: Encodings,
    key: Type.Optional(
      Type.String({ maxLength: 200, description: 'Field by which lines find their records' }),
    ),
    columns: Type.Optional(Type.String({ maxLength: 100_000, description: 'JSON: field names by heading' })),
    automations: Type.Optional(Type.Boolean({ description: 'false: run none; default true' })),
    id: Type.Optional(Uuid),
  },
  strict,
);
const ImportParams = Type.Object({ id: Uuid });
const ExportQuery = Type.Object(
  {
    encoding: Encodings,
    fields: Type.Optional(
      Type.String({ maxLength: 100_000, description: 'Names, with commas; default all' }),
    ),
    filter: Type.Optional(Type.String({ maxLength: 100_000, description: 'JSON: a condition' })),
  },
  strict,
);
const Report = Type.Object({
  inserted: Type.Integer(),
  updated: Type.Integer(),
  failed: Type.Integer(),
  errors: Type.Array(
    Type.Object({
      line: Type.Integer(),
      field: Type.Union([Type.String(), Type.Null()]),
      message: Type.String(),
    }),
    { description: `The first ${reportedErrors}` },
  ),
  stopped: Type.Optional(Type.Boolean({ description: 'Not the whole file: somebody stopped it' })),
});
const Progress = Type.Object({
  id: Type.String(),
  app: Type.Integer(),
  state: Type.Enum(['running', 'done', 'stopped', 'failed', 'interrupted'], {
    description: 'interrupted: the server died; what was saved stays',
  }),
  size: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Bytes of the file, where the sender said so',
  }),
  bytes: Type.Integer({ description: 'Read of them' }),
  inserted: Type.Integer(),
  updated: Type.Integer(),
  failed: Type.Integer(),
});

/** CSV in and out of an app; both stream, whatever the size. */
export function csvRoutes({ bulk, records }: { bulk: Bulk; records: Records }): NativeRoutes {
  return (app, authenticate) => {
    app.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));

    app.post<{
      Params: { app: string };
      Querystring: {
        encoding?: Encoding;
        key?: string;
        columns?: string;
        automations?: boolean;
        id?: string;
      };
    }>(
      '/v1/apps/:app/import',
      {
        schema: {
          tags: ['records'],
          summary:
            'Adds or changes records from a CSV file (body, text/csv); reports the lines that do not fit',
          querystring: ImportQuery,
          response: answers(200, Report),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const of = await records.app(caller, request.params.app);
        if (!(request.body instanceof Readable)) throw errors.noCsv();
        const { encoding = 'utf-8', key, columns, automations = true, id } = request.query;
        const size = Number(request.headers['content-length'] ?? Number.NaN);
        return bulk.import(caller, of, request.body, {
          encoding,
          automations,
          locale: caller.locale,
          ...(id !== undefined && { id }),
          ...(Number.isSafeInteger(size) && { size }),
          ...(key !== undefined && { key }),
          ...(columns !== undefined && { columns: readJson('columns', columns) as Record<string, string> }),
        });
      },
    );

    app.get<{ Params: { id: string } }>(
      '/v1/imports/:id',
      {
        schema: {
          tags: ['records'],
          summary: 'How far an import is',
          params: ImportParams,
          response: answers(200, Progress),
        },
      },
      async (request) => bulk.progress(await authenticate(request), request.params.id),
    );

    app.delete<{ Params: { id: string } }>(
      '/v1/imports/:id',
      {
        schema: {
          tags: ['records'],
          summary: 'Stops an import; what was saved stays',
          params: ImportParams,
          response: answers(204, NoContent),
        },
      },
      async (request, reply) => {
        await bulk.stop(await authenticate(request), request.params.id);
        return reply.code(204).send();
      },
    );

    app.get<{
      Params: { app: string };
      Querystring: { encoding?: Encoding; fields?: string; filter?: string };
    }>(
      '/v1/apps/:app/export',
      { schema: { tags: ['records'], summary: 'The records as CSV', querystring: ExportQuery } },
      async (request, reply) => {
        const caller = await authenticate(request);
        const of = await records.app(caller, request.params.app);
        const { encoding = 'utf-8', fields, filter } = request.query;
        const pieces = bulk.export(caller, of, {
          encoding,
          ...(fields !== undefined && { fields: fields.split(',') }),
          ...(filter !== undefined && { filter: readJson('filter', filter) as Condition }),
        });
        // what is refused is refused before the answer begins
        const first = await pieces.next();
        const charset = encoding === 'utf-8' ? 'utf-8' : 'Shift_JIS';
        return reply
          .type(`text/csv; charset=${charset}`)
          .header('content-disposition', `attachment; filename="app-${of.id}.csv"`)
          .send(Readable.from(following(first.value as Buffer, pieces)));
      },
    );
  };
}

async function* following(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

function readJson(name: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // told below
  }
  throw errors.json({ name }, `/${name}`);
}
