/**
 * A small application that a service catalog sells: files in folders, an instance for each subscription. It implements
 * the provisioning service, an operation (BACKUP) and a token handler, and reports each download as an event.
 * Run: npx tsx examples/sample-app/server.ts   (settings: see README.md)
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  call,
  child,
  children,
  type Element,
  envelope,
  escapeText,
  fields,
  readMessage,
  text,
  wsdl,
} from './soap.ts';
import { createStorage } from './storage.ts';

const port = Number(process.env.SAMPLE_PORT ?? 7777);
const own = process.env.SAMPLE_URL ?? `http://127.0.0.1:${port}`;
const platform = process.env.SAMPLE_PLATFORM ?? 'http://127.0.0.1:49152';
/** `user:password` of a technology provider's user at the platform. */
const credentials = process.env.SAMPLE_CREDENTIALS ?? '';
const storage = createStorage(process.env.SAMPLE_DATA ?? './sample-data');

type Visit = { instance: string; user: string; subscription: string; portalSession: string };
const visits = new Map<string, Visit>();

const done = (desc = 'ok') => fields({ desc, rc: 0 });

/** The provisioning service: what stands inside `return`. */
const provisioning: Record<string, (request: Element) => Promise<string>> = {
  sendPing: async (request) => escapeText(text(request, 'arg')),
  saveAttributes: async () => done(),
  async createInstance(request) {
    const instance = await storage.create(parametersOf(child(request, 'request'), 'parameterValue'));
    return `${done()}<o:instance>${fields({ instanceId: instance.id })}</o:instance>`;
  },
  modifySubscription: (request) => changeParameters(request),
  upgradeSubscription: (request) => changeParameters(request),
  activateInstance: (request) => setActive(request, true),
  deactivateInstance: (request) => setActive(request, false),
  async deleteInstance(request) {
    await storage.remove(text(request, 'instanceId'));
    return done();
  },
  async createUsers(request) {
    const users = children(request, 'users').map((user) => text(user, 'userId'));
    await storage.change(text(request, 'instanceId'), (instance) => {
      instance.users = [...new Set([...instance.users, ...users])];
    });
    const told = users.map((userId) => `<o:users>${fields({ applicationUserId: userId, userId })}</o:users>`);
    return done() + told.join('');
  },
  updateUsers: async () => done(),
  async deleteUsers(request) {
    const gone = children(request, 'users').map(
      (user) => text(user, 'applicationUserId') || text(user, 'userId'),
    );
    await storage.change(text(request, 'instanceId'), (instance) => {
      instance.users = instance.users.filter((user) => !gone.includes(user));
    });
    return done();
  },
};

/** The operation service. */
const operations: Record<string, (request: Element) => Promise<string>> = {
  async executeServiceOperation(request) {
    const [parameter] = children(request, 'parameters');
    await storage.backup(text(request, 'instanceId'), text(parameter, 'value'));
    return fields({ asyncExecution: false });
  },
  getParameterValues: async () => '',
};

function parametersOf(element: Element | undefined, name: string): Record<string, string> {
  return Object.fromEntries(
    children(element, name).map((one): [string, string] => [text(one, 'parameterId'), text(one, 'value')]),
  );
}

async function changeParameters(request: Element): Promise<string> {
  await storage.change(text(request, 'instanceId'), (instance) => {
    Object.assign(instance.parameters, parametersOf(request, 'parameterValues'));
  });
  return done();
}

async function setActive(request: Element, active: boolean): Promise<string> {
  await storage.change(text(request, 'instanceId'), (instance) => {
    instance.active = active;
  });
  return done();
}

async function soap(request: IncomingMessage, response: ServerResponse, handlers: typeof provisioning) {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/xml');
    response.end(wsdl(own + new URL(request.url ?? '/', own).pathname));
    return;
  }
  const message = readMessage((await body(request)).toString());
  const handler = Object.hasOwn(handlers, message.local) ? handlers[message.local] : undefined;
  let answer: string;
  try {
    if (handler === undefined) throw new Error(`there is no operation ${message.local}`);
    answer = `<o:${message.local}Response><return>${await handler(message)}</return></o:${message.local}Response>`;
  } catch (error) {
    // 200: an exception, by the convention of sample applications
    const reason = fields({ desc: (error as Error).message, rc: 200 });
    answer = `<o:${message.local}Response><return>${reason}</return></o:${message.local}Response>`;
  }
  response.setHeader('content-type', 'text/xml; charset=utf-8');
  response.end(envelope(answer));
}

