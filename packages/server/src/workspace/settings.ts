import Type from 'typebox';
import { type Database, type Queryable, sql } from '../platform/database/database.ts';
import type { AppError, Locale } from '../platform/errors.ts';
import type { Change, SectionPlan, WorkspaceFile, WorkspaceSection } from '../platform/workspace-section.ts';
import { errors } from './errors.ts';

/** `settings` of the workspace file with everything filled in. */
export type WorkspaceSettings = {
  /** IANA name. */
  timezone: string;
  /** Language of messages for who did not ask for one. */
  locale: Locale;
  /** Bases of the addresses in webhook payloads; empty: the payload's is empty. */
  accessUrls: { internal: string; external: string };
  /** What a login with an expired password gets (ssm rule 30). */
  passwordExpiry: { serviceDesk: PasswordExpiry; endUser: PasswordExpiry };
  richText: { disallowedTags: 'sanitize' | 'reject' };
  mail: { security: 'smtp' | 'smtps' | 'starttls'; from: string };
};
export type PasswordExpiry = 'login' | 'deny' | 'change';

export const defaultSettings: WorkspaceSettings = {
  timezone: 'Asia/Tokyo',
  locale: 'ja',
  accessUrls: { internal: '', external: '' },
  passwordExpiry: { serviceDesk: 'login', endUser: 'login' },
  richText: { disallowedTags: 'sanitize' },
  mail: { security: 'smtp', from: 'renkei@localhost' },
};

const closed = { additionalProperties: false } as const;
const onExpiry = Type.Optional(Type.Enum(['login', 'deny', 'change']));
const schema = Type.Object(
  {
    timezone: Type.Optional(Type.String({ minLength: 1 })),
    locale: Type.Optional(Type.Enum(['ja', 'en'])),
    accessUrls: Type.Optional(
      Type.Object({ internal: Type.Optional(Type.String()), external: Type.Optional(Type.String()) }, closed),
    ),
    passwordExpiry: Type.Optional(Type.Object({ serviceDesk: onExpiry, endUser: onExpiry }, closed)),
    richText: Type.Optional(
      Type.Object({ disallowedTags: Type.Optional(Type.Enum(['sanitize', 'reject'])) }, closed),
    ),
    mail: Type.Optional(
      Type.Object(
        {
          security: Type.Optional(Type.Enum(['smtp', 'smtps', 'starttls'])),
          from: Type.Optional(Type.String({ minLength: 1, maxLength: 320 })),
        },
        closed,
      ),
    ),
  },
  closed,
);

export type SettingsSection = {
  section: WorkspaceSection;
  /** The settings in force in this process. */
  current(): WorkspaceSettings;
};

/** The `settings` key: stored as given, with the defaults laid under it when read. */
export function createSettings({ database }: { database: Database }): SettingsSection {
  let current = defaultSettings;
  return {
    current: () => current,
    section: {
      schemas: { settings: schema },
      plan,
      async export(db) {
        const stored = await readStored(db);
        return stored.size === 0 ? {} : { settings: unflatten(stored) };
      },
      async reload() {
        current = unflatten(
          new Map([...flatten(defaultSettings), ...(await readStored(database))]),
        ) as WorkspaceSettings;
      },
    },
  };
}

/** Settings by their path in the file, `mail.from`: a group is two levels deep at most. */
type Flat = Map<string, string>;

async function readStored(db: Queryable): Promise<Flat> {
  const row = await db.row<{ content: object }>(sql`SELECT content FROM workspace.settings`);
  return flatten(row?.content ?? {});
}

async function plan(db: Queryable, file: WorkspaceFile, { prune }: { prune: boolean }): Promise<SectionPlan> {
  const stored = await readStored(db);
  const given = flatten((file.settings as object | undefined) ?? {});
  const changes: Change[] = [];
  const result: Flat = new Map(prune ? [] : stored);
  for (const [id, value] of given) {
    const before = stored.get(id);
    result.set(id, value);
    if (before === value) changes.push({ action: 'keep', kind: 'setting', id });
    else if (before === undefined) changes.push({ action: 'add', kind: 'setting', id, details: [value] });
    else changes.push({ action: 'change', kind: 'setting', id, details: [`${before} → ${value}`] });
  }
  if (prune) {
    for (const id of stored.keys()) {
      if (!given.has(id)) changes.push({ action: 'remove', kind: 'setting', id });
    }
  }
  return {
    changes,
    faults: faultsOf(given),
    async apply(tx) {
      const content = JSON.stringify(unflatten(result));
      await tx.run(sql`
        INSERT INTO workspace.settings (content) VALUES (${content})
        ON CONFLICT (singleton) DO UPDATE SET content = excluded.content`);
    },
  };
}

function faultsOf(given: Flat): AppError[] {
  const faults: AppError[] = [];
  const timezone = given.get('timezone');
  if (timezone !== undefined && !isTimezone(timezone)) {
    faults.push(errors.timezone({ value: timezone }, '/settings/timezone'));
  }
  for (const name of ['internal', 'external']) {
    const value = given.get(`accessUrls.${name}`);
    if (value && !(URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))) {
      faults.push(errors.url({ value }, `/settings/accessUrls/${name}`));
    }
  }
  const from = given.get('mail.from');
  // one address, with or without a name before it; nothing that could begin another header
  if (from !== undefined && !/^(?:[^\r\n<>]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/.test(from)) {
    faults.push(errors.mailAddress({ value: from }, '/settings/mail/from'));
  }
  return faults;
}

/** Names only: Intl also takes offsets such as +09:00, which PostgreSQL reads with the opposite sign. */
function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

function flatten(content: object): Flat {
  const flat: Flat = new Map();
  for (const [key, value] of Object.entries(content)) {
    if (typeof value === 'string') flat.set(key, value);
    else
      for (const [name, inner] of Object.entries(value as object)) flat.set(`${key}.${name}`, String(inner));
  }
  return flat;
}

/** In the order of the defaults, so that an export always looks the same. */
function unflatten(flat: Flat): object {
  const content: Record<string, string | Record<string, string>> = {};
  for (const path of flatten(defaultSettings).keys()) {
    const value = flat.get(path);
    const [key, name] = path.split('.') as [string, string?];
    if (value === undefined) continue;
    if (name === undefined) content[key] = value;
    else content[key] = { ...(content[key] as object | undefined), [name]: value };
  }
  return content;
}
