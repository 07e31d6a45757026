import { Type } from 'typebox';
import type { ImportSummary, Planning } from '../../modules/planning/index.ts';
import type { NativeRoutes } from './index.ts';
import { answers, defaultLimit, PageQuery, page, strict } from './schemas.ts';

const Label = Type.String({ minLength: 1, maxLength: 100 });
const Members = Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 100 }));
const tags = ['planning'];

const CellsBody = Type.Object(
  {
    pov: Type.Optional({ ...Members, description: 'A member for each form parameter' }),
    participant: Type.Optional(Type.String({ maxLength: 100, description: 'Default #NONE' })),
    edition: Type.Optional(Type.String({ maxLength: 200, description: 'Default WORKSPACE' })),
    cells: Type.Array(
      Type.Object(
        {
          members: { ...Members, description: 'A member for each dimension that the form leaves open' },
          value: Type.Union([Type.String(), Type.Null()], {
            description: 'As it is shown: amounts as decimal text; null makes the cell blank',
          }),
        },
        strict,
      ),
      { minItems: 1, maxItems: 1000 },
    ),
  },
  strict,
);
type CellsRequest = {
  Params: { application: string; form: string };
  Body: {
    pov?: Record<string, string>;
    participant?: string;
    edition?: string;
    cells: { members: Record<string, string>; value: string | null }[];
  };
};

const CellsAnswer = Type.Object({
  written: Type.Integer({ description: 'Cells that now hold what was sent' }),
  refused: Type.Array(
    Type.Object({
      index: Type.Integer({ description: 'Place in `cells`, from 0' }),
      message: Type.String(),
    }),
  ),
});

/** Single cells of a form: the rules of an import, but that all other cells stay as they are. */
export function planningCellRoutes({ planning }: { planning: Planning }): NativeRoutes {
  return (app, authenticate) => {
    app.patch<CellsRequest>(
      '/v1/planning/applications/:application/forms/:form/cells',
      {
        schema: {
          tags,
          summary: 'Writes cells of a form; those that may not be written are refused one by one',
          params: Type.Object({ application: Label, form: Label }),
          body: CellsBody,
          response: answers(200, CellsAnswer),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const { application, form } = request.params;
        const { pov = {}, participant = '#NONE', edition, cells } = request.body;
        return planning.writeCells(
          caller,
          {
            application,
            form,
            participant,
            edition,
            povs: Object.entries(pov).map(([dimension, member]) => ({ dimension, member })),
          },
          cells.map(({ members, value }) => ({ members, value: value?.trim() ?? '' })),
        );
      },
    );
  };
}

const importShape = {
  id: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  by: Type.String({ description: 'Login name' }),
  form: Type.String(),
  ledger: Type.String(),
  edition: Type.String(),
  participant: Type.String(),
  pov: Type.Record(Type.String(), Type.String()),
  fields: Type.Array(Type.String(), { description: "Labels of the import's fields" }),
  records: Type.Integer(),
  refused: Type.Integer(),
};
const Refusal = Type.Object({
  record: Type.Integer({ description: 'Number of the record in the file, from 1' }),
  valueField: Type.String({ description: 'Empty where the form has none' }),
  fields: Type.Record(Type.String(), Type.String(), { description: 'As they stood in the file' }),
  value: Type.String(),
  message: Type.String(),
});
const CursorQuery = Type.Object(
  { limit: PageQuery.limit, cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$' })) },
  strict,
);
type Given = { limit?: number; cursor?: string };
const pageOf = ({ limit = defaultLimit, cursor }: Given) => ({
  limit,
  cursor: cursor === undefined ? undefined : Number(cursor),
});
const importJson = ({ at, ...found }: ImportSummary) => ({ ...found, at: at.toISOString() });

/** The log of imports: the last 90 days, with the records that were refused. */
export function planningImportRoutes({ planning }: { planning: Planning }): NativeRoutes {
  const base = '/v1/planning/applications/:application/imports';
  const Params = Type.Object({ application: Label });
  const OneParams = Type.Object({ application: Label, id: Type.Integer({ minimum: 1 }) });
  type One = { application: string; id: number };
  return (app, authenticate) => {
    app.get<{ Params: { application: string }; Querystring: Given }>(
      base,
      {
        schema: {
          tags,
          summary: 'Imports of the last 90 days, newest first; plain users see their own',
          params: Params,
          querystring: CursorQuery,
          response: answers(200, page(Type.Object(importShape))),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const wanted = pageOf(request.query);
        const found = await planning.listImports(caller, request.params.application, wanted);
        const next = found.length < wanted.limit ? null : String(found.at(-1)!.id);
        return { items: found.map(importJson), next };
      },
    );

    app.get<{ Params: One }>(
      `${base}/:id`,
      {
        schema: {
          tags,
          summary: 'One import',
          params: OneParams,
          response: answers(200, Type.Object(importShape)),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        return importJson(await planning.readImport(caller, request.params.application, request.params.id));
      },
    );

    app.get<{ Params: One; Querystring: Given }>(
      `${base}/:id/refusals`,
      {
        schema: {
          tags,
          summary: 'Records that an import refused, the first 5,000 of them',
          params: OneParams,
          querystring: CursorQuery,
          response: answers(200, page(Refusal)),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const { application, id } = request.params;
        const wanted = pageOf(request.query);
        const found = await planning.listImportRefusals(caller, application, id, wanted);
        const next = found.length < wanted.limit ? null : String(found.at(-1)!.position);
        return { items: found.map(({ position: _, ...refusal }) => refusal), next };
      },
    );
  };
}
