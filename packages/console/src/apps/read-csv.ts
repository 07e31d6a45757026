/** The first rows of a CSV text (RFC 4180), for the preview; the server reads the file itself. */
export function firstRows(text: string, count: number): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  for (;;) {
    const match = cell.exec(text);
    if (!match) return rows.slice(0, count);
    const [, quoted, plain = '', end] = match;
    rows.at(-1)!.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (end === '' || rows.length === count || cell.lastIndex >= text.length) return rows;
    rows.push([]);
  }
}

export const encodings = ['utf-8', 'windows-31j'] as const;
export type Encoding = (typeof encodings)[number];

/** Enough for the first rows of any sensible file, in bytes. */
const previewBytes = 64 * 1024;

/** The beginning of a file: UTF-8 where it is that, else the character set that Excel writes in Japan. */
export async function beginningOf(file: File): Promise<{ bytes: ArrayBuffer; encoding: Encoding }> {
  const bytes = await file.slice(0, previewBytes).arrayBuffer();
  try {
    // the last character may be cut off
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return { bytes, encoding: 'utf-8' };
  } catch {
    return { bytes, encoding: 'windows-31j' };
  }
}

export function decoded(bytes: ArrayBuffer, encoding: Encoding): string {
  return new TextDecoder(encoding).decode(bytes, { stream: true }).replace(/^\uFEFF/, '');
}

/** A CSV text; what a spreadsheet would run as a formula begins with an apostrophe. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    const text = typeof value === 'string' ? value.replace(/^(?=[=+\-@\t\r])/, "'") : String(value);
    return `"${text.replaceAll('"', '""')}"`;
  };
  return `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}
