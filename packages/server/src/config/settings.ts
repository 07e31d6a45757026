import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { type LogLevel, logLevels } from '../platform/log/log.ts';
import { readers, SettingError } from './setting-readers.ts';

export const trafficModes = ['full', 'headers', 'off'] as const;
const dialects = ['ssm', 'appsuite', 'fusion_place', 'oscm', 'native'] as const;
export type ServedDialect = (typeof dialects)[number];

/** A further port with its own dialects and its own values of the settings. */
export type ListenerSettings = {
  host: string;
  port: number;
  dialects: readonly ServedDialect[];
  settings: Settings;
};

export type Settings = {
  host: string;
  port: number;
  listeners: readonly ListenerSettings[];
  tls: { cert: string; key: string } | undefined;
  dataDir: string;
  databaseUrl: string | undefined;
  workspace: string | undefined;
  adminPassword: string | undefined;
  secretKey: string | undefined;
  /** Seconds. */
  accessTokenTtl: number;
  /** Seconds. */
  refreshTokenTtl: number;
  publishHealthcheck: boolean;
  upstreamAuthUrl: string | undefined;
  tlsVerify: boolean;
  accessUrlSource: string | undefined;
  /** What the SSM API of this listener does with disallowed tags; undefined: what the workspace says. */
  richTextDisallowedTags: 'sanitize' | 'reject' | undefined;
  outboundAllow: readonly string[];
  smtpUrl: string | undefined;
  logLevel: LogLevel;
  /** What is kept of requests for the traffic page. */
  traffic: (typeof trafficModes)[number];
  appsuiteSerial: boolean;
  fusionPlaceAuth: readonly ('bearer' | 'digest' | 'basic')[];
  /** What a compressed body may unpack to, in bytes. */
  maxUnpacked: number;
};

type Source = (key: string) => unknown;

/**
 * All settings from the environment and, below it, `renkei.yaml` in the data folder or beside it.
 * @throws SettingError naming the key, the value and what is allowed
 */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const dataDir = resolve(environment.RENKEI_DATA_DIR || './data');
  const file = readFile(dataDir);
  const source: Source = (key) => {
    const path = environment[`${key}_FILE`] || undefined;
    if (path !== undefined) return readSecretFile(`${key}_FILE`, path);
    return environment[key] === undefined || environment[key] === '' ? file[key] : environment[key];
  };
  return { ...readAll(source), dataDir };
}

/** Which settings are given, and where: the environment goes before `renkei.yaml`, a file with a value before both. */
export function settingSources(
  dataDir: string,
  environment: NodeJS.ProcessEnv,
): Map<string, 'environment' | 'file' | 'secretFile'> {
  const file = readFile(resolve(dataDir));
  const sources = new Map<string, 'environment' | 'file' | 'secretFile'>();
  for (const key of settingKeys) {
    if (environment[`${key}_FILE`]) sources.set(key, 'secretFile');
    else if (environment[key]) sources.set(key, 'environment');
    else if (file[key] !== undefined) sources.set(key, 'file');
  }
  return sources;
}

export const settingKeys = [
  'HOST',
  'PORT',
  'LISTENERS',
  'TLS_CERT',
  'TLS_KEY',
  'DATA_DIR',
  'DATABASE_URL',
  'WORKSPACE',
  'ADMIN_PASSWORD',
  'SECRET_KEY',
  'ACCESS_TOKEN_TTL',
  'REFRESH_TOKEN_TTL',
  'PUBLISH_HEALTHCHECK',
  'UPSTREAM_AUTH_URL',
  'TLS_VERIFY',
  'ACCESS_URL_SOURCE',
  'RICH_TEXT_DISALLOWED_TAGS',
  'OUTBOUND_ALLOW',
  'SMTP_URL',
  'LOG_LEVEL',
  'TRAFFIC',
  'APPSUITE_SERIAL',
  'FUSION_PLACE_AUTH',
  'MAX_UNPACKED',
].map((key) => `RENKEI_${key}`);

