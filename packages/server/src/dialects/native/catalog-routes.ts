import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import {
  type Catalog,
  type Definition,
  definitionLimit,
  serviceChangeSchema,
  serviceSchema,
  type TechnicalService,
} from '../../modules/catalog/index.ts';
import type { Caller } from '../../platform/caller.ts';
import { AppError, defineErrors } from '../../platform/errors.ts';
import { requestLocale, statusOf } from '../../platform/http/problem.ts';
import type { Authenticate } from './authenticate.ts';
import type { NativeRoutes } from './index.ts';
import { defaultLimit, PageQuery } from './schemas.ts';

const errors = defineErrors('native', {
  noXml: {
    kind: 'unsupported',
    ja: '本文を Content-Type: application/xml で送ってください',
    en: 'Send the file as the body with Content-Type: application/xml',
  },
});

const technicalServicePath = Type.Object({ organization: Type.String(), id: Type.String() });
const version = Type.Object({
  version: Type.Optional(Type.String({ description: 'Left out for OSCM 1.9 definitions' })),
});
const serviceId = Type.Object({ id: Type.String() });
const tags = ['catalog'];

/** `/v1/catalog`: technical services and marketable services (contract §5). */
export function catalogRoutes(catalog: Catalog): NativeRoutes {
  return (app, authenticate) => registerRoutes(app, catalog, authenticate);
}

