/**
 * The settings file of the SSM API server (`ssmwebapi.conf`, ssm §1.4 and §1.5) as settings of this server: what each
 * key becomes, which are unknown or missing, and what an operator has to know.
 */
import { defineErrors, type Locale } from '../platform/errors.ts';
import { decodeWindows31j } from '../platform/text/windows31j.ts';
import { type Assignment, type PythonValue, readAssignments } from './python-literals.ts';

export type ImportedConf = {
  /** `RENKEI_…` and value, in the order to print. */
  settings: [key: string, value: string][];
  /** Sentences for the operator. */
  remarks: string[];
};

const errors = defineErrors('conf', {
  encoding: {
    kind: 'invalid',
    ja: 'ファイルの文字コードが{encoding}として正しくありません',
    en: 'the file is not valid {encoding}',
  },
  value: {
    kind: 'invalid',
    ja: '{line}行目: {key}には{allowed}を指定してください',
    en: 'line {line}: {key} must be {allowed}',
  },
});

const remarks = {
  unknown: {
    ja: '{line}行目: {key}は知らないキーです（無視します）',
    en: 'line {line}: {key} is an unknown key and is ignored',
  },
  repeated: {
    ja: '{line}行目: {key}は2度目の指定です（後の値を使います）',
    en: 'line {line}: {key} is given again; the later value counts',
  },
  missing: {
    ja: '{key}がありません。製品の既定値を使います: {default}',
    en: '{key} is missing; the documented default applies: {default}',
  },
  missingOwn: {
    ja: '{key}がありません。文書化された既定値はなく、Renkeiの既定を使います: {default}',
    en: '{key} is missing and has no documented default; the default of Renkei applies: {default}',
  },
  otherValue: {
    ja: '{line}行目: {key}がTrueでもFalseでもないため、Trueとして扱います',
    en: 'line {line}: {key} is neither True nor False and counts as True',
  },
  secretText: {
    ja: '{line}行目: SECRET_KEYがbytesではなく文字列です。UTF-8のバイト列として扱います',
    en: 'line {line}: SECRET_KEY is text rather than bytes; its UTF-8 bytes are taken',
  },
  secretForm: {
    ja: 'SECRET_KEY → RENKEI_SECRET_KEY（base64）。既存のトークンは引き継がれず、利用者はログインし直します',
    en: 'SECRET_KEY becomes RENKEI_SECRET_KEY in base64; earlier tokens do not carry over, users log in again',
  },
  life: {
    ja: '{key} → {setting}（秒）',
    en: '{key} becomes {setting} in seconds',
  },
  noExpiry: {
    ja: '{line}行目: {key} = False（無期限）に当たる設定はありません。Renkeiの既定を使います',
    en: 'line {line}: {key} = False (no expiry) has no counterpart; the default of Renkei applies',
  },
  oracle: {
    ja: 'SQLALCHEMY_DATABASE_URIはOracle Databaseです。RenkeiはPostgreSQLで動くため、データをPostgreSQLへ移し、RENKEI_DATABASE_URLをその接続先に変えてください',
    en: 'SQLALCHEMY_DATABASE_URI is an Oracle database: Renkei runs on PostgreSQL, so the data must be moved to PostgreSQL and RENKEI_DATABASE_URL be set to its address',
  },
  ownTables: {
    ja: 'RENKEI_DATABASE_URL: Renkeiは自分の表を作ります。SSMの表は読みません',
    en: 'RENKEI_DATABASE_URL: Renkei makes its own tables there and does not read those of SSM',
  },
  longPassword: {
    ja: 'データベースのパスワードが{length}桁です。製品の上限は28桁です',
    en: 'The database password has {length} characters; the product allows at most 28',
  },
  upstream: {
    ja: 'SSMWEB_SERVER_PROTOCOLとSSMWEB_SERVER_HOST → RENKEI_UPSTREAM_AUTH_URL。RenkeiはここへJSON {"username","password"} をPOSTします。認証を受け付けるパスを補うか、空にしてRenkeiで認証してください',
    en: 'SSMWEB_SERVER_PROTOCOL and SSMWEB_SERVER_HOST become RENKEI_UPSTREAM_AUTH_URL: Renkei posts JSON {"username","password"} to it. Add the path that answers, or leave it empty to check passwords in Renkei',
  },
  port: {
    ja: 'このファイルにポートはありません。RENKEI_PORTに49152～65535の番号を指定してください（既定49152）',
    en: 'The file holds no port: set RENKEI_PORT to one of 49152-65535 (default 49152)',
  },
  notCarried: {
    ja: '{key}に当たる設定はありません',
    en: '{key} has no counterpart here',
  },
} as const;

