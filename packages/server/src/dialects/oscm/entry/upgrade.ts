import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { statusOf } from '../../../platform/http/problem.ts';
import { toAppError } from '../../../platform/http/request-error.ts';
import type { Logger } from '../../../platform/log/log.ts';
import { headersToInside, targetOf } from './forward.ts';
import type { Mount } from './rewrite.ts';

/** Where a request to change protocols goes, after it was found that its user may. */
export type FindMount = (
  request: IncomingMessage,
  hex: string,
) => Promise<{ mount: Mount; dropAuthorization: boolean }>;

const entryPath = /^\/opt\/([0-9a-f]{1,13})(\/[^#]*|\?[^#]*)?$/;

/** Passes WebSocket connections on to subscribed applications, by the same guarded connections. */
export function passUpgrades(server: Server, dispatcher: Dispatcher, find: FindMount, log: Logger): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const [, hex, path = '/'] = entryPath.exec(request.url ?? '') ?? [];
    if (hex === undefined) {
      if (server.listenerCount('upgrade') === 1) refuse(socket, 404);
      return;
    }
    pass(request, socket, head, hex, path).catch((error: unknown) => {
      log.debug({ error: String(error) }, 'a WebSocket was not passed on');
      refuse(socket, statusOf(toAppError(error)));
    });
  });

  async function pass(request: IncomingMessage, socket: Duplex, head: Buffer, hex: string, path: string) {
    const { mount, dropAuthorization } = await find(request, hex);
    const target = targetOf(mount, path);
    if (target === undefined) return refuse(socket, 404);
    const seen = {
      headers: request.headers,
      ip: request.socket.remoteAddress ?? '',
      protocol: 'http' as const,
    };
    const headers = headersToInside(seen, mount, dropAuthorization);
    delete headers['content-length'];
    const protocol = request.headers.upgrade ?? 'websocket';
    // undici's types leave out the origin, which an agent needs to choose the connection
    const options: Dispatcher.UpgradeOptions & { origin: string } = {
      origin: mount.base.origin,
      path: target,
      headers,
      protocol,
      method: 'GET',
    };
    const upgrade: Promise<Dispatcher.UpgradeData> = dispatcher.upgrade(options);
    const { socket: inside, headers: answered } = await upgrade;
    const lines = Object.entries(answered).flatMap(([name, value]) =>
      [value ?? []].flat().map((one) => `${name}: ${one}`),
    );
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
    if (head.length > 0) inside.write(head);
    inside.on('error', () => socket.destroy());
    inside.on('close', () => socket.destroy());
    socket.on('close', () => inside.destroy());
    inside.pipe(socket).pipe(inside);
  }
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
