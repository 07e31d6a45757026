import { expect, test } from 'vitest';
import {
  disallowedTags,
  escapedByteLength,
  richTextLimit,
  sanitizeRichText,
} from '../../../src/platform/html/rich-text.ts';

test('ssm §1.9 fact 38: the size is that of the escaped value in UTF-8', () => {
  expect(escapedByteLength('')).toBe(0);
  expect(escapedByteLength('&<>"\'')).toBe('&amp;&lt;&gt;&#34;&#39;'.length);
  expect(escapedByteLength('高é😀a ')).toBe(3 + 2 + 4 + 1 + 1);
});

test('ssm acceptance case 19: 2,000,000 ampersands fit exactly, one more does not', () => {
  expect(escapedByteLength('&'.repeat(2_000_000))).toBe(richTextLimit);
  expect(escapedByteLength('&'.repeat(2_000_001))).toBeGreaterThan(richTextLimit);
});

test('ssm acceptance case 20: a script element goes with its content', () => {
  expect(sanitizeRichText('<p>前<script>alert(1)</script>後</p>')).toBe('<p>前後</p>');
  expect(sanitizeRichText('<SCRIPT SRC=//x.example/a.js></SCRIPT>ok')).toBe('ok');
});

test('ssm acceptance case 21: leading blanks stay', () => {
  expect(sanitizeRichText('  \t\n本文')).toBe('  \t\n本文');
  expect(sanitizeRichText('  <b>本文</b>  ')).toBe('  <b>本文</b>  ');
  expect(sanitizeRichText('　<script></script> x')).toBe('　 x');
});

test('a value without tags is returned as it came', () => {
  expect(sanitizeRichText('a & b &amp; "c" &#9312;')).toBe('a & b &amp; "c" &#9312;');
});

test('a less-than sign that begins no tag is text', () => {
  expect(sanitizeRichText('1 < 2, 売上<目標')).toBe('1 &lt; 2, 売上&lt;目標');
  expect(disallowedTags('1 < 2, 売上<目標')).toEqual([]);
});

test('what an editor makes stays', () => {
  const value =
    '<h2>件</h2><p style="color:#c00;text-align:center">赤</p><ul><li>一</li></ul>' +
    '<table border="1"><tbody><tr><td colspan="2">表</td></tr></tbody></table>' +
    '<a href="https://example.com/?a=1&amp;b=2" target="_blank">先</a><br /><img src="data:image/png;base64,AA" alt="図" />';
  expect(sanitizeRichText(value)).toBe(value);
  expect(disallowedTags(value)).toEqual([]);
});

test.each([
  ['<img src=x onerror=alert(1)>', '<img src="x" />'],
  ['<a href="java\tscript:alert(1)">x</a>', '<a>x</a>'],
  ['<a href="data:text/html,x">x</a>', '<a>x</a>'],
  ['<p style="position:fixed;background:url(//x);color:red">x</p>', '<p style="color:red">x</p>'],
  ['<svg><style><img src=x onerror=alert(1)></style></svg>y', 'y'],
  ['<iframe src="https://x.example"></iframe><form><input></form>z', 'z'],
  ['<!--<b>--><?php x ?><!DOCTYPE html>t', 't'],
  ['<b>open', '<b>open</b>'],
  ['<textarea><script>x</script></textarea>t', 't'],
])('taken out: %s', (given, kept) => {
  expect(sanitizeRichText(given)).toBe(kept);
});

test('ssm §1.9 fact 41: disallowed tags are named, each once', () => {
  expect(disallowedTags('<p>x</p>')).toEqual([]);
  expect(disallowedTags('<ScRiPt>1</script><b><iframe></iframe><script></script>')).toEqual([
    'script',
    'iframe',
  ]);
  expect(disallowedTags('<style>p{}</style><textarea><b></textarea><svg/onload=x>')).toEqual([
    'style',
    'textarea',
    'svg',
  ]);
  expect(disallowedTags('&lt;script&gt; <!-- <script> -->')).toEqual([]);
});

test('tags nested beyond reason are refused', () => {
  expect(() => sanitizeRichText('<b>'.repeat(100_000))).toThrow(
    expect.objectContaining({ code: 'richText.tooDeep' }),
  );
  expect(() => disallowedTags('<x>'.repeat(501))).toThrow(
    expect.objectContaining({ code: 'richText.tooDeep' }),
  );
  expect(sanitizeRichText(`${'<b>'.repeat(500)}x`)).toContain('x');
  expect(sanitizeRichText('<br><p>'.repeat(1000))).toContain('<br />');
});

test.each(['<b></b>', '<', '<a href="', '<!--', '</p>', '<p style="color:red">', '<p style="'])(
  'a megabyte of %s is judged in seconds',
  (piece) => {
    const value = piece.repeat(1_000_000 / piece.length);
    const started = performance.now();
    disallowedTags(value);
    sanitizeRichText(value);
    expect(performance.now() - started).toBeLessThan(5_000);
  },
);