const knownKeys = new Set([
  'SSMWEB_SERVER_PROTOCOL',
  'SSMWEB_SERVER_HOST',
  'SQLALCHEMY_DATABASE_URI',
  'SECRET_KEY',
  'JWT_ACCESS_TOKEN_EXPIRES',
  'JWT_REFRESH_TOKEN_EXPIRES',
  'PUBLISH_HEALTHCHECK_API',
  'SSL_CERT_VERIFICATION',
  'ACCESS_URL_SOURCE',
]);

/** The most characters of a database password (ssm §1.5 fact 27). */
const longestPassword = 28;

/** Reads the file's bytes; throws an AppError with the line of the first thing that is wrong. */
export function readSsmwebapiConf(file: Buffer, locale: Locale): ImportedConf {
  const settings: ImportedConf['settings'] = [];
  const sentences: string[] = [];
  const say = (name: keyof typeof remarks, params: Record<string, string | number> = {}) =>
    sentences.push(
      remarks[name][locale].replaceAll(/\{(\w+)\}/g, (whole, key: string) => String(params[key] ?? whole)),
    );

  const given = new Map<string, Assignment>();
  for (const assignment of readAssignments(decode(file))) {
    const { name, line } = assignment;
    if (!knownKeys.has(name)) say('unknown', { key: name, line });
    else if (given.has(name)) say('repeated', { key: name, line });
    given.set(name, assignment);
  }

  const text = (key: string, allowed: string, pattern: RegExp): string | undefined => {
    const found = given.get(key);
    if (found === undefined) return undefined;
    const { value, line } = found;
    if (value.type !== 'str' || !pattern.test(value.value)) throw errors.value({ key, line, allowed });
    return value.value;
  };

  function upstream(): void {
    const protocol = text('SSMWEB_SERVER_PROTOCOL', '"http", "https"', /^https?$/);
    const host = text('SSMWEB_SERVER_HOST', '"host"', /^(?:[\p{L}\p{N}._-]+|\[[0-9A-Fa-f:.]+\])$/u);
    if (protocol === undefined)
      say('missingOwn', { key: 'SSMWEB_SERVER_PROTOCOL', default: 'RENKEI_UPSTREAM_AUTH_URL=' });
    if (host === undefined)
      say('missingOwn', { key: 'SSMWEB_SERVER_HOST', default: 'RENKEI_UPSTREAM_AUTH_URL=' });
    if (host !== undefined && protocol === undefined) say('notCarried', { key: 'SSMWEB_SERVER_HOST' });
    if (protocol === undefined || host === undefined) return;
    settings.push(['RENKEI_UPSTREAM_AUTH_URL', `${protocol}://${host}`]);
    say('upstream');
  }

  function database(): void {
    const key = 'SQLALCHEMY_DATABASE_URI';
    const form = /^(oracle(?:\+\w+)?|postgresql(?:\+\w+)?):\/\/(?:([^:/\s]*)(?::(.*))?@)?([^@\s\p{Cc}]*)$/su;
    const allowed =
      '"oracle://user:password@host:port/name", "postgresql+psycopg2://user:password@host:port/name"';
    const uri = text(key, allowed, form);
    if (uri === undefined) {
      say('missingOwn', { key, default: 'embedded PostgreSQL' });
      return;
    }
    const [, driver = '', user = '', password, rest = ''] = form.exec(uri)!;
    const length = [...unescaped(password ?? '')].length;
    if (length > longestPassword) say('longPassword', { length });
    // SQLAlchemy takes everything up to the last @ as the password; URLs elsewhere want its signs escaped.
    const safe = password?.replaceAll(/[@/?#[\]\s\p{Cc}]/gu, encodeURIComponent);
    settings.push(['RENKEI_DATABASE_URL', safe === password ? uri : `${driver}://${user}:${safe}@${rest}`]);
    say(driver.startsWith('oracle') ? 'oracle' : 'ownTables');
  }

  function secret(): void {
    const found = given.get('SECRET_KEY');
    if (found === undefined) {
      say('missingOwn', { key: 'SECRET_KEY', default: 'made up at first start' });
      return;
    }
    const { value, line } = found;
    const bytes =
      value.type === 'bytes' ? value.value : value.type === 'str' ? Buffer.from(value.value) : undefined;
    if (!bytes?.length) throw errors.value({ key: 'SECRET_KEY', line, allowed: "b'…'" });
    if (value.type === 'str') say('secretText', { line });
    settings.push(['RENKEI_SECRET_KEY', bytes.toString('base64')]);
    say('secretForm');
  }

  function life(key: string, setting: string, fallback: string): void {
    const found = given.get(key);
    if (found === undefined) {
      say('missingOwn', { key, default: fallback });
      return;
    }
    const { value, line } = found;
    if (value.type === 'bool' && !value.value) {
      say('noExpiry', { key, line });
      return;
    }
    const seconds = value.type === 'timedelta' || value.type === 'number' ? Math.ceil(value.value) : 0;
    if (seconds <= 0) throw errors.value({ key, line, allowed: 'datetime.timedelta(...) > 0' });
    settings.push([setting, String(seconds)]);
    say('life', { key, setting });
  }

  /** Only the literal `False` is false (ssm §1.5); 0, "False" and None are not. */
  function flag(key: string, setting: string): void {
    const found = given.get(key);
    const value: PythonValue = found?.value ?? { type: 'bool', value: true };
    if (found === undefined) say('missing', { key, default: 'True' });
    else if (value.type !== 'bool') say('otherValue', { key, line: found.line });
    settings.push([setting, String(value.type !== 'bool' || value.value)]);
  }

  function accessUrl(): void {
    const key = 'ACCESS_URL_SOURCE';
    const source = text(key, '"http://…", "https://…", ""', /^(?:https?:\/\/[^\s\p{Cc}]+)?$/u);
    if (source === undefined) say('missing', { key, default: '""' });
    settings.push(['RENKEI_ACCESS_URL_SOURCE', source ?? '']);
  }

  upstream();
  database();
  secret();
  life('JWT_ACCESS_TOKEN_EXPIRES', 'RENKEI_ACCESS_TOKEN_TTL', '3600');
  life('JWT_REFRESH_TOKEN_EXPIRES', 'RENKEI_REFRESH_TOKEN_TTL', '2592000');
  flag('PUBLISH_HEALTHCHECK_API', 'RENKEI_PUBLISH_HEALTHCHECK');
  flag('SSL_CERT_VERIFICATION', 'RENKEI_TLS_VERIFY');
  accessUrl();
  say('port');
  return { settings, remarks: sentences };
}

/** UTF-8, or what a coding comment in the first two lines says (PEP 263). */
function decode(file: Buffer): string {
  const [first = '', second = ''] = file
    .subarray(0, 400)
    .toString('latin1')
    .split(/\r\n?|\n/);
  const named = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/;
  const encoding =
    (named.exec(first) ?? (/^[ \t\f]*(?:#|$)/.test(first) ? named.exec(second) : null))?.[1] ?? 'utf-8';
  try {
    if (/^(?:cp932|ms932|windows[-_]31j|shift[-_]?jis|sjis)$/i.test(encoding)) return decodeWindows31j(file);
    if (/^(?:utf[-_]?8(?:-sig)?|us-ascii|ascii)$/i.test(encoding))
      return new TextDecoder('utf-8', { fatal: true }).decode(file);
  } catch {
    // Said below.
  }
  throw errors.encoding({ encoding });
}

/** Without its percent escapes, which SQLAlchemy undoes too; as it stands where they are none. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
