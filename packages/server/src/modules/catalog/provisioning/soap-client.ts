import type { AppError } from '../../../platform/errors.ts';
import type { Outbound, OutboundFailure } from '../../../platform/outbound/outbound.ts';
import { type Element, readElement } from '../../../platform/soap/element.ts';
import { readEnvelope, soapContentType, writeEnvelope } from '../../../platform/soap/envelope.ts';
import { escapeAttribute } from '../../../platform/xml/escape.ts';
import { errors } from '../errors.ts';

/** Where an application says how it is called. */
export type ServiceAddress = {
  wsdlUrl: string;
  /** BASIC credentials, sent with every request; only with a user name and a password (oscm §3.1). */
  username: string | undefined;
  password: string | undefined;
};

export type Endpoint = { namespace: string; location: string; version: string };

/** A message to send: `content` is the inside of the wrapper element, whose namespace has the prefix `o`. */
export type SoapCall = { operation: string; soapAction: string; content: string };

/** How a call ended, for the record of calls. */
export type CallOutcome = {
  status: number | undefined;
  answer: string | undefined;
  error: AppError | undefined;
};

/** `TIMEOUT`, `CONNECTION_REFUSED`, `ENDPOINT`, `CUSTOMER`: why a service counts as not alive (oscm §3.6). */
type NotAlive = 'TIMEOUT' | 'CONNECTION_REFUSED' | 'ENDPOINT' | 'CUSTOMER';

/** Answers are small: an instance, some users, a choice list. */
const answerLimit = 4 * 1024 * 1024;
const soapBinding = 'http://schemas.xmlsoap.org/wsdl/soap/';

export type SoapClient = {
  /** Reads the WSDL: status 200, its target namespace, the last SOAP 1.1 port, the version it tells (oscm §3.1). */
  resolve(address: ServiceAddress): Promise<Endpoint>;
  /**
   * Sends a call and gives the wrapper of the answer. Throws `catalog.notAlive` when there is no usable answer and
   * `catalog.operationFailed` for a SOAP fault; `mayHaveActed` tells whether the application can have acted on it.
   */
  call(address: ServiceAddress, endpoint: Endpoint, call: SoapCall): Promise<SoapAnswer>;
};

export type SoapAnswer = { content: Element; status: number; text: string };

/** A call that failed, with what is known of it. */
export class CallFailure extends Error {
  readonly error: AppError;
  /** The application may have done what it was asked to. */
  readonly mayHaveActed: boolean;
  readonly status: number | undefined;
  readonly text: string | undefined;
  constructor(error: AppError, mayHaveActed: boolean, status?: number, text?: string) {
    super(error.message);
    this.error = error;
    this.mayHaveActed = mayHaveActed;
    this.status = status;
    this.text = text;
  }
}

export function createSoapClient(outbound: Outbound, timeoutMs: number): SoapClient {
  return {
    async resolve(address) {
      const { wsdlUrl } = address;
      const answer = await outbound.send({
        method: 'GET',
        url: wsdlUrl,
        headers: { accept: 'text/xml, application/xml, */*', ...authorization(address) },
        timeoutMs,
        maxResponseBytes: answerLimit,
      });
      if (!answer.ok) throw unanswered(answer, false);
      const text = answer.body.toString();
      if (answer.status !== 200) {
        throw new CallFailure(
          notAlive('CUSTOMER', `WSDL: HTTP ${answer.status}`),
          false,
          answer.status,
          text,
        );
      }
      const endpoint = readWsdl(answer.body, wsdlUrl);
      if (endpoint === undefined) {
        throw new CallFailure(notAlive('ENDPOINT', 'WSDL: no SOAP 1.1 port'), false, answer.status, text);
      }
      return endpoint;
    },

    async call(address, { namespace, location }, { operation, soapAction, content }) {
      const wrapper = `<o:${operation} xmlns:o="${escapeAttribute(namespace)}">${content}</o:${operation}>`;
      const answer = await outbound.send({
        method: 'POST',
        url: location,
        headers: {
          'content-type': soapContentType,
          accept: 'text/xml',
          soapaction: `"${soapAction}"`,
          ...authorization(address),
        },
        body: writeEnvelope(wrapper),
        timeoutMs,
        maxResponseBytes: answerLimit,
      });
      if (!answer.ok) throw unanswered(answer, true);
      const { status } = answer;
      const text = answer.body.toString();
      const message = readMessage(answer.body);
      if (message?.fault) {
        const reason = message.fault.text || message.fault.code;
        throw new CallFailure(errors.operationFailed({ operation, reason }), true, status, text);
      }
      if (message?.content === undefined || status !== 200) {
        // a refusal of the web server in front never reached the application
        const acted = status < 400 || status >= 500;
        throw new CallFailure(notAlive('ENDPOINT', `HTTP ${status}`), acted, status, text);
      }
      return { content: message.content, status, text };
    },
  };
}

function authorization({ username, password }: ServiceAddress): Record<string, string> {
  if (!username || password === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

export function notAlive(reason: NotAlive, detail: string): AppError {
  return errors.notAlive({ reason, detail });
}

/** No answer: dead before a connection stood, or lost after the request may have been read. */
function unanswered(failure: OutboundFailure, isCall: boolean): CallFailure {
  const reason =
    failure.kind === 'timeout'
      ? 'TIMEOUT'
      : ['url', 'request', 'address', 'tls'].includes(failure.kind)
        ? 'ENDPOINT'
        : 'CONNECTION_REFUSED';
  const acted = isCall && ['timeout', 'protocol', 'aborted'].includes(failure.kind);
  return new CallFailure(notAlive(reason, failure.error.message), acted);
}

function readMessage(body: Buffer) {
  try {
    return readEnvelope(body, answerLimit);
  } catch {
    return undefined;
  }
}

function readWsdl(body: Buffer, wsdlUrl: string): Endpoint | undefined {
  let root: Element;
  try {
    root = readElement(body, answerLimit);
  } catch {
    return undefined;
  }
  if (root.local !== 'definitions') return undefined;
  const named = (elements: readonly Element[], local: string) =>
    elements.filter((element) => element.local === local);
  const ports = named(root.children, 'service').flatMap(({ children }) => named(children, 'port'));
  const addresses = ports.flatMap(({ children }) =>
    children.filter(({ local, uri }) => local === 'address' && uri === soapBinding),
  );
  const location = addresses.at(-1)?.attributes.location;
  const namespace = root.attributes.targetNamespace;
  if (location === undefined || namespace === undefined || !URL.canParse(location, wsdlUrl)) return undefined;
  const version = named(root.children, 'documentation')[0]?.text.trim();
  // missing and unknown versions are taken for 1.8 (oscm §3.1)
  return {
    namespace,
    location: new URL(location, wsdlUrl).href,
    version: version === 'v1.7' ? 'v1.7' : 'v1.8',
  };
}
