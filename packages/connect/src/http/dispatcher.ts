import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { ProgrammingError } from '../errors.ts';
import type { Settings } from '../settings/connection-string.ts';

/** How requests leave this machine: certificates, proxy and firewall of the connection's settings. */
export interface Dispatchers {
  /** The way to a host, with or without proxy. */
  to(host: string): Dispatcher;
  close(): Promise<void>;
}

/**
 * Reads the SSL, Proxy and Firewall properties.
 *
 * @throws ProgrammingError for a certificate that cannot be read or a proxy without host.
 */
export function createDispatchers(settings: Settings): Dispatchers {
  const tls = tlsOptions(settings.text('SSLServerCert'));
  const direct = new Agent({ connect: tls });
  const proxied = proxyOf(settings, tls);
  const exceptions = settings.list('ProxyExceptions').map((name) => name.toLowerCase());
  const excepted = (host: string) =>
    exceptions.some((name) =>
      name.startsWith('*.') ? host.endsWith(name.slice(1)) || host === name.slice(2) : host === name,
    );
  return {
    to: (host) => (proxied && !excepted(host.toLowerCase()) ? proxied : direct),
    close: async () => {
      await Promise.all([direct.destroy(), proxied?.destroy()]);
    },
  };
}

function tlsOptions(certificate: string): { ca?: string[]; rejectUnauthorized?: boolean } {
  if (certificate === '') return {};
  if (certificate === '*') return { rejectUnauthorized: false };
  if (certificate.includes('-----BEGIN')) return { ca: [...rootCertificates, certificate] };
  try {
    return { ca: [...rootCertificates, readFileSync(certificate, 'utf8')] };
  } catch (error) {
    throw new ProgrammingError(`Connection property SSLServerCert: ${(error as Error).message}`);
  }
}

function proxyOf(settings: Settings, tls: object): Dispatcher | undefined {
  const firewall = settings.text('FirewallType').toUpperCase();
  if (firewall !== 'NONE') {
    const address = server(settings, 'Firewall', firewall === 'SOCKS5' ? 1080 : 80);
    const user = settings.text('FirewallUser');
    const password = settings.text('FirewallPassword');
    if (firewall === 'SOCKS5') {
      return new Socks5ProxyAgent(`socks5://${address}`, {
        username: user,
        password,
        ...{ requestTls: tls },
      });
    }
    return new ProxyAgent({ uri: `http://${address}`, ...basic(user, password), requestTls: tls });
  }
  if (settings.isSet('ProxyServer')) {
    const scheme = settings.text('ProxySSLType').toUpperCase() === 'ALWAYS' ? 'https' : 'http';
    const user = settings.text('ProxyAuthScheme').toUpperCase() === 'NONE' ? '' : settings.text('ProxyUser');
    return new ProxyAgent({
      uri: `${scheme}://${server(settings, 'Proxy', 80)}`,
      ...basic(user, settings.text('ProxyPassword')),
      requestTls: tls,
      proxyTls: tls,
    });
  }
  return settings.flag('ProxyAutoDetect') ? new EnvHttpProxyAgent({ requestTls: tls }) : undefined;
}

function server(settings: Settings, group: 'Proxy' | 'Firewall', port: number): string {
  const host = settings.text(`${group}Server`);
  if (!host) throw new ProgrammingError(`Connection property ${group}Server is missing`);
  return `${host}:${settings.integer(`${group}Port`) ?? port}`;
}

function basic(user: string, password: string): { token?: string } {
  if (!user) return {};
  return { token: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}
