import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../../modules/identity/index.ts';
import type { Records } from '../../modules/records/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { AppError, type Locale } from '../../platform/errors.ts';
import { logFailure, requestLocale } from '../../platform/http/problem.ts';
import { toAppError } from '../../platform/http/request-error.ts';
import type { Logger } from '../../platform/log/log.ts';
import type { Action } from './call.ts';
import { refusalOf } from './envelope.ts';
import { errors } from './errors.ts';
import { type Parameters, readParameters } from './parameters.ts';
import type { SerialQueue } from './serial-queue.ts';

export type Serving = {
  records: Records;
  directory: Identity['directory'];
  accessKeys: Identity['accessKeys'];
  timeZone: () => string;
  /** Language of messages for who does not ask for one. */
  locale: () => Locale;
  log: Logger;
  queue?: SerialQueue;
};

export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Finds out who calls and what he wants, and says it in the API's envelope. */
export function serveActions(serving: Serving, actions: ReadonlyMap<string, Action>): Handler {
  return (request, reply) =>
    answering(serving, request, reply, async (parameters) => {
      const caller = await authenticate(serving, request, parameters);
      if (!caller) return reply.code(403).send();
      const name = parameters.one('action') ?? '';
      const action = actions.get(name);
      if (name === '') throw errors.parameterMissing({ name: 'action' });
      if (!action) throw errors.actionUnknown({ action: name.slice(0, 100) });
      const entered = serving.queue?.enter();
      if (serving.queue && !entered) return reply.code(429).send();
      const leave = await entered;
      try {
        const answer = await action({ deps: serving, caller, parameters, request, reply });
        return reply.sent ? reply : sendJson(reply, { status: 'ok', ...answer });
      } finally {
        leave?.();
      }
    });
}

/** Reads the parameters for `work`, turns what it throws into a refusal, and tidies up. */
export async function answering(
  serving: Serving,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (parameters: Parameters) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  let parameters: Parameters | undefined;
  try {
    parameters = await readParameters(request);
    return await work(parameters);
  } catch (thrown) {
    return refuse(serving, thrown, request, reply);
  } finally {
    await parameters?.discard();
  }
}

/** Any thrown thing as the API's refusal; what is not the caller's fault is logged, and only there in full. */
export function refuse(
  serving: Serving,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = appErrorOf(thrown, request, serving.log);
  return sendJson(reply, refusalOf(error, requestLocale(request) ?? serving.locale()));
}

export function sendJson(reply: FastifyReply, body: object): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body));
}

/** How the caller came. */
export function howOf(serving: Serving, request: FastifyRequest) {
  return {
    via: 'appsuite' as const,
    locale: requestLocale(request) ?? serving.locale(),
    requestId: request.id,
    address: request.ip,
  };
}

/** The key of the header or else of the parameter (appsuite §2.2; the header wins). */
async function authenticate(
  serving: Serving,
  request: FastifyRequest,
  parameters: Parameters,
): Promise<Caller | undefined> {
  const header = request.headers['x-desknets-auth'];
  const key = (Array.isArray(header) ? header[0] : header) ?? parameters.one('access_key') ?? '';
  return serving.accessKeys.authenticate(key, howOf(serving, request));
}

function appErrorOf(thrown: unknown, request: FastifyRequest, log: Logger): AppError {
  if (thrown instanceof AppError) return thrown;
  const { code = '', message = '' } = thrown as { code?: string; message?: string };
  if (/^FST_(FILES|FIELDS|PARTS|REQ_FILE)/.test(code)) return errors.bodyTooLarge({ limit: 2048 });
  if (/multipart|boundary|part header|end of form/i.test(message) || code === 'ECONNRESET') {
    return errors.bodyBroken();
  }
  const error = toAppError(thrown);
  if (error.kind === 'internal') logFailure(thrown, request, log);
  return error;
}
