import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../../modules/identity/index.ts';
import type { Planning } from '../../modules/planning/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { AppError, type Locale } from '../../platform/errors.ts';
import { logFailure, statusOf } from '../../platform/http/problem.ts';
import { toAppError } from '../../platform/http/request-error.ts';
import type { Logger } from '../../platform/log/log.ts';
import { type AuthScheme, createAuthentication } from './authentication.ts';
import { createOAuthRoutes } from './oauth-routes.ts';
import { readParameters, requestErrors, wholeContents } from './parameters.ts';
import { readRequest, transportErrors, type WebRequest } from './request-reader.ts';
import { requestTypes } from './requests/index.ts';
import { type Manner, mannerOf, type Outcome, sendResponse } from './response-writer.ts';
import { createUserAccounts } from './user-accounts.ts';

export type FusionPlaceDeps = {
  identity: Identity;
  planning: Planning;
  database: Parameters<typeof createUserAccounts>[0]['database'];
  /** Signs Digest nonces and session cookies. */
  secretKey: Uint8Array;
  log: Logger;
  /** IANA name, for the stamps of responses. */
  timeZone: () => string;
  defaultLocale: () => Locale;
  /** What this listener accepts and challenges with (`RENKEI_FUSION_PLACE_AUTH`). */
  authSchemes: readonly AuthScheme[];
  /** Seconds. */
  accessTokenTtl: number;
  /** Seconds. */
  refreshTokenTtl: number;
  /** What a body may unpack to, in bytes (`RENKEI_MAX_UNPACKED`). */
  maxUnpacked: number;
};

const requestPath = '/fusionplace/api/1.2/requests';

/** The fusion_place Web-API of one listener: OAuth, sessions and the XML requests. */
export function createFusionPlace(deps: FusionPlaceDeps): FastifyPluginAsync {
  const { identity, planning, database, secretKey, authSchemes, accessTokenTtl } = deps;
  const authenticate = createAuthentication({
    identity,
    planning,
    secretKey,
    schemes: authSchemes,
    sessionLife: accessTokenTtl,
  });
  const accounts = createUserAccounts({ database, identity });

  return async (app) => {
    await app.register(createOAuthRoutes(deps));
    app.onUndecodable('/fusionplace', (error, request, reply) =>
      refuse(reply, mannerOf(request, deps.defaultLocale()), toAppError(error)),
    );
    await app.register(async (api) => {
      acceptAnyBody(api);
      api.all(requestPath, async (request, reply) => {
        if (request.method !== 'POST') return reply.code(405).header('allow', 'POST').send('');
        const manner = mannerOf(request, deps.defaultLocale());
        const caller = await authenticate(request, reply, manner.locale);
        return caller ? answer(request, reply, manner, caller) : reply;
      });
    });
  };

  async function answer(request: FastifyRequest, reply: FastifyReply, manner: Manner, caller: Caller) {
    const startedAt = new Date();
    let found: WebRequest | undefined;
    try {
      found = await readRequest(request.raw, deps.maxUnpacked);
      if (found.kind === 'connect') {
        await wholeContents(found.contents);
        return reply.code(200).header('content-length', 0).send('');
      }
      const outcome = await run(found, caller, manner);
      const envelope = { type: found.type, desc: found.desc, startedAt, zone: deps.timeZone() };
      return sendResponse(reply, manner, envelope, outcome);
    } catch (error) {
      const fault = asTransportFault(error);
      if (!fault) throw error;
      return refuse(reply, manner, fault);
    }
  }

  /** Runs a request; what it refuses is an outcome, once the rest of the body has turned out to be well-formed. */
  async function run(found: WebRequest, caller: Caller, manner: Manner): Promise<Outcome> {
    const { type, contents } = found;
    const { locale } = manner;
    try {
      const handler = Object.hasOwn(requestTypes, type) ? requestTypes[type] : undefined;
      if (!handler) throw requestErrors.unknownType({ type });
      const parameters = readParameters(found.parameters, handler.parameters);
      return await handler.run({ caller, locale, parameters, contents, planning, accounts });
    } catch (error) {
      if (asTransportFault(error)) throw error;
      for await (const _ of contents);
      if (error instanceof AppError && error.kind !== 'internal') {
        return { code: 'ERROR', messages: lines(error, locale) };
      }
      logFailure(
        error,
        { id: caller.requestId, method: 'POST', routeOptions: { url: requestPath } } as never,
        deps.log,
      );
      return { code: 'FAILED', messages: [requestErrors.failed().text(locale)] };
    }
  }
}

/** A fault of the HTTP exchange, in words. */
function refuse(reply: FastifyReply, { charset, locale }: Manner, fault: AppError): FastifyReply {
  // what is left of the body is of no interest any more
  return reply
    .code(statusOfFault(fault))
    .header('connection', 'close')
    .type(`text/plain;charset=${charset.name}`)
    .send(charset.encode(`${fault.text(locale)}\n`));
}

function lines(error: AppError, locale: Locale): string[] {
  return error.errors.length > 0 ? error.errors.map((inner) => inner.text(locale)) : [error.text(locale)];
}

const transportCodes = new Set(Object.values(transportErrors).map((make) => make().code));

/** The fault, when it is one of the HTTP exchange or of its XML. */
function asTransportFault(error: unknown): AppError | undefined {
  if (!(error instanceof AppError)) return undefined;
  return error.code.startsWith('xml.') || transportCodes.has(error.code) ? error : undefined;
}

function statusOfFault(fault: AppError): number {
  return fault.kind === 'invalid' ? 400 : statusOf(fault);
}

/** Bodies of any type reach the handler unread. */
function acceptAnyBody(api: FastifyInstance): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', (_request, _payload, done) => done(null));
  // fastify refuses types that it cannot parse; clients of this API send all sorts
  api.addHook('onRequest', async ({ headers }) => {
    delete headers['content-type'];
  });
}
