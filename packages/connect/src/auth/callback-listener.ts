import { createServer, type Server } from 'node:http';
import { OperationalError, ProgrammingError } from '../errors.ts';

export interface Callback {
  /** The `code` of the redirect. */
  code: Promise<string>;
  close(): void;
}

/**
 * Waits on the host and port of the redirect address for one answer of the authorization service
 * (connector §4.4 layer 2). Bound to loopback only.
 *
 * `code` rejects with an OperationalError when the user refuses, the state is another one, or nothing
 * comes within `limit` milliseconds; by then the port is free again.
 */
export async function listenForCallback(address: string, state: string, limit: number): Promise<Callback> {
  const url = new URL(address);
  const hosts = loopback(url.hostname);
  if (url.protocol !== 'http:' || hosts.length === 0) {
    throw new ProgrammingError(
      `CallbackURL ${address}: the desktop flow needs an http address on this machine, such as http://localhost:33333`,
    );
  }
  const port = Number(url.port || 80);
  const servers: Server[] = [];
  let settle: { resolve(code: string): void; reject(error: unknown): void };
  const code = new Promise<string>((resolve, reject) => {
    settle = { resolve, reject };
  });
  code.catch(() => undefined);

  const close = () => {
    clearTimeout(timer);
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  const finish = (result: string | OperationalError) => {
    close();
    if (typeof result === 'string') settle.resolve(result);
    else settle.reject(result);
  };
  const timer = setTimeout(
    () =>
      finish(
        new OperationalError(
          `No answer came to ${address} within ${limit} ms: authorization was not completed`,
        ),
      ),
    limit,
  );

  const receive = (target: string): [status: number, text: string, result?: string | OperationalError] => {
    const seen = new URL(target, address);
    if (seen.pathname !== url.pathname) return [404, 'Not the redirect address.'];
    const refused = seen.searchParams.get('error');
    const given = seen.searchParams.get('code');
    if (seen.searchParams.get('state') !== state) {
      return [
        400,
        'This answer belongs to another request.',
        new OperationalError(
          'The authorization answer carries a wrong state: it was not asked for by this connection',
        ),
      ];
    }
    if (refused) {
      const detail = seen.searchParams.get('error_description');
      return [
        400,
        'Access was not granted.',
        new OperationalError(`Authorization was refused: ${refused}${detail ? ` (${detail})` : ''}`),
      ];
    }
    if (!given)
      return [
        400,
        'The answer carries no code.',
        new OperationalError('The authorization answer carries no code'),
      ];
    return [200, 'Access was granted. You may close this window.', given];
  };

  for (const host of hosts) {
    const server = createServer((request, response) => {
      const [status, text, result] = receive(request.url ?? '/');
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
      response.end(`${text}\n`, () => {
        if (result !== undefined) finish(result);
      });
    });
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port, exclusive: true }, resolve);
      });
      servers.push(server);
    } catch (error) {
      // A machine without IPv6 still has 127.0.0.1.
      if ((error as NodeJS.ErrnoException).code === 'EADDRNOTAVAIL' && host === '::1') continue;
      close();
      throw new OperationalError(`CallbackURL ${address}: cannot listen there: ${(error as Error).message}`);
    }
  }
  return { code, close };
}

function loopback(host: string): string[] {
  if (host === 'localhost') return ['127.0.0.1', '::1'];
  if (/^127\.\d+\.\d+\.\d+$/.test(host)) return [host];
  return host === '[::1]' ? ['::1'] : [];
}
