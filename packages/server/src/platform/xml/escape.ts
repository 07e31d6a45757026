/** For XML that is written as template strings: every value goes through one of these. */

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Characters that XML 1.0 has no way to write, unpaired surrogates among them. */
const unwritable = String.raw`\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}`;
const inText = new RegExp(String.raw`[&<>\r${unwritable}]`, 'gu');
const inAttribute = new RegExp(String.raw`[&<>"\t\n\r${unwritable}]`, 'gu');

const reference = (character: string) => references[character] ?? '\ufffd';

/** `text` as character data; what XML cannot hold becomes U+FFFD. */
export function escapeText(text: string): string {
  return text.replaceAll(inText, reference);
}

/** `text` as the value of an attribute in double quotes; line breaks and tabs survive. */
export function escapeAttribute(text: string): string {
  return text.replaceAll(inAttribute, reference);
}
