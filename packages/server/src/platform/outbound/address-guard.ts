import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { defineErrors } from '../errors.ts';

/** Which addresses outgoing calls may reach. Hosts are as `URL` gives them: lower case, IPv6 without brackets. */
export type AddressGuard = {
  /** Whether a call to this host and port may reach this address. */
  permits(address: string, host: string, port: number): boolean;
};

const errors = defineErrors('outbound', {
  allowEntry: {
    kind: 'invalid',
    ja: 'RENKEI_OUTBOUND_ALLOWの値「{entry}」は、CIDR（10.0.0.0/8）、アドレス、ホスト名、ホスト名:ポートのいずれでもありません',
    en: 'RENKEI_OUTBOUND_ALLOW: "{entry}" is no CIDR range (10.0.0.0/8), address, host name or host:port',
  },
});

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Entry = { range: [Address, number] } | { host: string; port: number | undefined };

const globalUnicast = ipaddr.parseCIDR('2000::/3');

/** Public: neither loopback nor private nor of any special use, and for IPv6 of the block that is given out. */
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  // ipaddr.js calls `::7f00:1`, an old spelling of 127.0.0.1, unicast.
  return address.kind() === 'ipv4' || address.match(globalUnicast as [ipaddr.IPv6, number]);
}

/**
 * A guard that permits public addresses, and others where an entry of `allow` says so: a CIDR range or address (any
 * host that resolves into it), a host name (whatever it resolves to), either with `:port` (only that port). Throws
 * `outbound.allowEntry` for an entry that is none of these.
 */
export function createAddressGuard(allow: readonly string[]): AddressGuard {
  const entries = allow.map(parseEntry);
  return {
    permits(text, host, port) {
      const address = parseAddress(text);
      if (address === undefined) return false;
      if (isPublic(address)) return true;
      const name = withoutDot(host);
      return entries.some((entry) => {
        if ('range' in entry) return inRange(address, entry.range);
        return entry.host === name && (entry.port === undefined || entry.port === port);
      });
    },
  };
}

/** An IPv4-mapped IPv6 address counts as the IPv4 address that the connection reaches. */
function parseAddress(text: string): Address | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.process(text);
}

function inRange(address: Address, [base, bits]: [Address, number]): boolean {
  return address.kind() === base.kind() && address.match(base as ipaddr.IPv4 & ipaddr.IPv6, bits);
}

/** The host of a URL as connectors see it: without the brackets of IPv6. */
export function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

function parseEntry(text: string): Entry {
  const entry = text.trim();
  const address = parseAddress(entry.replace(/^\[(.*)\]$/, '$1'));
  if (address !== undefined) return { range: [address, address.kind() === 'ipv4' ? 32 : 128] };
  if (entry.includes('/')) {
    if (!ipaddr.isValidCIDR(entry) || isIP(entry.slice(0, entry.indexOf('/'))) === 0) {
      throw errors.allowEntry({ entry: text });
    }
    return { range: ipaddr.parseCIDR(entry) };
  }
  if (!/^(?:[^\s:/?#@\\]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(entry) || !URL.canParse(`ws://${entry}`)) {
    throw errors.allowEntry({ entry: text });
  }
  // The URL parser lower-cases, and writes international names and odd spellings of addresses as targets have them.
  const url = new URL(`ws://${entry}`);
  const port = /:(\d+)$/.exec(entry.replace(/^\[.*\]/, ''))?.[1];
  return { host: withoutDot(bareHost(url.hostname)), port: port === undefined ? undefined : Number(port) };
}
