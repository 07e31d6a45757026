import type { Identity } from '../../../modules/identity/index.ts';
import type { Action } from '../call.ts';

const pageSize = 500;

/** `list_users` of the common API: everybody, by login name (appsuite §2.1 fact 35). */
export function listUsers(directory: Identity['directory']): Action {
  return async ({ caller }) => {
    const item: { id: string; name: string; login_id: string; mail: string }[] = [];
    for (let cursor: string | undefined; ; ) {
      const { items, next } = await directory.listUsers(caller, { limit: pageSize, cursor });
      item.push(
        ...items.map(({ number, name, login, mail }) => ({
          id: String(number),
          name,
          login_id: login,
          mail: mail ?? '',
        })),
      );
      if (next === undefined) return { list: { item } };
      cursor = next;
    }
  };
}
