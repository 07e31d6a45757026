import { Registry } from 'prom-client';
import { createFusionPlace, type FusionPlaceDeps } from '../../src/dialects/fusion-place/index.ts';
import { createPlanning } from '../../src/modules/planning/index.ts';
import { startListener } from '../../src/platform/http/listener.ts';
import { createHttpMetrics } from '../../src/platform/http/request-metrics.ts';
import { createLog } from '../../src/platform/log/log.ts';
import { apply, openIdentity, secretKey } from '../identity/open-identity.ts';
import { applyPlanning, sample } from '../planning/sample.ts';
import { createTestDatabase } from '../support/database.ts';

export const users = [
  { id: 'maeda', password: 'pass-maeda-1', roles: ['admin', 'userManager'] },
  { id: 'designer', password: 'pass-designer-1', roles: ['designer'] },
  { id: 'sasaki', password: 'pass-sasaki-1' },
];

/** The dialect on a free port with a database of its own. */
export async function startFusionPlace(
  overrides: Partial<FusionPlaceDeps> = {},
  applications: unknown[] = [sample],
) {
  const server = await createTestDatabase();
  const { database } = server;
  const log = createLog('fatal');
  const identity = await openIdentity(database);
  await apply(database, identity, { users });
  const planning = createPlanning({ database });
  await applyPlanning(database, planning, applications);
  const dialect = createFusionPlace({
    identity,
    planning,
    database,
    secretKey,
    log,
    timeZone: () => 'Asia/Tokyo',
    defaultLocale: () => 'ja',
    authSchemes: ['bearer', 'digest', 'basic'],
    accessTokenTtl: 3600,
    refreshTokenTtl: 86_400,
    maxUnpacked: 2 ** 31,
    ...overrides,
  });
  const metrics = createHttpMetrics(new Registry());
  const listener = await startListener({ host: '127.0.0.1', port: 0, log, metrics, plugins: [dialect] });
  return {
    database,
    planning,
    identity,
    base: `${listener.url}/fusionplace`,
    url: `${listener.url}/fusionplace/api/1.2/requests`,
    async stop() {
      await listener.close(1000);
      await server.drop();
    },
  };
}

export type Running = Awaited<ReturnType<typeof startFusionPlace>>;

export type Answer = {
  status: number;
  type: string;
  desc: string;
  code: string;
  messages: string;
  returned: string;
  body: string;
  headers: Headers;
};

export const basic = (name: string, secret: string) =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

/** A request document. */
export function document(
  type: string,
  parameters: readonly (readonly [string, string, string?])[],
  contents = '',
): string {
  const rows = parameters.map(([name, value, key]) =>
    key === undefined
      ? `<parameter name="${name}" value="${escapeXml(value)}"/>`
      : `<parameter name="${name}" key="${escapeXml(key)}" value="${escapeXml(value)}"/>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<request type="${type}" desc="テスト">
  <parameters>${rows.join('')}</parameters>
  <contents>
${escapeXml(contents)}
  </contents>
</request>`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Posts a body; by default as the administrator with Basic credentials. */
export async function post(
  server: Pick<Running, 'url'>,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: {
      authorization: basic('maeda', 'pass-maeda-1'),
      'content-type': 'application/xml',
      'accept-language': 'en',
      ...headers,
    },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return read(response);
}

export async function read(response: Response): Promise<Answer> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const charset = /charset=([\w-]+)/.exec(response.headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
  const body = new TextDecoder(charset === 'Windows-31J' ? 'shift_jis' : charset).decode(bytes);
  const element = (name: string) =>
    unescapeXml(new RegExp(`<${name}[^>]*>([\\s\\S]*?)</${name}>`).exec(body)?.[1] ?? '');
  return {
    status: response.status,
    type: /<response type="([^"]*)"/.exec(body)?.[1] ?? '',
    desc: unescapeXml(/<response [^>]*desc="([^"]*)"/.exec(body)?.[1] ?? ''),
    code: element('code'),
    messages: element('messages'),
    returned: element('returned-contents'),
    body,
    headers: response.headers,
  };
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#13;', '\r')
    .replaceAll('&amp;', '&');
}

/** A request of type `type` in the application SAMPLE1. */
export function ask(
  server: Pick<Running, 'url'>,
  type: string,
  parameters: readonly (readonly [string, string, string?])[] = [],
  contents = '',
  headers: Record<string, string> = {},
): Promise<Answer> {
  return post(server, document(type, [['APPLICATION', 'SAMPLE1'], ...parameters], contents), headers);
}

export const year = (fy: string) =>
  [
    ['FORM', 'IMPORT_ACT1'],
    ['PARTICIPANT', '#NONE'],
    ['POV', fy, '#FY'],
  ] as const;
