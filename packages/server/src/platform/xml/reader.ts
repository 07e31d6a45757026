/**
 * The one XML parser: streaming, namespace-aware, with positions, and hardened: no DOCTYPE, so no entities beyond the
 * five of XML itself; limits on size, depth and the length of tags; memory that does not grow with the document.
 */
import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from 'saxes';
import type { StreamDecoder } from '../text/windows31j.ts';
import { createXmlDecoder, detectEncoding, encodingsNamed, type XmlEncoding } from './decoder.ts';
import { xmlErrors } from './errors.ts';

export type XmlElement = {
  /** As written, with its prefix. */
  name: string;
  local: string;
  /** Namespace, `''` for none. */
  uri: string;
  /** By name as written; each has `local`, `uri` and `value`. */
  attributes: Readonly<Record<string, SaxesAttributeNS>>;
  /** Line, from 1, of the tag's name or of what follows it. */
  line: number;
};

export type XmlHandlers = {
  open?(element: XmlElement): void;
  close?(element: Pick<XmlElement, 'name' | 'local' | 'uri'>): void;
  /** A piece of character data inside the root, CDATA included; one text may come in many pieces. */
  text?(piece: string): void;
};

export type XmlLimits = {
  /** Of the whole document. */
  maxBytes: number;
  /** Nested elements; 100 by default. */
  maxDepth?: number;
};

export type XmlReader = {
  /**
   * Takes the next bytes; the handlers run before it returns, so whoever waits between two writes holds the sender
   * back. Throws `xml.…` errors, and whatever a handler throws; nothing may be written after that.
   */
  write(bytes: Uint8Array): void;
  /** Ends the document; throws when it is not complete. */
  end(): void;
  /** Known as soon as the declaration has been read. */
  encoding(): XmlEncoding | undefined;
  /** Where the parser is, for errors that handlers raise. */
  line(): number;
};

/** Characters that are parsed at a time: it bounds the pieces of text, and how far limits are overrun. */
const pieceLength = 65_536;
/** Characters of one tag with its attributes, one comment or one processing instruction. */
const tagLimit = 1_048_576;

/**
 * The parts of a parser that saxes keeps to itself. It gathers a text of any length before it reports it (2 GB of
 * CSV in one element is what fusion_place sends), so the text is taken out after each piece.
 */
type Inside = { text: string; state: number; line: number; carriedFromPrevious: string | undefined };

const textStates = ['<a>x', '<a><![CDATA[x'].map((start) => {
  const inside = new SaxesParser().write(start) as unknown as Inside;
  if (typeof inside.state !== 'number' || inside.line !== 1 || !('carriedFromPrevious' in inside))
    throw new Error('This version of saxes is built otherwise');
  return inside.state;
});
const [contentState] = textStates;

/** What the parser must see: markup, references, what might be `]]>`, line ends to unify, characters XML forbids. */
const unplain = /[^\t\n\x20-%'-;=?-\\^-\ufffd]/g;
/** Shorter stretches of plain text are not worth a way of their own. */
const shortestStretch = 512;

/** Where the whole lines of text that the parser need not see end, counted from `from`. */
function endOfPlainLines(text: string, from: number): number {
  unplain.lastIndex = from;
  const end = unplain.exec(text)?.index ?? text.length;
  return end - from < shortestStretch ? from : text.lastIndexOf('\n', end - 1);
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** Reads one document; see `XmlReader`. */
export function createXmlReader(handlers: XmlHandlers, { maxBytes, maxDepth = 100 }: XmlLimits): XmlReader {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const inside = parser as unknown as Inside;
  let decoder: StreamDecoder | undefined;
  let encoding: XmlEncoding | undefined;
  let head = Buffer.alloc(0);
  let size = 0;
  let depth = 0;
  let tagLine = 1;
  /** Characters since the parser last finished something. */
  let pending = 0;

  parser.on('error', (error) => {
    const reason = error.message.replace(/^\d+:\d+: /, '');
    throw xmlErrors.malformed({ line: parser.line, column: parser.column, reason });
  });
  parser.on('doctype', () => {
    throw xmlErrors.doctype({ line: parser.line });
  });
  parser.on('xmldecl', ({ encoding: name }) => {
    if (name !== undefined && !encodingsNamed(name).includes(encoding!)) {
      throw xmlErrors.encodingMismatch({ encoding: name, actual: encoding! });
    }
  });
  parser.on('opentagstart', () => {
    tagLine = parser.line;
  });
  parser.on('opentag', ({ name, local, uri, attributes }) => {
    pending = 0;
    depth += 1;
    if (depth > maxDepth) throw xmlErrors.tooDeep({ line: tagLine, limit: maxDepth });
    handlers.open?.({ name, local, uri, attributes, line: tagLine });
  });
  parser.on('closetag', (tag: SaxesTagNS) => {
    pending = 0;
    depth -= 1;
    handlers.close?.(tag);
  });
  const finished = () => {
    pending = 0;
  };
  parser.on('comment', finished);
  parser.on('processinginstruction', finished);
  const onText = (piece: string) => {
    pending = 0;
    if (depth > 0 && piece !== '') handlers.text?.(piece);
  };
  parser.on('text', onText);
  parser.on('cdata', onText);

  /**
   * Passes whole lines of plain text on without the parser, which looks at each character (a third of the time that
   * an import of a million values took). It gets the last line end, so that it knows where a line begins.
   */
  function skipPlainLines(text: string, from: number): number {
    if (inside.state !== contentState || depth === 0 || inside.carriedFromPrevious !== undefined) return from;
    const end = endOfPlainLines(text, from);
    if (end <= from) return from;
    const lines = text.slice(from, end);
    inside.line += countLines(lines);
    onText(lines);
    return end;
  }

  function parse(text: string): void {
    for (let from = 0; from < text.length; from += pieceLength) {
      from = skipPlainLines(text, from);
      const piece = text.slice(from, from + pieceLength);
      pending += piece.length;
      parser.write(piece);
      if (textStates.includes(inside.state)) {
        const gathered = inside.text;
        inside.text = '';
        onText(gathered);
      }
      if (pending > tagLimit) throw xmlErrors.tagTooLong({ line: parser.line, limit: tagLimit });
    }
  }

  function decode(bytes: Uint8Array | undefined): string {
    try {
      return bytes === undefined ? decoder!.decode() : decoder!.decode(bytes, { stream: true });
    } catch {
      throw xmlErrors.bytes({ line: parser.line, encoding: encoding! });
    }
  }

  function start(atEnd: boolean): void {
    encoding = detectEncoding(head, atEnd);
    if (encoding === undefined) return;
    decoder = createXmlDecoder(encoding);
    const first = head;
    head = Buffer.alloc(0);
    parse(decode(first));
  }

  return {
    write(bytes) {
      size += bytes.length;
      if (size > maxBytes) throw xmlErrors.tooLarge({ limit: maxBytes });
      if (decoder !== undefined) {
        parse(decode(bytes));
        return;
      }
      head = Buffer.concat([head, bytes]);
      start(false);
    },
    end() {
      if (decoder === undefined) start(true);
      parse(decode(undefined));
      parser.close();
    },
    encoding: () => encoding,
    line: () => parser.line,
  };
}
