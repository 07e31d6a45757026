export const roles = [
  'admin',
  'designer',
  'userManager',
  'technologyProvider',
  'supplier',
  'customerAdmin',
] as const;
export type Role = (typeof roles)[number];
export type User = {
  id: string;
  number: number;
  name: string;
  // for administrators and user managers
  mail?: string;
  kind?: 'endUser' | 'serviceDesk';
  authMethod?: 'basic' | 'saml' | 'ldap';
  roles?: Role[];
  /** Numbers. */
  groups?: number[];
  deactivated?: boolean;
  accessKeysAllowed?: boolean;
};
export type Group = { id: string; number: number; name: string };

export const usersPath = '/v1/users';
export const groupsPath = '/v1/groups';

export function userPath(id: string): string {
  return `${usersPath}/${encodeURIComponent(id)}`;
}
export function groupPath(id: string): string {
  return `${groupsPath}/${encodeURIComponent(id)}`;
}
