/** JSON indented; anything else as it is. To be shown as text, never as markup. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
