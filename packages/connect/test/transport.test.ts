import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect as connectSocket, createServer as createTcp, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { connect, OperationalError, ProgrammingError } from '@renkei/connect';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startFake } from './support/session.ts';

const file = (name: string) => fileURLToPath(new URL(`./support/tls/${name}`, import.meta.url));
const users = '<users type="array"><user><id type="integer">1</id><name>Ann</name></user></users>';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    if ('closeAllConnections' in server)
      (server as unknown as { closeAllConnections(): void }).closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

async function names(properties: string): Promise<unknown> {
  const connection = await connect(`AuthScheme=APIToken;APIToken=t;${properties}`);
  try {
    return await connection.query('SELECT Name FROM Users');
  } finally {
    await connection.close();
  }
}
const ann = [{ Name: 'Ann' }];

describe('connector §3.2: SSLServerCert', () => {
  const start = () =>
    listen(
      createHttps(
        { cert: readFileSync(file('localhost.pem')), key: readFileSync(file('localhost-key.pem')) },
        (_, response) => response.end(users),
      ),
    );

  test('a certificate is trusted by path, by text, and any by *; without it it is refused', async () => {
    const url = `URL=https://localhost:${await start()}`;
    expect(await names(`${url};SSLServerCert=${file('localhost.pem')}`)).toEqual(ann);
    expect(await names(`${url};SSLServerCert="${readFileSync(file('localhost.pem'), 'utf8')}"`)).toEqual(ann);
    expect(await names(`${url};SSLServerCert=*`)).toEqual(ann);
    await expect(names(url)).rejects.toBeInstanceOf(OperationalError);
    await expect(names(`${url};SSLServerCert=/no/such/file.pem`)).rejects.toBeInstanceOf(ProgrammingError);
  });

  test('connector case 20: a redirect to the other scheme on the same host is followed', async () => {
    const port = await start();
    const plain = await listen(
      createHttp((request, response) => {
        response.writeHead(302, { location: `https://localhost:${port}${request.url}` }).end();
      }),
    );
    expect(await names(`URL=http://localhost:${plain};SSLServerCert=*`)).toEqual(ann);
  });
});

describe('connector §3.2: proxy and firewall', () => {
  /** An HTTP proxy that tunnels; it notes what it was asked for and with which proof. */
  async function startProxy(seen: string[]): Promise<number> {
    const proxy = createHttp();
    proxy.on('connect', (request, socket) => {
      seen.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      const [host, port] = request.url!.split(':');
      const target = connectSocket(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      socket.on('error', () => target.destroy());
      target.on('error', () => socket.destroy());
    });
    return listen(proxy);
  }

  test('ProxyServer, with user and password; ProxyExceptions go past it', async () => {
    const fake = await startFake();
    fake.add('users', { id: 1, name: 'Ann' });
    const seen: string[] = [];
    const proxy = `ProxyServer=127.0.0.1;ProxyPort=${await startProxy(seen)};ProxyUser=u;ProxyPassword=p`;
    expect(await names(`URL=${fake.url};${proxy}`)).toEqual(ann);
    expect(seen).toEqual([`${new URL(fake.url).host} Basic ${Buffer.from('u:p').toString('base64')}`]);
    expect(await names(`URL=${fake.url};${proxy};ProxyExceptions="example.com;127.0.0.1"`)).toEqual(ann);
    expect(seen).toHaveLength(1);
  });

  test('FirewallType=TUNNEL goes through an HTTP tunnel', async () => {
    const fake = await startFake();
    fake.add('users', { id: 1, name: 'Ann' });
    const seen: string[] = [];
    const port = await startProxy(seen);
    expect(
      await names(`URL=${fake.url};FirewallType=TUNNEL;FirewallServer=127.0.0.1;FirewallPort=${port}`),
    ).toEqual(ann);
    expect(seen).toHaveLength(1);
  });

  test('FirewallType=SOCKS5 goes through a SOCKS server', async () => {
    const fake = await startFake();
    fake.add('users', { id: 1, name: 'Ann' });
    let connections = 0;
    const port = await listen(
      createTcp((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => {
          socket.write(Buffer.from([5, 0]));
          socket.once('data', (asked) => {
            connections += 1;
            const target = connectSocket(asked.readUInt16BE(asked.length - 2), '127.0.0.1', () => {
              socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
              socket.pipe(target).pipe(socket);
            });
            target.on('error', () => socket.destroy());
          });
        });
      }),
    );
    expect(
      await names(`URL=${fake.url};FirewallType=SOCKS5;FirewallServer=127.0.0.1;FirewallPort=${port}`),
    ).toEqual(ann);
    expect(connections).toBe(1);
  });

  test('a proxy that is not named is a ProgrammingError', async () => {
    await expect(names('URL=http://127.0.0.1:1;FirewallType=TUNNEL')).rejects.toBeInstanceOf(
      ProgrammingError,
    );
  });
});
