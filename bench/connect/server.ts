import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// A fake Highrise that costs as little as possible: every page is rendered once and sent as it is. Run as a
// process of its own, so that it takes no time from what is measured.

const size = 500;

function person(n: number): string {
  return `<person><id type="integer">${n}</id><first-name>First${n}</first-name><last-name>Last${n % 977}</last-name><title>${['CEO', 'CFO', 'Clerk'][n % 3]}</title><background>Met at the fair of ${2000 + (n % 20)} &amp; since then</background><linkedin-url></linkedin-url><avatar-url>https://example.com/${n}.png</avatar-url><company-id type="integer">${(n % 10_000) + 1}</company-id><company-name>Company ${(n % 10_000) + 1}</company-name><visible-to>Everyone</visible-to><owner-id type="integer" nil="true"></owner-id><group-id type="integer" nil="true"></group-id><author-id type="integer">2</author-id><created-at type="datetime">2012-01-0${(n % 9) + 1}T04:00:00Z</created-at><updated-at type="datetime">2013-02-1${n % 9}T15:45:46Z</updated-at><contact-data><email-addresses type="array"><email-address><id type="integer">${n}</id><address>p${n}@example.com</address><location>Work</location></email-address></email-addresses><phone-numbers type="array"/><addresses type="array"/></contact-data></person>`;
}

const company = (n: number): string =>
  `<company><id type="integer">${n}</id><name>Company ${n}</name><visible-to>Everyone</visible-to><created-at type="datetime">2012-01-01T04:00:00Z</created-at><updated-at type="datetime">2013-02-01T15:45:46Z</updated-at></company>`;

const pages = new Map<string, Buffer>();

function page(kind: 'people' | 'companies', from: number, total: number): Buffer {
  const key = `${kind} ${from} ${Math.min(total - from, size)}`;
  let body = pages.get(key);
  if (!body) {
    const render = kind === 'people' ? person : company;
    const rows = Array.from({ length: Math.max(0, Math.min(size, total - from)) }, (_, i) =>
      render(from + i + 1),
    );
    body = Buffer.from(
      `<?xml version="1.0" encoding="UTF-8"?>\n<${kind} type="array">${rows.join('\n')}</${kind}>`,
    );
    if (pages.size < 300) pages.set(key, body);
  }
  return body;
}

let requests = 0;

// The number of people is the first step of the path: /50000/people.xml.
const server = createServer((request, response) => {
  const url = new URL(request.url!, 'http://x');
  const [, , total, name] = url.pathname.split('/');
  if (name === 'requests') {
    response.end(String(requests));
    requests = 0;
    return;
  }
  requests += 1;
  const from = Number(url.searchParams.get('n') ?? 0);
  const one = /^(people|companies)\/(\d+)\.xml$/.exec(url.pathname.split('/').slice(3).join('/'));
  response.setHeader('content-type', 'application/xml');
  if (one) return void response.end(one[1] === 'people' ? person(Number(one[2])) : company(Number(one[2])));
  if (name === 'account.xml')
    return void response.end(`<account><people-count>${total}</people-count></account>`);
  if (name === 'subject_fields.xml') return void response.end('<subject-fields type="array"/>');
  if (name !== 'people.xml' && name !== 'companies.xml') return void response.end('<people type="array"/>');
  response.end(page(name === 'people.xml' ? 'people' : 'companies', from, Number(total)));
});
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
