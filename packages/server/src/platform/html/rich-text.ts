/** Rich text as SSM takes it (ssm §1.9): how its size is counted, and which markup it may hold. */
import sanitizeHtml from 'sanitize-html';
import { defineErrors } from '../errors.ts';

/** The most bytes a rich-text value may have, counted by `escapedByteLength` (ssm §1.9 fact 38). */
export const richTextLimit = 10_000_000;

/** Bytes beyond the character's own one that its reference takes: `&amp;` `&lt;` `&gt;` `&#34;` `&#39;`. */
const added = new Map([
  [0x26, 4],
  [0x3c, 3],
  [0x3e, 3],
  [0x22, 4],
  [0x27, 4],
]);

/**
 * Size of `text` in bytes of UTF-8 after escaping it for HTML (ssm §1.9 fact 38): `&` counts 5, `<` and `>` 4,
 * quotation marks and apostrophes 5. The last two follow MarkupSafe, which the product's pinned Flask escapes with.
 */
export function escapedByteLength(text: string): number {
  let size = Buffer.byteLength(text);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= 0x3e) size += added.get(unit) ?? 0;
  }
  return size;
}

/**
 * What stays: text structure, emphasis, lists, tables, links and pictures, as HTML mail and rich-text editors make
 * them. No scripts, styles, frames, forms, media or foreign content (svg, math).
 */
const allowedTags = [
  ...[
    'address',
    'article',
    'aside',
    'blockquote',
    'center',
    'div',
    'footer',
    'header',
    'hr',
    'p',
    'pre',
    'section',
  ],
  ...[
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
    'dl',
    'dt',
    'dd',
    'li',
    'ol',
    'ul',
    'figure',
    'figcaption',
    'main',
    'nav',
  ],
  ...[
    'a',
    'abbr',
    'b',
    'bdi',
    'bdo',
    'big',
    'br',
    'cite',
    'code',
    'data',
    'del',
    'dfn',
    'em',
    'font',
    'i',
    'img',
  ],
  ...[
    'ins',
    'kbd',
    'mark',
    'q',
    'rb',
    'rp',
    'rt',
    'rtc',
    'ruby',
    's',
    'samp',
    'small',
    'span',
    'strike',
    'strong',
  ],
  ...['sub', 'sup', 'time', 'tt', 'u', 'var', 'wbr'],
  ...['caption', 'col', 'colgroup', 'table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr'],
];
const allowed = new Set(allowedTags);

const length = /^\d{1,4}(?:\.\d{1,2})?(?:px|pt|em|rem|%|ex|ch)?$/;
const lengths = [
  /^(?:\d{1,4}(?:\.\d{1,2})?(?:px|pt|em|rem|%)?|auto)(?: (?:\d{1,4}(?:\.\d{1,2})?(?:px|pt|em|rem|%)?|auto)){0,3}$/,
];
const colour = [/^#[0-9a-f]{3,8}$/i, /^(?:rgb|rgba|hsl|hsla)\([\d\s.,%/]{3,40}\)$/i, /^[a-z]{3,24}$/i];
const word = [/^[a-z-]{2,24}$/i];
const border = [
  /^(?:\d{1,2}(?:px|pt)? )?[a-z]{3,10}(?: (?:#[0-9a-f]{3,8}|[a-z]{3,24}|rgba?\([\d\s.,%]{3,40}\)))?$/i,
];

const options: sanitizeHtml.IOptions = {
  allowedTags,
  allowedAttributes: {
    '*': ['align', 'class', 'dir', 'lang', 'style', 'title', 'valign'],
    a: ['href', 'name', 'rel', 'target'],
    blockquote: ['cite'],
    col: ['span', 'width'],
    colgroup: ['span', 'width'],
    data: ['value'],
    del: ['cite', 'datetime'],
    font: ['color', 'face', 'size'],
    img: ['alt', 'height', 'src', 'width'],
    ins: ['cite', 'datetime'],
    li: ['value'],
    ol: ['start', 'type'],
    q: ['cite'],
    table: ['bgcolor', 'border', 'cellpadding', 'cellspacing', 'height', 'width'],
    td: ['bgcolor', 'colspan', 'headers', 'height', 'nowrap', 'rowspan', 'width'],
    th: ['bgcolor', 'colspan', 'headers', 'height', 'nowrap', 'rowspan', 'scope', 'width'],
    time: ['datetime'],
    tr: ['bgcolor', 'height'],
    ul: ['type'],
  },
  // No positions, no URLs: a value must not lay itself over the page that shows it, nor call home.
  allowedStyles: {
    '*': {
      'background-color': colour,
      border,
      'border-collapse': word,
      color: colour,
      'font-family': [/^[\p{L}\p{N}\s,'"-]{1,200}$/u],
      'font-size': [length, ...word],
      'font-style': word,
      'font-weight': [/^(?:[1-9]00|[a-z]{4,8})$/],
      height: [length],
      'letter-spacing': [length],
      'line-height': [length, /^normal$/],
      'list-style-type': word,
      margin: lengths,
      'margin-bottom': lengths,
      'margin-left': lengths,
      'margin-right': lengths,
      'margin-top': lengths,
      padding: lengths,
      'padding-bottom': lengths,
      'padding-left': lengths,
      'padding-right': lengths,
      'padding-top': lengths,
      'text-align': word,
      'text-decoration': [/^[a-z -]{4,40}$/i],
      'text-indent': [length],
      'vertical-align': [length, ...word],
      'white-space': word,
      width: [length],
    },
  },
  allowedSchemes: ['http', 'https', 'mailto', 'tel', 'ftp'],
  allowedSchemesByTag: { img: ['http', 'https', 'data', 'cid'] },
  allowProtocolRelative: true,
};

const errors = defineErrors('richText', {
  tooDeep: {
    kind: 'invalid',
    ja: 'リッチテキストのタグの入れ子が深すぎます（上限{limit}）',
    en: 'The tags of the rich text are nested deeper than {limit}',
  },
});

/** The parser's time grows with the square of the open tags: a megabyte of `<b>` would hold the server for a minute. */
const depthLimit = 500;

function withDepthGuard(onTag: (name: string) => void): sanitizeHtml.IOptions {
  let depth = 0;
  return {
    onOpenTag(name) {
      depth += 1;
      if (depth > depthLimit) throw errors.tooDeep({ limit: depthLimit });
      onTag(name);
    },
    onCloseTag() {
      depth -= 1;
    },
  };
}

/**
 * `text` without what rich text may not hold: disallowed tags go and leave their content (of script, style and the
 * like nothing is left), attributes, addresses and styles that are not on the list go, text and white space stay,
 * leading blanks included (ssm §1.9 facts 41 and 42). A value without any tag is returned as it came; one with tags
 * in normal form, entities resolved. Tags nested deeper than 500 are refused (`richText.tooDeep`).
 */
export function sanitizeRichText(text: string): string {
  if (!text.includes('<')) return text;
  return sanitizeHtml(text, { ...options, ...withDepthGuard(() => {}) });
}

/**
 * The names of the tags in `text` that rich text may not hold, each once, in order (ssm §1.9 fact 41, where such
 * content is refused). Attributes are not tags: they are only ever taken out by `sanitizeRichText`.
 */
export function disallowedTags(text: string): string[] {
  if (!text.includes('<')) return [];
  const found = new Set<string>();
  const guard = withDepthGuard((name) => {
    if (!allowed.has(name)) found.add(name);
  });
  sanitizeHtml(text, { allowedTags: [], allowedAttributes: {}, ...guard });
  return [...found];
}
