import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessKeys } from '../../modules/identity/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { AppError, type Locale } from '../../platform/errors.ts';
import { logFailure } from '../../platform/http/problem.ts';
import { toAppError } from '../../platform/http/request-error.ts';
import type { Logger } from '../../platform/log/log.ts';
import { getData } from './actions/get-data.ts';
import { listData } from './actions/list-data.ts';
import { deleteData, insertData, updateData } from './actions/save-data.ts';
import type { Action, AppSuiteDependencies } from './call.ts';
import { refusalOf } from './envelope.ts';
import { errors } from './errors.ts';
import { type Parameters, readParameters } from './parameters.ts';

export { createWebhookBody } from './webhook-body.ts';

type Dependencies = AppSuiteDependencies & {
  accessKeys: AccessKeys;
  /** Language of messages; the API has no way to ask for one. */
  locale: () => Locale;
  log: Logger;
};

const actions: ReadonlyMap<string, Action> = new Map([
  ['list_data', listData],
  ['get_data', getData],
  ['insert_data', insertData],
  ['update_data', updateData],
  ['delete_data', deleteData],
]);

/** The AppSuite API under `/cgi-bin/dneo/` (appsuite §2): one address, `action` says what is wanted. */
export function createAppSuite(deps: Dependencies): FastifyPluginAsync {
  return async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers();
    // bodies are read by the action's own reader, whatever type they claim to have
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    await app.register(multipart, { throwFileSizeLimit: false });
    for (const extension of ['cgi', 'exe']) {
      app.route({
        method: ['GET', 'POST'],
        url: `/cgi-bin/dneo/appsr.${extension}`,
        handler: (request, reply) => serve(deps, request, reply),
      });
    }
  };
}

async function serve(deps: Dependencies, request: FastifyRequest, reply: FastifyReply) {
  let parameters: Parameters | undefined;
  try {
    parameters = await readParameters(request);
    const caller = await authenticate(deps, request, parameters);
    if (!caller) return reply.code(403).send();
    const name = parameters.one('action') ?? '';
    const action = actions.get(name);
    if (name === '') throw errors.parameterMissing({ name: 'action' });
    if (!action) throw errors.actionUnknown({ action: name.slice(0, 100) });
    const answer = await action({ deps, caller, parameters, request, reply });
    if (reply.sent) return reply;
    return sendJson(reply, { status: 'ok', ...answer });
  } catch (thrown) {
    return sendJson(reply, refusalOf(appErrorOf(thrown, request, deps.log), deps.locale()));
  } finally {
    await parameters?.discard();
  }
}

function sendJson(reply: FastifyReply, body: object) {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body));
}

/** The key of the header or else of the parameter (appsuite §2.2; the header wins). */
async function authenticate(
  { accessKeys, locale }: Dependencies,
  request: FastifyRequest,
  parameters: Parameters,
): Promise<Caller | undefined> {
  const header = request.headers['x-desknets-auth'];
  const key = (Array.isArray(header) ? header[0] : header) ?? parameters.one('access_key') ?? '';
  return accessKeys.authenticate(key, {
    via: 'appsuite',
    locale: locale(),
    requestId: request.id,
    address: request.ip,
  });
}

function appErrorOf(thrown: unknown, request: FastifyRequest, log: Logger): AppError {
  if (thrown instanceof AppError) return thrown;
  const { code = '', message = '' } = thrown as { code?: string; message?: string };
  if (/^FST_(FILES|FIELDS|PARTS|REQ_FILE)/.test(code)) return errors.bodyTooLarge({ limit: 2048 });
  if (/multipart|boundary|part header|end of form/i.test(message) || code === 'ECONNRESET')
    return errors.bodyBroken();
  const error = toAppError(thrown);
  if (error.kind === 'internal') logFailure(thrown, request, log);
  return error;
}
