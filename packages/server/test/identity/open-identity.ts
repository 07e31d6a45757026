import { randomUUID } from 'node:crypto';
import {
  type AccessEntry,
  createIdentity,
  type How,
  type Identity,
  type PasswordExpiry,
} from '../../src/modules/identity/index.ts';
import type { Database } from '../../src/platform/database/database.ts';
import { AppError, collectErrors } from '../../src/platform/errors.ts';
import type { Change, WorkspaceFile } from '../../src/platform/workspace-section.ts';

export const lives = { access: 3600, refresh: 30 * 86_400 };
export const secretKey = Buffer.from('a key for the tests');

export function how(via: How['via'] = 'native', address = '192.0.2.7'): How {
  return { via, locale: 'ja', requestId: randomUUID(), address };
}

export type OpenIdentity = Identity & { entries: AccessEntry[]; passwordExpiry: PasswordExpiry };

/** The module as main.ts makes it; `entries` collects what it tells the access log. */
export async function openIdentity(database: Database): Promise<OpenIdentity> {
  const entries: AccessEntry[] = [];
  const opened = {
    entries,
    passwordExpiry: { serviceDesk: 'login', endUser: 'change' } as PasswordExpiry,
  };
  const identity = await createIdentity({
    database,
    secretKey,
    passwordExpiry: () => opened.passwordExpiry,
    accessLog: {
      record: async (_db, entry) => void entries.push(entry),
      note: (entry) => void entries.push(entry),
    },
  });
  return Object.assign(opened, identity);
}

/** Applies a workspace file as `renkei apply` does; throws its faults, gives the changes. */
export async function apply(
  database: Database,
  { section }: Identity,
  file: WorkspaceFile,
  { prune = false, secrets = {} }: { prune?: boolean; secrets?: Record<string, string> } = {},
): Promise<Change[]> {
  return database.transaction(async (tx) => {
    const plan = await section.plan(tx, file, {
      prune,
      async readSecret(reference) {
        const text = secrets[(reference as { env: string }).env];
        return text ?? new AppError('settings.noSecret', 'invalid', { ja: '', en: 'no such secret' });
      },
    });
    const fault = collectErrors(plan.faults);
    if (fault) throw fault;
    await plan.apply(tx);
    return plan.changes;
  });
}

/** The code of the refusal, or `ok`. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof AppError) return error.code;
      throw error;
    },
  );
}

export const staff: WorkspaceFile = {
  groups: [{ id: 'it', number: 3, name: '情報システム部' }],
  users: [
    {
      id: 'maeda',
      number: 15,
      name: '前田隆',
      mail: 'maeda@example.com',
      password: 'pass-maeda-1',
      kind: 'serviceDesk',
      groups: ['it'],
      roles: ['admin'],
      accessKeys: ['key-maeda-1'],
    },
    { id: 'sasaki', number: 16, name: '佐々木', password: 'pass-sasaki-1', kind: 'endUser' },
    { id: 'saml', number: 17, password: 'pass-saml-1', authMethod: 'saml' },
  ],
};
