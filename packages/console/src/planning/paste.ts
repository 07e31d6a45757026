/** A block of cells as spreadsheets put it on the clipboard: rows by line, cells by tab. */
export function readBlock(text: string): string[][] {
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(amountOf));
}

/** An amount without what only people need: `1,234`, `１２３`, `(5)`, `△5` and `▲5`; any other text as it is. */
export function amountOf(given: string): string {
  const text = given.trim();
  const plain = text.normalize('NFKC').replaceAll(',', '');
  const negative = /^\((\d+(?:\.\d+)?)\)$|^[△▲]\s*(\d+(?:\.\d+)?)$/.exec(plain);
  if (negative) return `-${negative[1] ?? negative[2]}`;
  return /^[-+]?\d+(\.\d+)?$/.test(plain) ? plain.replace(/^\+/, '') : text;
}
