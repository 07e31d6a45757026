/** Replaces secrets in what is kept of requests and answers. Cautious: what may be one is one. */

export const hidden = '***';

/** A name with one of these in it names a secret. */
const word =
  '(?:pass|pwd|secret|token|api[-_]?key|access[-_]?key|credential|cookie|authori[sz]ation|signature|session[-_]?id|bssid)';
const secretName = new RegExp(word, 'i');
/** `name:` and `name=` with their value still to come; bounded, so that no text makes the search slow. */
const named = new RegExp(`${word}[\\w.-]{0,64}(?:\\\\{0,3}["'])?\\s{0,8}[:=]\\s{0,8}`, 'gi');
const element = new RegExp(`<[\\w:.-]{0,40}${word}[\\w:.-]{0,64}(?:\\s[^<>]{0,500})?>`, 'gi');
const jsonWebToken = /\beyJ[\w-]{10,}(?:\.[\w-]*){0,2}/g;
const apiKey = /\brk_[\w-]{8,}/g;
/** `"key": "…"` holds an API or access key unless it is a number (of a subscription). */
const plainKey = /("key"\s{0,8}:\s{0,8}")(?!\d{1,20}")[^"]*/g;
/** Files and definitions inside messages. */
const base64 = /[A-Za-z0-9+/]{200,}={0,2}/g;

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** A path with its query, secrets of the query masked. */
export function maskUrl(url: string): string {
  const start = url.indexOf('?');
  const path = (start < 0 ? url : url.slice(0, start)).replace(jsonWebToken, hidden).replace(apiKey, hidden);
  return start < 0 ? path : `${path}?${maskForm(url.slice(start + 1), new Set())}`;
}

/** Headers by name, repeated ones joined. `Authorization` keeps its scheme. */
export function maskHeaders(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (value === undefined) return [];
      const text = Array.isArray(value) ? value.join(', ') : String(value);
      if (/^(?:proxy-)?authorization$/i.test(name))
        return [[name, `${/^\w+/.exec(text)?.[0] ?? ''} ${hidden}`]];
      if (isSecretName(name) || /^x-desknets-auth$/i.test(name)) return [[name, hidden]];
      // addresses in headers may have queries
      if (/^(?:location|referer)$/i.test(name)) return [[name, maskUrl(text)]];
      return [[name, text.replace(jsonWebToken, hidden).replace(apiKey, hidden)]];
    }),
  );
}

/** `a=1&b=2`, each value of a secret name masked as a whole. */
export function maskForm(text: string, secretNames: ReadonlySet<string>): string {
  return text
    .split('&')
    .map((pair) => {
      const [name = '', ...rest] = pair.split('=');
      const plain = decoded(name);
      if (rest.length > 0 && (isSecretName(plain) || secretNames.has(plain))) return `${name}=${hidden}`;
      return pair.replace(jsonWebToken, hidden).replace(apiKey, hidden);
    })
    .join('&');
}

/**
 * The beginning of a text body; it may end anywhere, so that a secret that is cut off is masked too.
 * `secretNames`: further names, those of password parameters.
 */
export function maskText(text: string, secretNames: ReadonlySet<string>): string {
  let masked = maskDefaults(text).replace(base64, (found) => `(base64, ${found.length})`);
  masked = maskAfter(masked, element, endOfElement);
  masked = maskAfter(masked, named, endOfValue);
  for (const name of secretNames) {
    if (masked.includes(name)) masked = maskParameter(masked, name);
  }
  return masked.replace(plainKey, `$1${hidden}`).replace(jsonWebToken, hidden).replace(apiKey, hidden);
}

/** Masks from the end of each match to where `endOf` says. */
function maskAfter(text: string, pattern: RegExp, endOf: (text: string, from: number) => number): string {
  let result = '';
  let done = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const from = match.index + match[0].length;
    const to = endOf(text, from);
    result += text.slice(done, from) + (to > from ? masking(text, from) : '');
    done = to;
    pattern.lastIndex = Math.max(to, from);
  }
  return result + text.slice(done);
}

/** A masked value looks like one of its kind: JSON stays JSON. */
function masking(text: string, from: number): string {
  const [quote] = /^\\{0,3}["']/.exec(text.slice(from, from + 4)) ?? [];
  if (quote) return quote + hidden + quote;
  return /[[{\d]/.test(text[from]!) ? `"${hidden}"` : hidden;
}

function endOfElement(text: string, from: number): number {
  const end = text.indexOf('</', from);
  return end < 0 ? text.length : end;
}

/** Where a JSON, YAML or other value ends that begins here. */
function endOfValue(text: string, from: number): number {
  const [quote] = /^\\{0,3}["']/.exec(text.slice(from, from + 4)) ?? [];
  if (quote) return endOfQuoted(text, from + quote.length, quote);
  if (text[from] === '[' || text[from] === '{') return endOfBrackets(text, from);
  if (/^(?:true|false|null)\b/.test(text.slice(from, from + 6))) return from;
  const [literal] = /^-?\d[\d.eE+-]{0,40}(?=[,}\]\s])/.exec(text.slice(from, from + 50)) ?? [];
  if (literal) return from + literal.length;
  // to the end of the line, be it an escaped one, of the surrounding text, or of the element
  const [bare] = /^(?:(?!\\n)[^\n"<])*/.exec(text.slice(from)) ?? [''];
  return from + bare.length;
}

function endOfQuoted(text: string, from: number, quote: string): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at + quote.length;
  }
  return text.length;
}

function endOfBrackets(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') at = endOfQuoted(text, at + 1, '"') - 1;
    else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** The value of a parameter: `"ID": value`, or the `value` that stands soon after `ID` as a text of its own. */
function maskParameter(text: string, name: string): string {
  const literal = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const asKey = new RegExp(`["']?\\b${literal}(?:\\\\{0,3}["'])?\\s{0,8}[:=]\\s{0,8}`, 'g');
  const asElement = new RegExp(
    `>\\s{0,8}${literal}\\s{0,8}<[^]{0,200}?<[\\w:.-]{0,40}value[^<>]{0,200}>`,
    'gi',
  );
  const asMember = new RegExp(`["']${literal}["'][^{}]{0,200}?"value"\\s{0,8}:\\s{0,8}`, 'gi');
  return maskAfter(
    maskAfter(maskAfter(text, asKey, endOfValue), asElement, endOfElement),
    asMember,
    endOfValue,
  );
}

/** Default values of password parameters in Technical Service Definitions, as XML or JSON (oscm §1). */
function maskDefaults(text: string): string {
  if (!/PWD/.test(text)) return text;
  return text
    .replaceAll(/<[^<>]*>?/g, (tag) =>
      /["']PWD["']/.test(tag) || !tag.endsWith('>')
        ? tag.replaceAll(/(default\w{0,20}\s{0,8}=\s{0,8})(?:"[^"]*"?|'[^']*'?)/gi, `$1"${hidden}"`)
        : tag,
    )
    .replaceAll(/\{[^{}]*\}?/g, (object) =>
      /"PWD"/.test(object) || !object.endsWith('}')
        ? object.replaceAll(/("default\w{0,20}"\s{0,8}:\s{0,8})"(?:[^"\\]|\\.)*"?/gi, `$1"${hidden}"`)
        : object,
    );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