function readAll(source: Source): Omit<Settings, 'dataDir'> {
  const read = readers(source);
  const cert = read.file('RENKEI_TLS_CERT');
  const key = read.file('RENKEI_TLS_KEY');
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'RENKEI_TLS_CERT' : 'RENKEI_TLS_KEY';
    throw new SettingError(missing, '', 'a PEM file: certificate and key go together');
  }
  return {
    host: read.text('RENKEI_HOST') ?? '127.0.0.1',
    port: read.integer('RENKEI_PORT', 0, 65535) ?? 49152,
    listeners: readListeners(source),
    tls: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    databaseUrl: read.url('RENKEI_DATABASE_URL', ['postgres:', 'postgresql:', 'postgresql+psycopg2:']),
    workspace: read.file('RENKEI_WORKSPACE'),
    adminPassword: read.text('RENKEI_ADMIN_PASSWORD'),
    secretKey: read.secret('RENKEI_SECRET_KEY', 16),
    accessTokenTtl: read.duration('RENKEI_ACCESS_TOKEN_TTL') ?? 3600,
    refreshTokenTtl: read.duration('RENKEI_REFRESH_TOKEN_TTL') ?? 30 * 86_400,
    publishHealthcheck: read.boolean('RENKEI_PUBLISH_HEALTHCHECK') ?? true,
    upstreamAuthUrl: read.url('RENKEI_UPSTREAM_AUTH_URL', ['http:', 'https:']),
    tlsVerify: read.boolean('RENKEI_TLS_VERIFY') ?? true,
    accessUrlSource: read.url('RENKEI_ACCESS_URL_SOURCE', ['http:', 'https:']),
    richTextDisallowedTags: read.choice('RENKEI_RICH_TEXT_DISALLOWED_TAGS', ['sanitize', 'reject'] as const),
    outboundAllow: read.list('RENKEI_OUTBOUND_ALLOW') ?? [],
    smtpUrl: read.url('RENKEI_SMTP_URL', ['smtp:', 'smtps:']),
    logLevel: read.choice('RENKEI_LOG_LEVEL', logLevels) ?? 'info',
    traffic: read.choice('RENKEI_TRAFFIC', trafficModes) ?? 'full',
    appsuiteSerial: read.boolean('RENKEI_APPSUITE_SERIAL') ?? false,
    fusionPlaceAuth: read.choices('RENKEI_FUSION_PLACE_AUTH', ['bearer', 'digest', 'basic'] as const) ?? [
      'bearer',
      'digest',
    ],
    maxUnpacked: read.integer('RENKEI_MAX_UNPACKED', 1, Number.MAX_SAFE_INTEGER) ?? 2 * 1024 ** 3,
  };
}

/** `RENKEI_LISTENERS`: each listener's settings are the server's with its own laid over them. */
function readListeners(source: Source): ListenerSettings[] {
  const key = 'RENKEI_LISTENERS';
  const given = source(key);
  if (given === undefined) return [];
  const allowed = 'a list of {"host"?, "port", "dialects"?: […], "settings"?: {RENKEI_…: value}}';
  const list = typeof given === 'string' ? parseJson(key, given, allowed) : given;
  if (!Array.isArray(list)) throw new SettingError(key, JSON.stringify(given), allowed);
  return list.map((entry: unknown, index) => readListener(source, entry, `${key}[${index}]`, allowed));
}

function readListener(source: Source, entry: unknown, place: string, allowed: string): ListenerSettings {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new SettingError(place, JSON.stringify(entry), allowed);
  }
  const { host, port, dialects: names = dialects, settings = {}, ...rest } = entry as Record<string, unknown>;
  const [unknownKey] = Object.keys(rest);
  if (unknownKey !== undefined)
    throw new SettingError(`${place}.${unknownKey}`, String(rest[unknownKey]), allowed);
  if (!Array.isArray(names) || names.some((name) => !dialects.includes(name))) {
    throw new SettingError(`${place}.dialects`, JSON.stringify(names), `a list of ${dialects.join(', ')}`);
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new SettingError(`${place}.settings`, JSON.stringify(settings), 'an object of RENKEI_ settings');
  }
  const own = settings as Record<string, unknown>;
  for (const name of Object.keys(own)) {
    if (!settingKeys.includes(name) || name === 'RENKEI_LISTENERS') {
      throw new SettingError(
        `${place}.settings.${name}`,
        String(own[name]),
        'a RENKEI_ setting of a listener',
      );
    }
  }
  const laidOver: Source = (name) => {
    if (name === 'RENKEI_LISTENERS') return undefined;
    if (name === 'RENKEI_PORT') return port ?? '';
    if (name === 'RENKEI_HOST') return host ?? source(name);
    return own[name] === undefined ? source(name) : String(own[name]);
  };
  const whole = { ...readAll(laidOver), dataDir: '' };
  if (port === undefined) throw new SettingError(`${place}.port`, '', 'a port from 0 to 65535');
  return { host: whole.host, port: whole.port, dialects: names as ServedDialect[], settings: whole };
}

function parseJson(key: string, text: string, allowed: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SettingError(key, text, `JSON: ${allowed}`);
  }
}

function readFile(dataDir: string): Record<string, unknown> {
  const path = [join(dataDir, 'renkei.yaml'), join(dirname(dataDir), 'renkei.yaml')].find((place) =>
    existsSync(place),
  );
  if (path === undefined) return {};
  const document = parseDocument(readFileSync(path, 'utf8'));
  const [error] = document.errors;
  if (error) throw new SettingError(path, error.message.split('\n')[0] ?? '', 'YAML with RENKEI_… keys');
  const values: unknown = document.toJS() ?? {};
  if (typeof values !== 'object' || Array.isArray(values)) {
    throw new SettingError(path, String(values), 'YAML with RENKEI_… keys');
  }
  const known = new Set(settingKeys.flatMap((key) => [key, `${key}_FILE`]));
  for (const [key, value] of Object.entries(values as object)) {
    if (!known.has(key)) throw new SettingError(key, String(value), `a key of ${settingKeys.join(', ')}`);
  }
  const given = values as Record<string, unknown>;
  return Object.fromEntries(
    settingKeys.map((key) => {
      const secret = given[`${key}_FILE`];
      return [key, secret === undefined ? given[key] : readSecretFile(`${key}_FILE`, String(secret))];
    }),
  );
}

function readSecretFile(key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    throw new SettingError(key, path, 'a file that can be read');
  }
}
