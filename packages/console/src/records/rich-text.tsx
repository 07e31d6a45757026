import { createElement, type ReactNode } from 'react';

const allowed = new Set(
  'p br b strong i em u s sub sup ul ol li h1 h2 h3 h4 h5 h6 blockquote pre code span div a hr table thead tbody tr th td'.split(
    ' ',
  ),
);
const empty = new Set(['br', 'hr']);

/**
 * Rich text shown without handing markup to the browser: it is parsed into a document that runs nothing, and the
 * elements we know are made anew. Everything else is left as its text; scripts and styles are dropped.
 */
export function RichText({ html }: { html: string }) {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  return <div className="rich-text">{childrenOf(body)}</div>;
}

function childrenOf(node: Node): ReactNode[] {
  return [...node.childNodes].map((child, index) => shown(child, index));
}

function shown(node: Node, key: number): ReactNode {
  if (node instanceof Text) return node.data;
  if (!(node instanceof Element)) return null;
  const name = node.localName;
  if (/^(script|style|template|iframe|object)$/.test(name)) return null;
  if (!allowed.has(name)) return childrenOf(node);
  const link = name === 'a' ? safeLink(node.getAttribute('href')) : undefined;
  const attributes = link ? { key, href: link, target: '_blank', rel: 'noreferrer noopener' } : { key };
  return empty.has(name)
    ? createElement(name, attributes)
    : createElement(name, attributes, ...childrenOf(node));
}

function safeLink(href: string | null): string | undefined {
  return href !== null && /^(https?:|mailto:)/i.test(href.trim()) ? href : undefined;
}
