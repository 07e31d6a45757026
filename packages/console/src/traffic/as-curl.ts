import type { TrafficDetail } from '../api/traffic.ts';

/** Set by curl itself, or of the connection. */
const left =
  /^(?:host|content-length|connection|transfer-encoding|accept-encoding|user-agent|sec-.*|expect)$/i;
const hidden = '***';
/** Of a longer body only so much is kept: it comes from a file then. */
const keptBytes = 4096;
/** Headers and values that the server masked, by what belongs there. */
const places: Record<string, string> = {
  authorization: 'TOKEN',
  cookie: 'COOKIES',
  'x-desknets-auth': 'ACCESS_KEY',
};

export type Curl = {
  command: string;
  /** What has to be filled in: `$TOKEN` and such. */
  placeholders: string[];
};

/**
 * The request as a command for a shell. It holds no secrets: the server keeps none, and in their places stand shell
 * variables that whoever runs it sets before.
 */
export function asCurl(
  { method, path, requestHeaders, requestBody, requestBytes }: TrafficDetail,
  origin: string,
): Curl {
  const placeholders = new Set<string>();
  /** A word of the shell; masked values become variables, everything else is taken literally. */
  function quoted(text: string, name: string): string {
    return text
      .split(hidden)
      .map((part) => `'${part.replaceAll("'", "'\\''")}'`)
      .join(`"$${name}"`)
      .replaceAll(`''"`, '"')
      .replaceAll(`"''`, '"');
  }
  function word(text: string, name: string): string {
    if (text.includes(hidden)) placeholders.add(name);
    return quoted(text, name);
  }

  const headers = Object.entries(requestHeaders).filter(([name]) => !left.test(name));
  const complete = requestBytes <= keptBytes && !/^\([^)]*\)$/.test(requestBody ?? '');
  const lines = [
    `curl -X ${word(method, 'METHOD')} ${word(origin + path, 'SECRET')}`,
    ...headers.map(([name, value]) => {
      const place = places[name.toLowerCase()] ?? name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
      return `-H ${word(`${name}: ${value}`, place)}`;
    }),
    ...(requestBody === null
      ? []
      : complete
        ? [`--data-binary ${word(requestBody, 'SECRET')}`]
        : ["--data-binary '@BODY_FILE'"]),
  ];
  return { command: lines.join(' \\\n  '), placeholders: [...placeholders] };
}
