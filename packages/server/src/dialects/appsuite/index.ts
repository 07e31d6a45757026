import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { countData, getApp, listApps } from './actions/apps.ts';
import { downloadDataFile } from './actions/download.ts';
import { getData } from './actions/get-data.ts';
import { listData } from './actions/list-data.ts';
import { listUsers } from './actions/people.ts';
import { deleteData, insertData, updateData } from './actions/save-data.ts';
import { consoleAddress } from './addresses.ts';
import { logIn } from './log-in.ts';
import { createSerialQueue } from './serial-queue.ts';
import { refuse, type Serving, serveActions } from './serve.ts';

export { createWebhookBody } from './webhook-body.ts';

export type AppSuiteOptions = Omit<Serving, 'queue'> & {
  /** The product's one call at a time, with its 429 (RENKEI_APPSUITE_SERIAL). */
  serial: boolean;
};

/** The AppSuite API under `/cgi-bin/dneo/` (appsuite §2.1): a module is a file name, `action` says what is wanted. */
export function createAppSuite({ serial, ...options }: AppSuiteOptions): FastifyPluginAsync {
  const serving: Serving = { ...options, ...(serial && { queue: createSerialQueue() }) };
  const modules = {
    appsr: serveActions(
      serving,
      new Map([
        ['list_data', listData],
        ['get_data', getData],
        ['insert_data', insertData],
        ['update_data', updateData],
        ['delete_data', deleteData],
        ['count_data', countData],
        ['list_apps', listApps],
        ['get_app', getApp],
      ]),
    ),
    appsuite: serveActions(serving, new Map([['download_data_file', downloadDataFile]])),
    zrconst: serveActions(serving, new Map([['list_users', listUsers(options.directory)]])),
    dneor: logIn(serving),
  };

  return async (app: FastifyInstance) => {
    app.removeAllContentTypeParsers();
    // bodies are read by the reader of parameters, whatever type they claim to have
    app.addContentTypeParser('*', (_request, _payload, done) => done(null));
    app.onUndecodable('/cgi-bin', (error, request, reply) => refuse(serving, error, request, reply));
    await app.register(multipart, { throwFileSizeLimit: false });
    for (const [name, handler] of Object.entries(modules)) {
      for (const extension of ['cgi', 'exe']) {
        app.route({
          method: ['GET', 'POST'],
          url: `/cgi-bin/dneo/${name}.${extension}`,
          async handler(request, reply) {
            const screen =
              name === 'appsuite' ? consoleAddress(request.query as Record<string, unknown>) : undefined;
            return screen === undefined ? handler(request, reply) : reply.redirect(screen, 302);
          },
        });
      }
    }
  };
}
