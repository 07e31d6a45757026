import { Type } from 'typebox';
import type { Planning } from '../../modules/planning/index.ts';
import { defineErrors } from '../../platform/errors.ts';
import type { NativeRoutes } from './index.ts';
import { answers, strict } from './schemas.ts';

const Label = Type.String({ minLength: 1, maxLength: 100 });
const Name = Type.Object({ ja: Type.Optional(Type.String()), en: Type.Optional(Type.String()) });
const labelled = { label: Type.String(), name: Name };
const Labelled = Type.Object(labelled);
const Shown = Type.Object({ ...labelled, leaf: Type.Boolean({ description: 'Its cells may be written' }) });
const Cells = Type.Array(Type.Union([Type.String(), Type.Null()]));

const TableParams = Type.Object({ application: Label, form: Label });
const TableQuery = Type.Object(
  {
    pov: Type.Optional(
      Type.Array(Type.String({ pattern: '^[^=]+=.+$', maxLength: 200 }), {
        description: 'A form parameter and its member, `#FY=FY2015`; once for each parameter',
      }),
    ),
    participant: Type.Optional(Type.String({ maxLength: 100, description: 'Default #NONE' })),
    edition: Type.Optional(Type.String({ maxLength: 200, description: 'Default WORKSPACE' })),
    columns: Type.Optional(
      Type.String({ maxLength: 100, description: 'Dimension that goes over the columns; default #PERIOD' }),
    ),
    entry: Type.Optional(
      Type.Boolean({ description: 'Also columns without a value, and the members that rows may have' }),
    ),
  },
  strict,
);
type TableRequest = {
  Params: { application: string; form: string };
  Querystring: {
    pov?: string[] | string;
    participant?: string;
    edition?: string;
    columns?: string;
    entry?: boolean;
  };
};

const Table = Type.Object({
  dimensions: Type.Array(Labelled),
  columnDimension: Type.Optional(Labelled),
  columns: Type.Array(Shown),
  rows: Type.Array(Type.Object({ members: Type.Array(Shown), cells: Cells })),
  totals: Type.Array(Type.Object({ account: Labelled, cells: Cells })),
  truncated: Type.Boolean(),
  choices: Type.Optional(
    Type.Array(Type.Array(Labelled), { description: 'Leaf members of each of `dimensions`, at most 2,000' }),
  ),
});

const Form = Type.Object({
  ...labelled,
  ledger: Type.String(),
  exports: Type.Boolean(),
  imports: Type.Boolean(),
  parameters: Type.Array(Type.Object({ ...labelled, members: Type.Array(Labelled) })),
  rows: Type.Array(Labelled),
});
const Application = Type.Object({
  ...labelled,
  type: Type.String(),
  participants: Type.Array(Type.String()),
  forms: Type.Array(Form),
});

const errors = defineErrors('planning', {
  pov: {
    kind: 'invalid',
    ja: 'pov "{pov}" は 次元=メンバー の形で指定してください',
    en: 'pov "{pov}" must have the form dimension=member',
  },
});

/** Planning figures for people: applications, their forms, and a form as a table (contract §5). */
export function planningRoutes({ planning }: { planning: Planning }): NativeRoutes {
  const tags = ['planning'];
  return (app, authenticate) => {
    app.get(
      '/v1/planning/applications',
      {
        schema: {
          tags,
          summary: 'Planning applications with their forms',
          response: answers(200, Type.Object({ items: Type.Array(Application), next: Type.Null() })),
        },
      },
      async (request) => ({
        items: await planning.listApplications(await authenticate(request)),
        next: null,
      }),
    );

    app.get<TableRequest>(
      '/v1/planning/applications/:application/forms/:form/table',
      {
        schema: {
          tags,
          summary:
            'A form at a point of view as rows, columns and totals; amounts are exact decimals as text',
          params: TableParams,
          querystring: TableQuery,
          response: answers(200, Table),
        },
      },
      async (request) => {
        const caller = await authenticate(request);
        const { application, form } = request.params;
        const { pov = [], participant = '#NONE', edition, columns, entry } = request.query;
        const povs = [pov].flat().map((text) => {
          const [dimension, ...member] = text.split('=');
          if (!dimension || member.length === 0) throw errors.pov({ pov: text }, '/pov');
          return { dimension, member: member.join('=') };
        });
        return planning.readFormTable(
          caller,
          { application, form, participant, edition, povs },
          columns,
          entry,
        );
      },
    );
  };
}
