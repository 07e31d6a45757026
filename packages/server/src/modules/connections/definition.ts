import { parseCrontab } from 'graphile-worker';
import Type from 'typebox';

const closed = { additionalProperties: false } as const;
const secret = Type.Union([
  Type.String({ minLength: 1, maxLength: 20_000 }),
  Type.Object({ env: Type.String({ minLength: 1 }) }, closed),
  Type.Object({ file: Type.String({ minLength: 1 }) }, closed),
]);

/** A connection as the workspace file declares it (contract §3). */
export type ConnectionEntry = {
  name: string;
  /** A built-in source of `@renkei/connect`, or the path of a description that the server can read. */
  driver: string;
  connectionString: unknown;
  /** Who may use it beside administrators and designers: `everyone`, `user:ID`, `group:ID`. */
  access?: string[];
};

/** A sync copies a query's rows into an app (by a key) or through a form into a ledger. */
export type SyncEntry = { name: string; query: string; into: SyncTarget; every: string };
export type SyncTarget =
  | { app: string | number; key: string }
  | { application: string; form: string; participant?: string; pov?: Record<string, string> };

const Name = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,62}$' });
const Label = Type.String({ minLength: 1, maxLength: 100 });

export const schemas = {
  connections: Type.Array(
    Type.Object(
      {
        name: Name,
        driver: Type.String({ minLength: 1, maxLength: 1000 }),
        connectionString: secret,
        access: Type.Optional(Type.Array(Type.String({ pattern: '^(everyone|(user|group):.+)$' }))),
      },
      closed,
    ),
  ),
  syncs: Type.Array(
    Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 100 }),
        query: Type.String({ minLength: 1, maxLength: 100_000 }),
        into: Type.Union([
          Type.Object(
            { app: Type.Union([Type.String({ minLength: 1 }), Type.Integer()]), key: Label },
            closed,
          ),
          Type.Object(
            {
              application: Label,
              form: Label,
              participant: Type.Optional(Label),
              pov: Type.Optional(Type.Record(Type.String(), Label)),
            },
            closed,
          ),
        ]),
        every: Type.String({ minLength: 1, maxLength: 100 }),
      },
      closed,
    ),
  ),
};

/** Schemas that are not connections: those of the server, of SQLite and of the connector. */
export const reservedNames: ReadonlySet<string> = new Set(['apps', 'ledgers', 'main', 'temp', 'sys']);

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** When a sync runs: every so many seconds, or in the minutes that a cron line names (in the given time zone). */
export type Period = { seconds: number } | { matches(at: Date, timeZone: string): boolean };

/** Reads `2s`, `15m`, `1h`, `1d` or a cron line of five fields; undefined for anything else. */
export function readPeriod(text: string): Period | undefined {
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text.trim()) ?? [];
  if (count !== undefined) return { seconds: Number(count) * units[unit!]! };
  if (text.trim().split(/\s+/).length !== 5) return undefined;
  try {
    const [item] = parseCrontab(`${text.trim()} sync`);
    return { matches: (at, timeZone) => item!.match(digestOf(at, timeZone)) };
  } catch {
    return undefined;
  }
}

function digestOf(at: Date, timeZone: string) {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)!.value);
  const [year, month, date] = [of('year'), of('month'), of('day')];
  const dow = new Date(Date.UTC(year, month - 1, date)).getUTCDay();
  return { min: of('minute'), hour: of('hour'), date, month, dow };
}
