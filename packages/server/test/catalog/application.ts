import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { childText, type Element } from '../../src/platform/soap/element.ts';
import { readEnvelope } from '../../src/platform/soap/envelope.ts';

/** A SOAP application that a test scripts: it records every request and answers as it is told. */

export type Call = {
  operation: string;
  headers: IncomingHttpHeaders;
  /** The wrapper element with its arguments. */
  args: Element;
  text: string;
};

export type Reply =
  | { return: string }
  | { returns: string[] }
  | { fault: string }
  | { status: number; body?: string }
  | 'hang'
  /** Begins to answer, and never ends. */
  | 'stall'
  | 'drop';

export type Application = {
  url: string;
  /** What was asked over HTTP: `GET /wsdl`, `POST createInstance`, … */
  requests: string[];
  calls: Call[];
  /** Calls of one operation. */
  callsOf(operation: string): Call[];
  /** Answers an operation so from now on. */
  on(operation: string, reply: Reply | ((call: Call) => Reply | Promise<Reply>)): void;
  /** Paths whose WSDL is never answered. */
  silent: Set<string>;
  /** Answers the WSDL with this status. */
  wsdlStatus: number;
  credentials: { user: string; password: string } | undefined;
  version: string | undefined;
  close(): Promise<void>;
};

const ok = { return: '<o:desc>ok</o:desc><o:rc>0</o:rc>' };

export async function startApplication(): Promise<Application> {
  const replies = new Map<string, Parameters<Application['on']>[1]>();
  let count = 0;
  const application: Application = {
    url: '',
    requests: [],
    calls: [],
    callsOf: (operation) => application.calls.filter((call) => call.operation === operation),
    on: (operation, reply) => void replies.set(operation, reply),
    silent: new Set(),
    wsdlStatus: 200,
    credentials: undefined,
    version: 'v1.8',
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };

  const standard = (call: Call): Reply => {
    if (call.operation === 'sendPing') return { return: childText(call.args, 'arg') ?? '' };
    if (call.operation === 'createInstance') {
      count += 1;
      return { return: `${ok.return}<o:instance><o:instanceId>inst-${count}</o:instanceId></o:instance>` };
    }
    return ok;
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { credentials } = application;
    const basic =
      credentials && `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
    if (basic && request.headers.authorization !== basic) {
      application.requests.push(`${request.method} 401`);
      response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      return;
    }
    if (request.method === 'GET') {
      application.requests.push(`GET ${request.url}`);
      if (application.silent.has(request.url ?? '')) return;
      response
        .writeHead(application.wsdlStatus, { 'content-type': 'text/xml' })
        .end(wsdl(application.url, application.version));
      return;
    }
    const text = Buffer.concat(chunks).toString();
    const args = readEnvelope(Buffer.from(text), 10_000_000)?.content as Element;
    const call: Call = { operation: args.local, headers: request.headers, args, text };
    application.requests.push(`POST ${call.operation}`);
    application.calls.push(call);
    const scripted = replies.get(call.operation) ?? standard;
    const reply = typeof scripted === 'function' ? await scripted(call) : scripted;
    if (reply === 'hang') return;
    if (reply === 'stall') {
      response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8' });
      response.write('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>');
      return;
    }
    if (reply === 'drop') {
      request.socket.destroy();
      return;
    }
    if ('status' in reply) {
      response.writeHead(reply.status).end(reply.body ?? '');
      return;
    }
    const content =
      'fault' in reply
        ? `<s:Fault><faultcode>s:Server</faultcode><faultstring>${reply.fault}</faultstring></s:Fault>`
        : `<o:${call.operation}Response>${('returns' in reply ? reply.returns : [reply.return])
            .map((one) => `<return>${one}</return>`)
            .join('')}</o:${call.operation}Response>`;
    response
      .writeHead('fault' in reply ? 500 : 200, { 'content-type': 'text/xml; charset=utf-8' })
      .end(
        `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="http://oscm.org/xsd"><s:Body>${content}</s:Body></s:Envelope>`,
      );
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  application.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return application;
}

function wsdl(url: string, version: string | undefined): string {
  return `<?xml version="1.0"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" targetNamespace="http://oscm.org/xsd">
  ${version ? `<wsdl:documentation>${version}</wsdl:documentation>` : ''}
  <wsdl:service name="ProvisioningService">
    <wsdl:port name="ProvisioningServicePort" binding="b"><soap:address location="${url}/soap"/></wsdl:port>
    <wsdl:port name="Soap12Port" binding="b"><soap12:address location="${url}/nowhere"/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>`;
}
