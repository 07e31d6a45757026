import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { defineErrors } from '../../platform/errors.ts';
import { createXmlReader, type XmlElement } from '../../platform/xml/reader.ts';

/** What makes the HTTP exchange itself fail, as opposed to what it asks for (fusion_place §6.9). */
export const transportErrors = defineErrors('fusionPlace', {
  contentEncoding: {
    kind: 'unsupported',
    ja: 'Content-Encoding {encoding} は受け付けません',
    en: 'The Content-Encoding {encoding} is not accepted',
  },
  gzip: { kind: 'invalid', ja: 'gzipとして展開できません', en: 'The body is not valid gzip' },
  empty: { kind: 'invalid', ja: '本文が空です', en: 'The body is empty' },
  grammar: {
    kind: 'invalid',
    ja: '{line}行目: 要素 {element} はここでは使えません',
    en: 'Line {line}: the element {element} is not allowed here',
  },
  missingType: {
    kind: 'invalid',
    ja: 'リクエストの type 属性がありません',
    en: 'The request has no type attribute',
  },
  stalled: {
    kind: 'invalid',
    ja: '本文が途中で途切れました',
    en: 'The body was cut off',
  },
});

export type Parameter = { name: string; key: string | undefined; value: string };

export type WebRequest = {
  kind: 'request' | 'connect';
  type: string;
  desc: string;
  parameters: readonly Parameter[];
  /**
   * The contents as they come. Ends when the document has, and throws when that or anything of the transport is
   * faulty: what was done with the contents before must then be undone.
   */
  contents: AsyncIterable<string>;
};

/** A client may pause, but not for longer than this, in milliseconds. */
const longestPause = 60_000;

/**
 * Reads a request up to its contents (fusion_place §2.1). Nothing of the contents is read before they are asked for,
 * so the sender is held back by whoever takes them.
 */
export async function readRequest(message: IncomingMessage, maxUnpacked: number): Promise<WebRequest> {
  const chunks = bodyChunks(message)[Symbol.asyncIterator]();
  const state = createGrammar();
  const reader = createXmlReader(state.handlers, { maxBytes: maxUnpacked, maxDepth: 10 });
  let bytes = 0;
  let ended = false;

  async function advance(): Promise<boolean> {
    if (ended) return false;
    const { done, value } = await chunks.next();
    if (!done) {
      bytes += value.length;
      reader.write(value);
      return true;
    }
    ended = true;
    if (bytes === 0) throw transportErrors.empty();
    reader.end();
    return false;
  }

  async function* contents(): AsyncGenerator<string> {
    try {
      do {
        const pieces = state.takeText();
        if (pieces !== '') yield pieces;
      } while (await advance());
      const rest = state.takeText();
      if (rest !== '') yield rest;
    } finally {
      if (!ended) await chunks.return?.(undefined);
    }
  }

  while (!state.inContents() && (await advance()));
  return { ...state.head(), contents: contents() };
}

/** The body's bytes, unpacked. */
async function* bodyChunks(message: IncomingMessage): AsyncGenerator<Uint8Array> {
  const encoding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'gzip' && encoding !== 'identity' && encoding !== 'x-gzip')
    throw transportErrors.contentEncoding({ encoding });
  message.setTimeout(longestPause, () => message.destroy(transportErrors.stalled()));
  try {
    if (encoding === 'identity') {
      yield* message.iterator({ destroyOnReturn: false });
      if (!message.complete) throw transportErrors.stalled();
    } else {
      yield* unpacked(message);
    }
  } finally {
    message.socket.setTimeout(0);
  }
}

async function* unpacked(message: IncomingMessage): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 64 * 1024 });
  const cutOff = () => {
    if (!message.complete) gunzip.destroy(transportErrors.stalled());
  };
  message.once('error', cutOff);
  message.once('close', cutOff);
  message.pipe(gunzip);
  try {
    yield* gunzip;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code?.startsWith('Z_') ? transportErrors.gzip() : error;
  } finally {
    message.off('error', cutOff);
    message.off('close', cutOff);
    message.unpipe(gunzip);
  }
}

/** Follows the elements of a request and keeps what comes before and in its contents. */
function createGrammar() {
  const path: string[] = [];
  const parameters: Parameter[] = [];
  let kind: WebRequest['kind'] = 'request';
  let type: string | undefined;
  let desc = '';
  let text = '';
  let reached = false;

  function attribute({ attributes }: XmlElement, name: string): string | undefined {
    return attributes[name]?.value;
  }

  function open(element: XmlElement): void {
    const place = [...path, element.name].join('/');
    switch (place) {
      case 'connect':
        kind = 'connect';
        break;
      case 'request':
        type = attribute(element, 'type');
        desc = attribute(element, 'desc') ?? '';
        break;
      case 'request/parameters':
        break;
      case 'request/contents':
        reached = true;
        break;
      case 'request/parameters/parameter':
        parameters.push({
          name: attribute(element, 'name') ?? '',
          key: attribute(element, 'key'),
          value: attribute(element, 'value') ?? '',
        });
        break;
      default:
        throw transportErrors.grammar({ line: element.line, element: element.name });
    }
    path.push(element.name);
  }

  return {
    handlers: {
      open,
      close: () => void path.pop(),
      text: (piece: string) => {
        if (path[1] === 'contents') text += piece;
      },
    },
    inContents: () => reached,
    takeText(): string {
      const taken = text;
      text = '';
      return taken;
    },
    head() {
      if (kind === 'request' && type === undefined) throw transportErrors.missingType();
      return { kind, type: type ?? '', desc, parameters };
    },
  };
}
