import { SaxesParser } from 'saxes';

/** As much SOAP 1.1 as this application needs: both sides of document/literal messages. */

export type Element = { local: string; text: string; children: Element[] };

export const namespace = 'http://oscm.org/xsd';

/** The one child of a message's body. */
export function readMessage(text: string): Element {
  const root: Element = { local: '', text: '', children: [] };
  const stack = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('no DOCTYPE in a message');
  });
  parser.on('opentag', ({ local }) => {
    const element: Element = { local, text: '', children: [] };
    stack.at(-1)?.children.push(element);
    stack.push(element);
  });
  parser.on('closetag', () => void stack.pop());
  const onText = (piece: string) => {
    const current = stack.at(-1);
    if (current) current.text += piece;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.write(text).close();
  const body = child(root.children[0], 'Body')?.children[0];
  if (body === undefined) throw new Error('the message has no body');
  return body;
}

export function child(element: Element | undefined, local: string): Element | undefined {
  return element?.children.find((one) => one.local === local);
}

export function children(element: Element | undefined, local: string): Element[] {
  return element?.children.filter((one) => one.local === local) ?? [];
}

export function text(element: Element | undefined, local: string): string {
  return child(element, local)?.text.trim() ?? '';
}

export function escapeText(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Fields of a type, which are qualified with the prefix `o`. */
export function fields(record: Record<string, string | number | boolean>): string {
  return Object.entries(record)
    .map(([name, value]) => `<o:${name}>${escapeText(String(value))}</o:${name}>`)
    .join('');
}

export function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="${namespace}"><s:Body>${body}</s:Body></s:Envelope>`;
}

/** A WSDL with what a platform reads of it: namespace, address, version. */
export function wsdl(address: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="${namespace}"><documentation>v1.8</documentation><service name="Service"><port name="Port" binding="Binding"><soap:address location="${address}"/></port></service></definitions>`;
}

/** Calls an operation of the platform and gives the `return` of its answer. */
export async function call(
  url: string,
  credentials: string,
  operation: string,
  body: string,
): Promise<string | undefined> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      soapaction: '""',
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    },
    body: envelope(`<o:${operation}>${body}</o:${operation}>`),
  });
  const message = await answer.text();
  if (!answer.ok) throw new Error(`${operation}: HTTP ${answer.status} ${message.slice(0, 300)}`);
  return child(readMessage(message), 'return')?.text;
}
