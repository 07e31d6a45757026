import { Transform, type TransformCallback } from 'node:stream';

/** Where an application stands, and where its users see it. */
export type Mount = {
  /** Base URL of the instance. */
  base: URL;
  /** Its path, without a slash at its end. */
  path: string;
  /** `/opt/2a`. */
  prefix: string;
};

export function createMount(prefix: string, baseUrl: string): Mount {
  const base = new URL(baseUrl);
  return { base, path: base.pathname.replace(/\/$/, ''), prefix };
}

/** An address of the application as its users must see it; others stay as they are. */
export function toOutside(mount: Mount, address: string): string {
  const { path } = mount;
  const absolute = /^(?:https?:)?\/\//i.test(address);
  if (absolute) {
    const url = URL.canParse(address, mount.base.href) ? new URL(address, mount.base) : undefined;
    if (url?.host !== mount.base.host) return address;
    return isBelow(url.pathname, path)
      ? mount.prefix + url.pathname.slice(path.length) + url.search + url.hash
      : address;
  }
  if (!address.startsWith('/')) return address;
  return isBelow(address, path) ? mount.prefix + address.slice(path.length) : address;
}

function isBelow(address: string, path: string): boolean {
  return (
    address.startsWith(path) && (address.length === path.length || /[/?#]/.test(address[path.length] ?? ''))
  );
}

/** Names of the platform's own cookies: they neither reach an application nor are set by one. */
const ownCookie = /^renkei_/;

/** A cookie of the application, kept below its prefix; undefined for one in the platform's name. */
export function cookieToOutside(mount: Mount, cookie: string): string | undefined {
  const [pair = '', ...attributes] = cookie.split(';');
  // `=renkei_access=x` has no name, and comes back as `renkei_access=x`
  if (ownCookie.test(pair.trim().replace(/^=\s*/, ''))) return undefined;
  let hasPath = false;
  const kept = attributes.flatMap((attribute) => {
    const [, name = '', value = ''] = /^\s*([^=]+?)\s*(?:=(.*))?$/.exec(attribute) ?? [];
    if (name.toLowerCase() === 'domain') return [];
    if (name.toLowerCase() !== 'path') return [attribute];
    hasPath = true;
    const path = toOutside(mount, value.trim());
    return [` Path=${isBelow(path, mount.prefix) ? path : `${mount.prefix}/`}`];
  });
  // without one, a page at `/opt/2a` would set its cookies for all of `/opt`
  if (!hasPath) kept.push(` Path=${mount.prefix}/`);
  return [pair, ...kept].join(';');
}

/** The cookies of a request without the platform's. */
export function cookiesToInside(header: string | undefined): string | undefined {
  const kept = (header ?? '')
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '' && !ownCookie.test(cookie));
  return kept.length === 0 ? undefined : kept.join('; ');
}

const startTag = /<[a-z][^<>]*>/gi;
const link = /(\s(?:href|src|action|formaction|poster|data|background)\s*=\s*)("[^"]*"|'[^']*')/gi;
/** A tag that is longer than this is passed on as it is. */
const longestTag = 65_536;

/**
 * Rewrites the links of an HTML page while it passes. Bytes are handled one to one (latin1), so that any encoding that
 * writes ASCII as such survives; a tag is held back until its end has come.
 */
export function createHtmlRewriter(mount: Mount): Transform {
  let held = '';
  const rewrite = (text: string) =>
    text.replaceAll(startTag, (tag) =>
      tag.replaceAll(link, (_, name: string, quoted: string) => {
        const quote = quoted[0] as string;
        return name + quote + toOutside(mount, quoted.slice(1, -1)) + quote;
      }),
    );
  return new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      const text = held + chunk.toString('latin1');
      const open = text.lastIndexOf('<');
      const cut =
        open >= 0 && !text.includes('>', open) && text.length - open < longestTag ? open : text.length;
      held = text.slice(cut);
      done(null, Buffer.from(rewrite(text.slice(0, cut)), 'latin1'));
    },
    flush(done: TransformCallback) {
      done(null, Buffer.from(rewrite(held), 'latin1'));
    },
  });
}
