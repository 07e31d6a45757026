import type { Locale } from './errors.ts';

/** The ways into the server; `system` is the server itself (start-up, jobs, the command line). */
export type Dialect = 'ssm' | 'appsuite' | 'fusion_place' | 'oscm' | 'native' | 'system';

export const roles = [
  'admin',
  'designer',
  'userManager',
  'technologyProvider',
  'supplier',
  'customerAdmin',
] as const;
export type Role = (typeof roles)[number];

/**
 * On whose behalf something happens and by which way he came. Every module function that reads or writes for
 * somebody takes one; rights follow from it, nowhere else.
 */
export type Caller = {
  /** The user's number (his key in the database, and his id on the AppSuite wire). */
  readonly user: number;
  readonly login: string;
  readonly name: string;
  /** Numbers of his groups. */
  readonly groups: readonly number[];
  readonly roles: ReadonlySet<Role>;
  /** What his token allows beyond "everything": absent means everything. */
  readonly scopes?: ReadonlySet<string>;
  readonly via: Dialect;
  readonly locale: Locale;
  readonly requestId: string;
  /** Address of the client, where there is one. */
  readonly address?: string;
};

export function isAdmin(caller: Caller): boolean {
  return caller.roles.has('admin');
}