function registerRoutes(plain: FastifyInstance, catalog: Catalog, authenticate: Authenticate): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  // read as a stream by the importer, so that a large file never stands in memory as a whole
  app.addContentTypeParser(['application/xml', 'text/xml'], { bodyLimit: definitionLimit }, (_, body, done) =>
    done(null, body),
  );

  app.post(
    '/v1/catalog/technical-services',
    {
      schema: {
        tags,
        summary: 'Import technical service definitions: all or nothing',
        consumes: ['application/xml'],
        querystring: Type.Object({
          organization: Type.Optional(Type.String({ description: 'The technology provider' })),
          dryRun: Type.Optional(Type.Boolean({ description: 'Check only' })),
        }),
      },
    },
    async (request, reply) => {
      const caller = await authenticate(request);
      const source = bodyOf(request);
      try {
        return { imported: await catalog.importDefinitions(caller, source, request.query) };
      } catch (error) {
        if (
          error instanceof AppError &&
          /^(?:catalog\.(?:definition|update)|request\.several)/.test(error.code)
        ) {
          return definitionProblem(error, request, reply, caller);
        }
        throw error;
      }
    },
  );

  app.get(
    '/v1/catalog/technical-services',
    {
      schema: {
        tags,
        summary: 'Technical services',
        querystring: Type.Object({ ...PageQuery, organization: Type.Optional(Type.String()) }),
      },
    },
    async (request) => {
      const { items, next } = await catalog.listTechnicalServices(await authenticate(request), {
        limit: defaultLimit,
        ...request.query,
      });
      return { items: items.map(technicalServiceView), next: next ?? null };
    },
  );

  app.get(
    '/v1/catalog/technical-services/:organization/:id',
    {
      schema: { tags, summary: 'A technical service', params: technicalServicePath, querystring: version },
    },
    async (request) => {
      const { organization, id } = request.params;
      const caller = await authenticate(request);
      return technicalServiceView(
        await catalog.getTechnicalService(caller, organization, id, request.query.version),
      );
    },
  );

  app.get(
    '/v1/catalog/technical-services/:organization/:id/definition',
    {
      schema: {
        tags,
        summary: 'The definition as XML, in the dialect it came in',
        params: technicalServicePath,
        querystring: version,
      },
    },
    async (request, reply) => {
      const { organization, id } = request.params;
      const key = { id, ...(request.query.version !== undefined && { version: request.query.version }) };
      const xml = await catalog.exportDefinitions(await authenticate(request), organization, [key]);
      return reply.type('application/xml; charset=utf-8').send(xml);
    },
  );

  app.get(
    '/v1/catalog/definitions',
    {
      schema: {
        tags,
        summary: 'Definitions of one technology provider as one XML file',
        querystring: Type.Object({
          organization: Type.Optional(Type.String()),
          service: Type.Optional(
            Type.Array(Type.String(), { description: 'ID or ID:VERSION, repeated; default all' }),
          ),
        }),
      },
    },
    async (request, reply) => {
      const { organization, service } = request.query;
      const keys = service?.map((text) => {
        const [id = '', version] = text.split(':');
        return { id, ...(version !== undefined && { version }) };
      });
      const xml = await catalog.exportDefinitions(await authenticate(request), organization, keys);
      return reply.type('application/xml; charset=utf-8').send(xml);
    },
  );

  app.delete(
    '/v1/catalog/technical-services/:organization/:id',
    {
      schema: {
        tags,
        summary: 'Delete a technical service',
        params: technicalServicePath,
        querystring: version,
      },
    },
    async (request, reply) => {
      const { organization, id } = request.params;
      const caller = await authenticate(request);
      await catalog.deleteTechnicalService(caller, organization, id, request.query.version);
      return reply.code(204).send();
    },
  );

  app.get(
    '/v1/catalog/services',
    {
      schema: {
        tags,
        summary: 'Services on sale',
        querystring: Type.Object({
          ...PageQuery,
          q: Type.Optional(Type.String({ description: 'A part of id, name or description' })),
          tag: Type.Optional(Type.String()),
        }),
      },
    },
    async (request) => {
      const { q, ...rest } = request.query;
      const { items, next } = await catalog.listServices(await authenticate(request), {
        limit: defaultLimit,
        ...rest,
        text: q,
      });
      return { items, next: next ?? null };
    },
  );

  app.post(
    '/v1/catalog/services',
    { schema: { tags, summary: 'Put a service on sale', body: serviceSchema } },
    async (request, reply) => {
      const service = await catalog.createService(await authenticate(request), request.body);
      return reply.code(201).send(service);
    },
  );

  app.get(
    '/v1/catalog/services/:id',
    { schema: { tags, summary: 'A service', params: serviceId } },
    async (request) => catalog.getService(await authenticate(request), request.params.id),
  );

  app.get(
    '/v1/catalog/services/:id/offer',
    {
      schema: {
        tags,
        summary: 'What a customer chooses when he subscribes: parameters, roles, operations, in words',
        params: serviceId,
      },
    },
    async (request) => catalog.offerOf(await authenticate(request), request.params.id),
  );

  app.get(
    '/v1/catalog/organizations',
    { schema: { tags, summary: 'The organizations that the caller acts for' } },
    async (request) => ({ items: await catalog.organizationsOf(await authenticate(request)), next: null }),
  );

  app.patch(
    '/v1/catalog/services/:id',
    { schema: { tags, summary: 'Change a service', params: serviceId, body: serviceChangeSchema } },
    async (request) => catalog.changeService(await authenticate(request), request.params.id, request.body),
  );

  app.delete(
    '/v1/catalog/services/:id',
    { schema: { tags, summary: 'Take a service out of the catalog', params: serviceId } },
    async (request, reply) => {
      await catalog.deleteService(await authenticate(request), request.params.id);
      return reply.code(204).send();
    },
  );

  app.post(
    '/v1/catalog/services/:id/activate',
    { schema: { tags, summary: 'Ask the application whether it lives, and sell', params: serviceId } },
    async (request) => catalog.activateService(await authenticate(request), request.params.id),
  );
}

/** The file as it comes; a reader that stops early leaves the connection to its answer. */
function bodyOf({ body }: FastifyRequest): AsyncIterable<Uint8Array> {
  if (body === undefined) return Readable.from([]);
  if (!(body instanceof Readable)) throw errors.noXml();
  return body.iterator({ destroyOnReturn: false });
}

/** The problem document of a refused definition: `errors[]` with line and element (contract §5). */
function definitionProblem(error: AppError, request: FastifyRequest, reply: FastifyReply, caller: Caller) {
  const locale = requestLocale(request) ?? caller.locale;
  const status = statusOf(error);
  const single = error.errors.length > 0 ? error.errors : [error];
  return reply
    .code(status)
    .type('application/problem+json')
    .send({
      type: `urn:renkei:error:${error.code}`,
      title: error.code,
      status,
      detail: error.text(locale),
      requestId: request.id,
      errors: single.map((one) => ({ ...one.params, code: one.code, message: one.text(locale) })),
    });
}

/** The definition as JSON: everything but the password, `version` only where there is one. */
function technicalServiceView({ organization, definition }: TechnicalService) {
  const { version: text, ...rest }: Definition = definition;
  return { organization, ...(text !== '' && { version: text }), ...rest };
}