/** The token handler: asks the platform whose token this is, and opens a visit for him. */
async function login(url: URL, response: ServerResponse) {
  const subscription = url.searchParams.get('subKey') ?? '';
  const portalSession = url.searchParams.get('bssId') ?? '';
  const query = `<subscriptionKey>${escapeText(subscription)}</subscriptionKey><sessionId>${escapeText(portalSession)}</sessionId><userToken>${escapeText(url.searchParams.get('usertoken') ?? '')}</userToken>`;
  const user = await call(`${platform}/SessionService/BASIC`, credentials, 'resolveUserToken', query);
  if (!user) {
    response.writeHead(401).end('This way in was used or is not valid.');
    return;
  }
  const id = randomBytes(24).toString('base64url');
  visits.set(id, { instance: url.searchParams.get('instanceId') ?? '', user, subscription, portalSession });
  response
    .writeHead(302, { location: `${own}/`, 'set-cookie': `sample=${id}; HttpOnly; SameSite=Lax; Path=/` })
    .end();
}

async function logout(id: string, visit: Visit, response: ServerResponse) {
  visits.delete(id);
  const query = `<subscriptionKey>${visit.subscription}</subscriptionKey><sessionId>${visit.portalSession}</sessionId>`;
  const address = await call(`${platform}/SessionService/BASIC`, credentials, 'deleteServiceSession', query);
  response.writeHead(302, { location: address ?? platform }).end();
}

async function download(visit: Visit, folder: string, name: string, response: ServerResponse) {
  const content = await storage.load(visit.instance, folder, name);
  const event = fields({
    actor: visit.user,
    eventId: 'FILE_DOWNLOAD',
    multiplier: 1,
    occurrenceTime: Date.now(),
    uniqueId: crypto.randomUUID(),
  });
  const query = `<subscriptionKey>${visit.subscription}</subscriptionKey><event>${event}</event>`;
  await call(`${platform}/EventService/BASIC`, credentials, 'recordEventForSubscription', query);
  response.setHeader('content-type', 'application/octet-stream');
  response.end(content);
}

async function pages(url: URL, request: IncomingMessage, response: ServerResponse) {
  const id = /(?:^|; )sample=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  const visit = visits.get(id);
  if (visit === undefined) {
    response.writeHead(401).end('Open this application from the service catalog.');
    return;
  }
  if (url.pathname === '/logout') return logout(id, visit, response);
  const { active, users } = await storage.read(visit.instance);
  if (!active || !users.includes(visit.user)) {
    response.writeHead(403).end('This subscription is not in use, or not by you.');
    return;
  }
  const [folder = '', name = ''] = url.pathname.split('/').slice(1).map(decodeURIComponent);
  if (request.method === 'PUT') {
    if (name === '') await storage.addFolder(visit.instance, folder);
    else await storage.save(visit.instance, folder, name, await body(request));
    response.writeHead(201).end();
    return;
  }
  if (name !== '') return download(visit, folder, name, response);
  const rows = (await storage.list(visit.instance)).map((one) => {
    const link = (file: string) =>
      `<li><a href="/${encodeURIComponent(one.folder)}/${encodeURIComponent(file)}">${escapeText(file)}</a></li>`;
    return `<h2>${escapeText(one.folder)}</h2><ul>${one.files.map(link).join('')}</ul>`;
  });
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(
    `<!doctype html><title>Files</title><h1>Files of ${escapeText(visit.user)}</h1>${rows.join('')}<p><a href="/logout">Sign out</a>`,
  );
}

async function body(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

createServer(async (request, response) => {
  try {
    const url = new URL(request.url ?? '/', own);
    if (url.pathname === '/provisioning') await soap(request, response, provisioning);
    else if (url.pathname === '/operation') await soap(request, response, operations);
    else if (url.pathname === '/login') await login(url, response);
    else await pages(url, request, response);
  } catch (error) {
    if (!response.headersSent) response.writeHead(500);
    response.end((error as Error).message);
  }
}).listen(port, '127.0.0.1', () => console.log(`The sample application listens at ${own}`));
