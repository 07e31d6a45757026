import { errors } from './errors.ts';
import { answering, type Handler, howOf, type Serving, sendJson } from './serve.ts';

/** Life of a key that the login API gives, in seconds. */
const keyLife = 12 * 3600;

/** `action=login` of module `dneor`: an access key for a login name and password (appsuite §2.2 fact 40). */
export function logIn(serving: Serving): Handler {
  return (request, reply) =>
    answering(serving, request, reply, async (parameters) => {
      const action = parameters.one('action') ?? '';
      if (action !== 'login') throw errors.actionUnknown({ action: action.slice(0, 100) });
      const given = (name: string) => {
        const value = parameters.one(name);
        if (value === undefined || value === '') throw errors.parameterMissing({ name });
        return value;
      };
      const credentials = { username: given('login_id'), password: given('password') };
      const { key, user } = await serving.accessKeys.issue(credentials, howOf(serving, request), keyLife);
      return sendJson(reply, {
        status: 'ok',
        access_key: key,
        user_id: String(user.number),
        name: user.name,
        default_group_id: user.groups[0] === undefined ? '' : String(user.groups[0]),
      });
    });
}
