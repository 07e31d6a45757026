import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from '../../modules/identity/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { AppError, type Locale } from '../../platform/errors.ts';
import { logFailure, requestLocale } from '../../platform/http/problem.ts';
import { toAppError } from '../../platform/http/request-error.ts';
import type { Logger } from '../../platform/log/log.ts';
import { readEnvelope, soapContentType, writeEnvelope, writeFault } from '../../platform/soap/envelope.ts';
import { soapErrors } from './errors.ts';
import { faultDetail } from './faults.ts';
import { writeAnswer } from './fields.ts';
import type { SoapHandlers } from './service-provisioning.ts';
import { type SoapService, writeWsdl } from './wsdl.ts';

type EndpointDependencies = {
  identity: Pick<Identity, 'callerOfPassword'>;
  log: Logger;
  /** Language of answers to who asks for none. */
  locale: () => Locale;
};

/** Definitions travel in messages as base64, a third larger than the file. */
const messageLimit = 64 * 1024 * 1024;

/** Bodies are messages, whatever their type says. */
export function takeMessages(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: messageLimit }, (_, body, done) =>
    done(null, body),
  );
}

/** How this server was reached. */
function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.headers.host ?? request.hostname}`;
}

/** A SOAP service of this server and its WSDL, at `path`; HTTP BASIC with a user's id and password (contract §7). */
export function registerService(
  app: FastifyInstance,
  { identity, log, locale }: EndpointDependencies,
  service: SoapService,
  handlersAt: (origin: string) => SoapHandlers,
  path = `/${service.name}/BASIC`,
): void {
  app.get(path, async (request, reply) => {
    return reply.type('text/xml; charset=utf-8').send(writeWsdl(service, originOf(request) + path));
  });

  app.post(path, { bodyLimit: messageLimit }, async (request, reply) => {
    const language = requestLocale(request) ?? locale();
    try {
      const caller = await authenticate(request, language);
      const message = readEnvelope((request.body as Buffer | undefined) ?? Buffer.alloc(0), messageLimit);
      if (message === undefined) throw soapErrors.envelope();
      const handlers = handlersAt(originOf(request));
      const name = message.content?.local ?? '';
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      if (message.content === undefined || handler === undefined) {
        throw soapErrors.operation({ operation: name, known: Object.keys(handlers).join(', ') });
      }
      const answer = writeAnswer(service, name, await handler(caller, message.content));
      return reply.type(soapContentType).send(writeEnvelope(answer));
    } catch (error) {
      return sendFault(error, request, reply, language);
    }
  });

  async function authenticate(request: FastifyRequest, language: Locale): Promise<Caller> {
    const [, encoded] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const [username = '', ...rest] = Buffer.from(encoded ?? '', 'base64')
      .toString()
      .split(':');
    const how = { via: 'oscm' as const, locale: language, requestId: request.id, address: request.ip };
    return identity.callerOfPassword({ username, password: rest.join(':') }, how);
  }

  function sendFault(thrown: unknown, request: FastifyRequest, reply: FastifyReply, language: Locale) {
    const error = thrown instanceof AppError ? thrown : toAppError(thrown);
    if (error.kind === 'internal') logFailure(thrown, request, log);
    if (error.kind === 'unauthenticated') {
      return reply
        .code(401)
        .header('www-authenticate', 'Basic realm="Renkei", charset="UTF-8"')
        .type(soapContentType)
        .send(writeFault('Client', error.text(language)));
    }
    if (error.kind === 'tooMany') reply.code(429);
    else reply.code(500);
    const { text, detail } = faultDetail(error, language);
    // what is wrong with the message itself has no exception of the platform's
    const plain = error.kind === 'internal' || /^(?:xml|oscm\.(?:envelope|operation))/.test(error.code);
    return reply
      .type(soapContentType)
      .send(writeFault(error.kind === 'internal' ? 'Server' : 'Client', text, plain ? '' : detail));
  }
}
