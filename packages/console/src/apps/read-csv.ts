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
