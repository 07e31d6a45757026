import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';

/** Where `npm run build -w packages/console` leaves the console, seen from `src` as well as from `dist`. */
export const builtConsole = fileURLToPath(new URL('../../../../console/dist/', import.meta.url));

/** The first part of the addresses that the console's own router knows; nothing else gets the page. */
const clientRoutes = [
  'sign-in',
  'apps',
  'processes',
  'webhooks',
  'planning',
  'catalog',
  'access-log',
  'traffic',
  'people',
  'account',
  'workspace',
  'keys',
  'settings',
];

/** Stands in the built page wherever the nonce goes (packages/console/vite.config.ts). */
const noncePlace = /__RENKEI_NONCE__/g;

/**
 * The web console at `/`: its page for its own addresses, its files under `/assets/` for good (their names hold a hash
 * of what is in them). Styles that the component library writes at run time carry the page's nonce; scripts come from
 * files only.
 */
export function createConsole({ folder }: { folder: string }): FastifyPluginAsync {
  return async (app) => {
    const page = join(folder, 'index.html');
    if (!existsSync(page)) {
      app.get('/', { schema: { hide: true } }, async (_request, reply) =>
        reply.code(503).type('text/plain; charset=utf-8').send('The console is not built: npm run build\n'),
      );
      return;
    }
    const parts = readFileSync(page, 'utf8').split(noncePlace);
    const sendPage = async (_request: unknown, reply: FastifyReply) => {
      const nonce = randomBytes(16).toString('base64');
      return reply.headers(pageHeaders(nonce)).type('text/html; charset=utf-8').send(parts.join(nonce));
    };
    app.get('/', { schema: { hide: true } }, sendPage);
    for (const route of clientRoutes) {
      app.get(`/${route}`, { schema: { hide: true } }, sendPage);
      app.get(`/${route}/*`, { schema: { hide: true } }, sendPage);
    }
    await app.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      index: false,
      immutable: true,
      maxAge: '365d',
      schemaHide: true,
    });
    app.get('/favicon.svg', { schema: { hide: true } }, (_request, reply) =>
      reply.sendFile('favicon.svg', folder, { maxAge: '1d', immutable: false }),
    );
  };
}

function pageHeaders(nonce: string): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self' data: blob:",
      "font-src 'self'",
      "connect-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cache-control': 'no-store', // every answer has a nonce of its own
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}
