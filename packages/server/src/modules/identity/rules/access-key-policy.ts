import ipaddr from 'ipaddr.js';

/** Who may use AppSuite access keys (appsuite §3.5 facts 88 and 89). */
export type AccessKeyPolicy = {
  /** `allowListed`: from the listed addresses only; `denyListed`: from all but those. */
  usage: 'allow' | 'disallow' | 'allowListed' | 'denyListed';
  /** IP addresses and CIDR ranges. */
  addresses: readonly string[];
};

/** Whether keys may be used from there; the user's own setting narrows it and never widens it. */
export function mayUseKey(
  policy: AccessKeyPolicy,
  { userAllowed, address }: { userAllowed: boolean; address: string | undefined },
): boolean {
  if (policy.usage === 'disallow' || !userAllowed) return false;
  if (policy.usage === 'allow') return true;
  const listed = address !== undefined && policy.addresses.some((range) => covers(range, address));
  return (policy.usage === 'allowListed') === listed;
}

export function isAddressOrRange(text: string): boolean {
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text);
}

function covers(range: string, address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const client = ipaddr.process(address); // an IPv4 address in IPv6 form is the IPv4 address
  if (!range.includes('/')) return ipaddr.process(range).toString() === client.toString();
  const [network, bits] = ipaddr.parseCIDR(range);
  return network.kind() === client.kind() && client.match(network, bits);
}
