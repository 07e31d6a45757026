import { childrenNamed, childText, type Element } from '../../src/platform/soap/element.ts';
import { readEnvelope } from '../../src/platform/soap/envelope.ts';
import type { OpenCatalog } from '../catalog/open-catalog.ts';

export type SoapAnswer = {
  status: number;
  /** `ok`, or the name of the exception with its reason: `SubscriptionStateException ONLY_PENDING`. */
  outcome: string;
  /** Texts of the `return` elements. */
  returns: string[];
  content: Element | undefined;
};

/** Calls one of the server's SOAP services as an application does, by an envelope written by hand. */
export async function soapCall(
  opened: OpenCatalog,
  service: string,
  operation: string,
  body: string,
  user = 'provider',
): Promise<SoapAnswer> {
  const response = await fetch(`${opened.url}/${service}/BASIC`, {
    method: 'POST',
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      soapaction: '""',
      authorization: `Basic ${Buffer.from(`${user}:pass-${user}`).toString('base64')}`,
    },
    body: `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="http://oscm.org/xsd"><soapenv:Header/><soapenv:Body><o:${operation}>${body}</o:${operation}></soapenv:Body></soapenv:Envelope>`,
  });
  const message = readEnvelope(Buffer.from(await response.arrayBuffer()), 10_000_000);
  const exception = message?.fault?.detail?.children[0];
  const reason = childText(exception, 'reason') ?? childText(exception, 'member');
  return {
    status: response.status,
    outcome: message?.fault
      ? [exception?.local ?? message.fault.text, reason].filter(Boolean).join(' ')
      : 'ok',
    returns: childrenNamed(message?.content, 'return').map(({ text }) => text),
    content: message?.content,
  };
}

export const instance = (id: string, more = '') =>
  `<instance><o:instanceId>${id}</o:instanceId>${more}</instance>`;
export const texts = (name: string, text: string, locale = 'en') =>
  `<${name}><o:locale>${locale}</o:locale><o:text>${text}</o:text></${name}>`;
