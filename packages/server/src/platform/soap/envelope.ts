import { escapeText } from '../xml/escape.ts';
import { child, childText, type Element, readElement } from './element.ts';

/** SOAP 1.1 over HTTP, document/literal wrapped. */

export const soapNamespace = 'http://schemas.xmlsoap.org/soap/envelope/';
export const soapContentType = 'text/xml; charset=utf-8';

export type SoapFault = { code: string; text: string; detail: Element | undefined };

export type SoapMessage = {
  /** The one child of the body. */
  content: Element | undefined;
  fault: SoapFault | undefined;
};

/** What a message says; undefined when it is XML but no SOAP 1.1 envelope. Throws the XML reader's errors. */
export function readEnvelope(bytes: Uint8Array, maxBytes: number): SoapMessage | undefined {
  const root = readElement(bytes, maxBytes);
  if (root.local !== 'Envelope' || root.uri !== soapNamespace) return undefined;
  const content = child(root, 'Body')?.children[0];
  if (content?.local !== 'Fault' || content.uri !== soapNamespace) return { content, fault: undefined };
  const fault = {
    code: childText(content, 'faultcode') ?? '',
    text: childText(content, 'faultstring') ?? '',
    detail: child(content, 'detail'),
  };
  return { content: undefined, fault };
}

/** A message around its content, which is XML already. */
export function writeEnvelope(content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenv="${soapNamespace}"><soapenv:Header/><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`;
}

/** A fault; `detail` is XML already. */
export function writeFault(code: 'Client' | 'Server', text: string, detail = ''): string {
  return writeEnvelope(
    `<soapenv:Fault><faultcode>soapenv:${code}</faultcode><faultstring>${escapeText(text)}</faultstring>${
      detail && `<detail>${detail}</detail>`
    }</soapenv:Fault>`,
  );
}
