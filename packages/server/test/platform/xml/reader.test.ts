import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/platform/errors.ts';
import { encodeWindows31j } from '../../../src/platform/text/windows31j.ts';
import { escapeAttribute, escapeText } from '../../../src/platform/xml/escape.ts';
import { createXmlReader, type XmlLimits } from '../../../src/platform/xml/reader.ts';

const wide = (text: string, bigEndian: boolean) => {
  const bytes = Buffer.from(text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};
const windows31j = (text: string) => encodeWindows31j(text, (character) => `&#${character.codePointAt(0)};`);

/** What a document says, with neighbouring pieces of text joined. */
function read(document: string | Uint8Array, step = Number.POSITIVE_INFINITY, limits?: Partial<XmlLimits>) {
  const bytes = typeof document === 'string' ? Buffer.from(document) : document;
  const seen: string[] = [];
  let text = '';
  const flush = () => {
    if (text !== '') seen.push(JSON.stringify(text));
    text = '';
  };
  const reader = createXmlReader(
    {
      open({ local, uri, attributes, line }) {
        flush();
        const values = Object.values(attributes).map((attribute) => ` ${attribute.name}=${attribute.value}`);
        seen.push(`<${uri && `{${uri}}`}${local}${values.join('')}>${line}`);
      },
      close({ local }) {
        flush();
        seen.push(`</${local}>`);
      },
      text(piece) {
        text += piece;
      },
    },
    { maxBytes: 1e9, ...limits },
  );
  for (let from = 0; from < bytes.length; from += step) reader.write(bytes.subarray(from, from + step));
  reader.end();
  return { seen, encoding: reader.encoding() };
}

function failure(document: string | Uint8Array, limits?: Partial<XmlLimits>): AppError {
  try {
    read(document, undefined, limits);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was read');
}

const sample =
  '<?xml version="1.0"?>\n<!-- c --><r xmlns="urn:a"\n a="1&amp;&#x9ad8;">髙<b/>x&lt;\r\n<![CDATA[<&]]x]]]>y</r>\n';
test('elements, namespaces, attributes, text and CDATA, wherever the bytes are cut', () => {
  for (const step of [1, 2, 3, 7, 1000]) {
    expect(read(sample, step).seen).toEqual([
      '<{urn:a}r xmlns=urn:a a=1&高>2',
      '"髙"',
      '<{urn:a}b>3',
      '</b>',
      '"x<\\n<&]]x]y"',
      '</r>',
    ]);
  }
});

describe('encodings', () => {
  const body = '<r>日本語髙①～ｱ</r>';
  const declared = (name: string) => `<?xml version="1.0" encoding="${name}"?>${body}`;
  test.each<[string, Uint8Array, string]>([
    ['no declaration', Buffer.from(body), 'UTF-8'],
    ['UTF-8', Buffer.from(declared('utf-8')), 'UTF-8'],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${declared('UTF-8')}`), 'UTF-8'],
    ['UTF-16LE with a mark', wide(`\ufeff${declared('UTF-16')}`, false), 'UTF-16LE'],
    ['UTF-16BE with a mark', wide(`\ufeff${body}`, true), 'UTF-16BE'],
    ['UTF-16LE without one', wide(declared('UTF-16LE'), false), 'UTF-16LE'],
    ['UTF-16BE without one', wide(declared('utf-16'), true), 'UTF-16BE'],
    ['Windows-31J', windows31j(declared('Windows-31J')), 'Windows-31J'],
    ['Shift_JIS', windows31j(declared('Shift_JIS')), 'Windows-31J'],
  ])('%s', (_name, bytes, encoding) => {
    for (const step of [1, 5, 1000]) {
      expect(read(bytes, step)).toEqual({ seen: ['<r>1', '"日本語髙①～ｱ"', '</r>'], encoding });
    }
  });

  test.each<[string, Uint8Array, string]>([
    ['unknown', Buffer.from(declared('EBCDIC-JP')), 'xml.encoding'],
    ['latin 1', Buffer.from(declared('ISO-8859-1')), 'xml.encoding'],
    ['unknown in UTF-16', wide(`\ufeff${declared('x')}`, false), 'xml.encoding'],
    ['UTF-16 said, UTF-8 sent', Buffer.from(declared('UTF-16')), 'xml.encodingMismatch'],
    ['UTF-8 said, UTF-16 sent', wide(declared('UTF-8'), true), 'xml.encodingMismatch'],
    [
      'Windows-31J said under a UTF-8 mark',
      Buffer.from(`\ufeff${declared('MS932')}`),
      'xml.encodingMismatch',
    ],
    ['Windows-31J said, UTF-8 sent', Buffer.from(declared('Windows-31J')), 'xml.bytes'],
    ['UTF-8 said, Windows-31J sent', windows31j(declared('UTF-8')), 'xml.bytes'],
    ['cut in a character', Buffer.from('<r/>\u3042').subarray(0, 5), 'xml.bytes'],
    ['overlong', Buffer.from([0x3c, 0x72, 0x3e, 0xc0, 0xbc]), 'xml.bytes'],
    ['odd UTF-16', wide(`\ufeff${body}`, false).subarray(0, -1), 'xml.bytes'],
  ])('refused: %s', (_name, bytes, code) => {
    expect(failure(bytes).code).toBe(code);
  });
});

test.each([
  '<!DOCTYPE r><r/>',
  '<!DOCTYPE r [<!ENTITY a "b"><!ENTITY c SYSTEM "file:///etc/passwd">]><r>&a;</r>',
  '<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd"><r/>',
])('a DOCTYPE is refused: %s', (document) => {
  expect(failure(document).code).toBe('xml.doctype');
});

test.each([
  ['', 1],
  [' ', 1],
  ['<r>', 1],
  ['<r>\n<a>\n</r>', 3],
  ['<r>\n\n&nbsp;</r>', 3],
  ['<r>&#0;</r>', 1],
  ['<r>\u0001</r>', 1],
  ['<r a="1" a="2"/>', 1],
  ['<r\na="<"/>', 2],
  ['<p:r/>', 1],
  ['<r/><r/>', 1],
  ['<r/>\nx', 2],
  ['<r>]]></r>', 1],
  ['<r', 1],
  ['x', 1],
  ['<r><![CDATA[x', 1],
])('not well-formed: %j, in line %d', (document, line) => {
  const error = failure(document);
  expect(error).toMatchObject({ code: 'xml.malformed', kind: 'invalid', params: { line } });
  expect(error.text('ja')).toContain(`${line}行`);
});

test('limits: size, depth, tags, attributes and comments', () => {
  expect(failure('<r>12345678</r>', { maxBytes: 14 }).code).toBe('xml.tooLarge');
  expect(read('<r>12345678</r>', 4, { maxBytes: 15 }).seen).toHaveLength(3);
  expect(failure('<a>'.repeat(4), { maxDepth: 3 })).toMatchObject({
    code: 'xml.tooDeep',
    params: { line: 1 },
  });
  expect(read('<a>'.repeat(3) + '</a>'.repeat(3), 5, { maxDepth: 3 }).seen).toHaveLength(6);
  const long = 'x'.repeat(1_200_000);
  const many = Array.from({ length: 200_000 }, (_, i) => ` a${i}=""`).join('');
  for (const document of [
    `<${long}`,
    `<r a="${long}`,
    `<r ${many}`,
    `<r><!--${long}`,
    `<?p ${long}`,
    `<r>&${long}`,
  ]) {
    expect(failure(document).code, document.slice(0, 10)).toBe('xml.tagTooLong');
  }
});

test('a text of any length comes in pieces, and memory does not grow with it', () => {
  const row = Buffer.from('"6本木店","商品",1234.5,"a&amp;b"\n'.repeat(2000));
  const pieces = { count: 0, longest: 0, length: 0 };
  const reader = createXmlReader(
    {
      text(piece) {
        pieces.count += 1;
        pieces.length += piece.length;
        pieces.longest = Math.max(pieces.longest, piece.length);
      },
    },
    { maxBytes: 1e9 },
  );
  reader.write(Buffer.from('<r>'));
  for (let i = 0; i < 300; i++) reader.write(row);
  reader.write(Buffer.from('<![CDATA['));
  for (let i = 0; i < 300; i++) reader.write(row);
  reader.write(Buffer.from(']]></r>'));
  reader.end();
  const plain = row.toString();
  expect(pieces.length).toBe(300 * (plain.length + plain.replaceAll('&amp;', '&').length));
  expect(pieces.longest).toBeLessThanOrEqual(65_536 + 10);
});

test('what a handler throws comes through', () => {
  const mine = new Error('mine');
  const reader = createXmlReader(
    {
      open() {
        throw mine;
      },
    },
    { maxBytes: 100 },
  );
  expect(() => reader.write(Buffer.from('<r></r>'))).toThrow(mine);
});

test('what is escaped reads back the same', () => {
  const text = ' a&b<c>"d\'\r\n\te]]>髙😀';
  const { seen } = read(`<r a="${escapeAttribute(text)}">${escapeText(text)}</r>`);
  expect(seen[0]).toBe(`<r a=${text}>1`);
  expect(JSON.parse(seen[1]!)).toBe(text);
  expect(escapeText('a\u0000\u000b\ud800b😀\uffff')).toBe('a\ufffd\ufffd\ufffdb😀\ufffd');
});

test('long plain lines, of which the parser sees only the last line end, are read as any others', () => {
  const plain = Array.from({ length: 200 }, (_, index) => `行${index},FY2015,"quoted",${index}.5\n`).join('');
  const content = `${plain}a&lt;b\n${plain}x]]y\r\n${plain}<![CDATA[${plain}]]>${plain}end 😀`;
  const document = `<r>${content}<i/>${plain}</r>`;
  const text = content
    .replace('&lt;', '<')
    .replace('\r\n', '\n')
    .replace('<![CDATA[', '')
    .replace(/\]\]>/, '');
  const lines = text.split('\n').length;
  for (const step of [997, 4099, 70_001, Number.POSITIVE_INFINITY]) {
    expect(read(document, step).seen).toEqual([
      '<r>1',
      JSON.stringify(text),
      `<i>${lines}`,
      '</i>',
      JSON.stringify(plain),
      '</r>',
    ]);
  }
  const line = (document: string) => failure(document).params.line;
  expect(line(`<r>${plain}]]>${plain}</r>`)).toBe(201);
  expect(line(`<r>${plain}]]${'>'.repeat(3)}${plain}</r>`)).toBe(201);
  expect(line(`<r>${plain}${plain}a\u0001b${plain}</r>`)).toBe(401);
  expect(line(`<r>${plain}${plain}\ufffe${plain}</r>`)).toBe(401);
});
