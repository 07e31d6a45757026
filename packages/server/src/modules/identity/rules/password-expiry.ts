import type { UserKind } from '../store/users.ts';

/** What a sign-in with an expired password gets; `change` needs a screen, which an API has not (ssm §1.6 fact 31). */
export type ExpiredPasswordRule = 'login' | 'deny' | 'change';
export type PasswordExpiry = Readonly<Record<UserKind, ExpiredPasswordRule>>;

/** Whether an API may let the user in (ssm §1.6 fact 30). */
export function mayLogIn(user: { kind: UserKind; expired: boolean }, rules: PasswordExpiry): boolean {
  return !user.expired || rules[user.kind] === 'login';
}
