import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { identityErrors } from '../../modules/identity/index.ts';
import { type Caller, isAdmin } from '../../platform/caller.ts';
import { type Database, sql } from '../../platform/database/database.ts';
import type { Locale } from '../../platform/errors.ts';
import type { Jobs } from '../../platform/jobs/jobs.ts';
import type { Mail, MailSecurity } from '../../platform/mail/mail.ts';
import type { NativeRoutes } from './index.ts';
import { answers, NoContent, strict } from './schemas.ts';

const Setting = Type.Object({
  key: Type.String(),
  value: Type.Union([Type.String(), Type.Null()], { description: 'null: not set, or secret' }),
  secret: Type.Boolean(),
  source: Type.Enum(['environment', 'file', 'secretFile', 'default']),
});
const Health = Type.Object({
  version: Type.String(),
  node: Type.String(),
  startedAt: Type.String({ format: 'date-time' }),
  database: Type.Object({
    ok: Type.Boolean(),
    version: Type.Optional(Type.String()),
    answerMs: Type.Optional(Type.Integer()),
    sizeBytes: Type.Optional(Type.Integer()),
  }),
  worker: Type.Object({
    here: Type.Boolean({ description: 'This process does background work' }),
    waiting: Type.Optional(Type.Integer({ description: 'Jobs whose time has come' })),
    failed: Type.Optional(Type.Integer({ description: 'Jobs that used up their tries' })),
  }),
  mail: Type.Object({ ok: Type.Boolean(), reason: Type.Optional(Type.String()) }),
});
const tags = ['administration'];

export type SettingsRoutesDependencies = {
  /** What the server runs with, secrets masked. */
  settings: readonly { key: string; value: string | null; secret: boolean; source: string }[];
  /** The `settings` of the workspace, everything filled in. */
  workspaceSettings: () => { mail: { security: MailSecurity; from: string } } & object;
  database: Database;
  mail: Mail;
  jobs: Pick<Jobs, 'health'>;
  version: string;
};

/** What the server runs with and whether it works; for administrators. */
export function settingsRoutes(deps: SettingsRoutesDependencies): NativeRoutes {
  const { settings, workspaceSettings, database, mail, jobs, version } = deps;

  async function databaseHealth() {
    const started = performance.now();
    try {
      const row = await database.row<{ version: string; size: number }>(sql`
        SELECT current_setting('server_version') AS version, pg_database_size(current_database())::float8 AS size`);
      const answerMs = Math.round(performance.now() - started);
      return { ok: true, version: row!.version, answerMs, sizeBytes: row!.size };
    } catch {
      return { ok: false };
    }
  }

  return (plain, authenticate) => {
    const app = plain.withTypeProvider<TypeBoxTypeProvider>();
    const enter = async (request: FastifyRequest): Promise<Caller> => {
      const caller = await authenticate(request);
      if (!isAdmin(caller)) throw identityErrors.needsAdmin();
      return caller;
    };

    app.get(
      '/v1/settings',
      {
        schema: {
          tags,
          summary:
            'What the server runs with, secrets masked, and the settings of the workspace by their path',
          response: answers(
            200,
            Type.Object({
              settings: Type.Array(Setting),
              workspace: Type.Record(Type.String(), Type.String()),
            }),
          ),
        },
      },
      async (request) => {
        await enter(request);
        return { settings: [...settings] as never, workspace: flat(workspaceSettings()) };
      },
    );

    app.get(
      '/v1/health',
      {
        schema: {
          tags,
          summary: 'Whether database, background work and mail work',
          response: answers(200, Health),
        },
      },
      async (request) => {
        const { locale } = await enter(request);
        return {
          version,
          node: process.versions.node,
          startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString(),
          database: await databaseHealth(),
          worker: await jobs.health().catch(() => ({ here: false })),
          mail: mailHealth(locale),
        };
      },
    );

    app.post(
      '/v1/health/mail',
      {
        schema: {
          tags,
          summary: 'Send a test mail now; 502 with the mail server’s reason when it does not take it',
          body: Type.Object(
            { to: Type.String({ maxLength: 254, pattern: '^[^\\s@,<>]+@[^\\s@,<>]+$' }) },
            strict,
          ),
          response: answers(204, NoContent),
        },
      },
      async (request, reply) => {
        const { locale, login } = await enter(request);
        const { security, from } = workspaceSettings().mail;
        const refusal = mail.refusal(security);
        if (refusal !== undefined) throw refusal;
        await mail.send({ from, to: [request.body.to], ...testMail(locale, login) });
        return reply.code(204).send();
      },
    );

    function mailHealth(locale: Locale) {
      const refusal = mail.refusal(workspaceSettings().mail.security);
      return refusal === undefined ? { ok: true } : { ok: false, reason: refusal.text(locale) };
    }
  };
}

function testMail(locale: Locale, login: string): { subject: string; text: string } {
  return locale === 'ja'
    ? { subject: 'Renkei テストメール', text: `${login} がコンソールから送信したテストメールです。\n` }
    : { subject: 'Renkei test mail', text: `${login} sent this test mail from the console.\n` };
}

/** Settings by their path in the file, `mail.from`: a group is two levels deep at most. */
function flat(content: object): Record<string, string> {
  const entries = Object.entries(content).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null
      ? Object.entries(value as object).map(([name, inner]) => [`${key}.${name}`, String(inner)])
      : [[key, String(value)]],
  );
  return Object.fromEntries(entries);
}
