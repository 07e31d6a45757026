import { spendPasswordCheck, verifyPassword } from '../../platform/crypto/passwords.ts';
import type { Database } from '../../platform/database/database.ts';
import { AppError } from '../../platform/errors.ts';
import { type AccessLog, type TokenOperation, tokenEntry } from './access-log.ts';
import type { How } from './directory.ts';
import { errors } from './errors.ts';
import { createSignInGate } from './sign-in-gate.ts';
import { type Credentials, readCredentials, storable } from './store/users.ts';

export type SignInRequest = { username: string; password: string };

/** Asks another server; throws when it gives no clear answer. */
export type DelegatedCheck = (username: string, password: string) => Promise<'yes' | 'no'>;

export type PasswordCheck = {
  /**
   * Who signs in with this name and password; `allowed` may refuse him on further grounds. Refusals go into the
   * access log and change nothing.
   * @throws wrongPassword, tooManySignIns, passwordCheckFailed (the delegated check threw) or what `allowed` throws
   */
  check(
    request: SignInRequest,
    how: How,
    options: {
      operation: TokenOperation;
      delegate?: DelegatedCheck | undefined;
      allowed?(user: Credentials): void | Promise<void>;
    },
  ): Promise<Credentials>;
};

export const maxPasswordLength = 1000;

export function createPasswordCheck(database: Database, log: AccessLog): PasswordCheck {
  const gate = createSignInGate();
  async function isRight(
    user: Credentials | undefined,
    { username, password }: SignInRequest,
    how: How,
    delegate: DelegatedCheck | undefined,
  ): Promise<boolean> {
    if (delegate) return user !== undefined && (await ask(delegate, username, password));
    const hash = user?.password_hash ?? '';
    const verify = () => (hash === '' ? spendPasswordCheck(password) : verifyPassword(hash, password));
    return gate.pass({ login: username, address: how.address }, { hash, password }, verify);
  }

  return {
    async check(request, how, { operation, delegate, allowed }) {
      const { username, password } = request;
      const possible = username.length <= 200 && storable(username);
      const user = possible ? await readCredentials(database, username) : undefined;
      try {
        const right =
          possible && password.length <= maxPasswordLength && (await isRight(user, request, how, delegate));
        if (user === undefined || !right) throw errors.wrongPassword();
        await allowed?.(user);
        return user;
      } catch (error) {
        const outcome = error instanceof AppError ? error.code : 'failed';
        log.note(tokenEntry(operation, user?.number, how, outcome));
        throw error;
      }
    },
  };
}

async function ask(delegate: DelegatedCheck, username: string, password: string): Promise<boolean> {
  try {
    return (await delegate(username, password)) === 'yes';
  } catch (cause) {
    const error = errors.passwordCheckFailed();
    error.cause = cause;
    throw error;
  }
}
