const scheme = /^(?:https?|ftp):\/\/([^/?#]*)(?:[/?#]\S*)?$/i;
const bracketed = /^\[([0-9a-f:.]+)\](?::(\d{1,5}))?$/i;
const named =
  /^((?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?)(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}_-]*[\p{L}\p{N}])?)*\.?)(?::(\d{1,5}))?$/u;

/**
 * Whether a text is an absolute URL as a base URL may be (oscm §2.4 rule 1): http, https or ftp; a host that may lack
 * dots; bracketed IPv6; a port of 1 to 5 digits. A user part is no host.
 */
export function isAbsoluteUrl(text: string): boolean {
  const authority = scheme.exec(text)?.[1];
  if (authority === undefined) return false;
  const match = bracketed.exec(authority) ?? named.exec(authority);
  if (match === null) return false;
  try {
    return Boolean(new URL(text).hostname) && Number(match[2] ?? 0) <= 65_535;
  } catch {
    return false;
  }
}
