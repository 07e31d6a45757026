import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { AccessLogFilter, AccessLogRow, Audit } from '../../modules/audit/index.ts';
import type { Identity } from '../../modules/identity/index.ts';
import type { Records } from '../../modules/records/index.ts';
import { jsonInstant } from '../../modules/records/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { defineErrors, type Locale } from '../../platform/errors.ts';
import type { Authenticate } from './authenticate.ts';
import { defaultLimit, PageQuery, page, strict } from './schemas.ts';

const errors = defineErrors('native', {
  instant: {
    kind: 'invalid',
    ja: '{name} には日時を ISO 8601 で指定してください（例: 2024-04-01T00:00:00+09:00）',
    en: '{name} takes an ISO 8601 time such as 2024-04-01T00:00:00Z',
  },
});

const instant = Type.Optional(Type.String({ description: 'ISO 8601' }));
const Query = Type.Object(
  {
    ...PageQuery,
    from: instant,
    to: instant,
    operation: Type.Optional(Type.String({ maxLength: 100 })),
    app: Type.Optional(Type.String({ maxLength: 100, description: 'Id or alias' })),
    user: Type.Optional(Type.String({ maxLength: 200, description: 'Login name' })),
  },
  strict,
);
type Given = {
  limit?: number;
  cursor?: string;
  from?: string;
  to?: string;
  operation?: string;
  app?: string;
  user?: string;
};

const Entry = Type.Object({
  id: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  user: Type.Union([Type.String(), Type.Null()]),
  dialect: Type.String(),
  operation: Type.String(),
  app: Type.Union([Type.Integer(), Type.Null()]),
  table: Type.Union([Type.String(), Type.Null()]),
  record: Type.Union([Type.String(), Type.Null()]),
  outcome: Type.String(),
  address: Type.Union([Type.String(), Type.Null()]),
});

/** CSV headings; the Japanese ones include the product's own (appsuite §1.6). */
const headings: Record<Locale, string[]> = {
  ja: ['日時', 'ユーザー', '機能', '機能詳細', 'アプリ', 'テーブル名他', 'データID', '結果', 'IPアドレス'],
  en: ['at', 'user', 'dialect', 'operation', 'app', 'table', 'record', 'outcome', 'address'],
};
const csvPage = 2000;

/** `GET /v1/access-log`: pages as JSON, or the whole as a CSV download for `Accept: text/csv`. */
export function registerAccessLogRoutes(
  app: FastifyInstance,
  deps: { audit: Audit; identity: Identity; records: Records; authenticate: Authenticate },
): void {
  const { audit, identity, records, authenticate } = deps;

  app.get<{ Querystring: Given }>(
    '/v1/access-log',
    { schema: { tags: ['access log'], querystring: Query, response: { 200: page(Entry) } } },
    async (request, reply) => {
      const caller = await authenticate(request);
      const filter = await readFilter(caller, request.query);
      if (/\btext\/csv\b/.test(request.headers.accept ?? '')) {
        await audit.list(caller, { limit: 1 }); // refuses before the download begins
        return reply
          .type('text/csv; charset=utf-8')
          .header('content-disposition', 'attachment; filename="access-log.csv"')
          .send(Readable.from(csvLines(caller, filter)).pipe(csvWriter(caller.locale)));
      }
      const { limit = defaultLimit } = request.query;
      const { rows, next } = await audit.list(caller, { ...filter, limit });
      const logins = await loginsOf(rows);
      return {
        items: rows.map((row) => ({ ...row, at: jsonInstant(row.at), user: logins.get(row.user) ?? null })),
        next,
      };
    },
  );

  async function readFilter(caller: Caller, given: Given): Promise<Omit<AccessLogFilter, 'limit'>> {
    const from = readInstant('from', given.from);
    const to = readInstant('to', given.to);
    const user = given.user === undefined ? undefined : await identity.directory.findUser(given.user);
    return {
      ...(from && { from }),
      ...(to && { to }),
      ...(given.operation !== undefined && { operation: given.operation }),
      ...(given.app !== undefined && { app: (await records.app(caller, given.app)).id }),
      // nobody has the number -1
      ...(given.user !== undefined && { user: user?.number ?? -1 }),
      ...(given.cursor !== undefined && { cursor: given.cursor }),
    };
  }

  async function loginsOf(rows: readonly AccessLogRow[]): Promise<Map<number | null, string>> {
    const users = await identity.directory.usersByNumber(new Set(rows.flatMap(({ user }) => user ?? [])));
    return new Map([...users].map(([number, { login }]) => [number, login]));
  }

  async function* csvLines(
    caller: Caller,
    filter: Omit<AccessLogFilter, 'limit'>,
  ): AsyncGenerator<unknown[]> {
    let cursor = filter.cursor;
    for (;;) {
      const { rows, next } = await audit.list(caller, {
        ...filter,
        limit: csvPage,
        ...(cursor && { cursor }),
      });
      const logins = await loginsOf(rows);
      for (const { at, user, dialect, operation, app: id, table, record, outcome, address } of rows) {
        yield [
          jsonInstant(at),
          logins.get(user) ?? '',
          dialect,
          operation,
          id,
          table,
          record,
          outcome,
          address,
        ];
      }
      if (next === null) return;
      cursor = next;
    }
  }
}

function readInstant(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const date = new Date(/^\d{4}-\d{2}-\d{2}/.test(text) ? text : Number.NaN);
  if (Number.isNaN(date.getTime())) throw errors.instant({ name }, `/${name}`);
  return date;
}

/** Values that a spreadsheet would take for a formula are written as text. */
function csvWriter(locale: Locale) {
  return stringify({ bom: true, header: true, columns: headings[locale], escape_formulas: true });
}
