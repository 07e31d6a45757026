/** A rule of a translation table: wildcards `?` (one character) and `*` (any) in both codes (fusion_place §3.1). */
export type TranslationRule = { source: string; target: string };

/** What a rule's target means when the row shall be left out. */
export const ignoreCode = '#IGNORE';

/**
 * The first matching rule's target, its wildcards replaced by what those of the source matched, in order; undefined
 * when no rule matches. Upper and lower case are not told apart.
 */
export function createTranslator(rules: readonly TranslationRule[]): (code: string) => string | undefined {
  const compiled = rules.map(({ source, target }) => ({ pattern: compile(source), target }));
  return (code) => {
    for (const { pattern, target } of compiled) {
      const match = pattern.exec(code);
      if (match) return fill(target, match.slice(1));
    }
    return undefined;
  };
}

function compile(source: string): RegExp {
  const pattern = source.replace(/[*?]|[^*?]+/g, (part) => {
    if (part === '*') return '(.*?)';
    return part === '?' ? '(.)' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${pattern}$`, 'isu');
}

function fill(target: string, matched: readonly string[]): string {
  let next = 0;
  return target.replace(/[*?]/g, () => matched[next++] ?? '');
}
