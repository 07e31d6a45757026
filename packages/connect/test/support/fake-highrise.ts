import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { element, type Fields, list, type Raw } from './records.ts';
import { type Element, readXml } from './xml.ts';

/** A request as the fake saw it. */
export interface Logged {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
  /** Milliseconds, monotonic. */
  at: number;
}

/** An answer given in place of the fake's own. */
export interface Interruption {
  when(request: Logged): boolean;
  /** How many requests; default 1. */
  times?: number;
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Never answer. */
  stall?: boolean;
}

export type Collection =
  | 'people'
  | 'companies'
  | 'kases'
  | 'deals'
  | 'notes'
  | 'emails'
  | 'comments'
  | 'tasks';

const elementOf: Record<string, string> = {
  people: 'person',
  companies: 'company',
  kases: 'kase',
  deals: 'deal',
  notes: 'note',
  emails: 'email',
  comments: 'comment',
  tasks: 'task',
  subject_fields: 'subject-field',
  task_categories: 'task-category',
  deal_categories: 'deal-category',
  groups: 'group',
  memberships: 'membership',
  users: 'user',
  tags: 'tag',
};

/** Highrise as its API documentation describes it (connector §2): paging, filters, errors, XML. */
export class FakeHighrise {
  readonly log: Logged[] = [];
  readonly interruptions: Interruption[] = [];
  readonly store = new Map<string, Map<number, Fields>>();
  /** Tags of subjects: `people/7` to tag ids. */
  readonly tagged = new Map<string, number[]>();
  readonly deletions: { type: string; id: number; at: string }[] = [];
  /** Rows listed under a subject although they hang on another one (connector §4.5 traps). */
  readonly alsoUnder = new Map<string, number[]>();
  /** Accepted credentials: `Basic …` and `Bearer …` headers. */
  readonly credentials = new Set<string>();
  /** Bearer tokens that were valid once. */
  readonly expired = new Set<string>();
  nextId = 1_000_000;
  now = '2026-11-01T00:00:00Z';
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.receive(request, response));
    this.allowToken('t');
    for (const name of Object.keys(elementOf)) this.store.set(name, new Map());
  }

  static async start(): Promise<FakeHighrise> {
    const fake = new FakeHighrise();
    await new Promise<void>((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  allowToken(token: string): void {
    this.credentials.add(`Basic ${Buffer.from(`${token}:X`).toString('base64')}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  records(name: string): Map<number, Fields> {
    return this.store.get(name)!;
  }

  add(name: string, fields: Fields): number {
    const id = Number(fields.id ?? this.nextId++);
    this.records(name).set(id, { id, ...fields });
    return id;
  }

  /** Requests for a path, in order. */
  asked(path: string | RegExp, method = 'GET'): Logged[] {
    return this.log.filter(
      (one) => one.method === method && (typeof path === 'string' ? one.path === path : path.test(one.path)),
    );
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const logged: Logged = {
      method: request.method!,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(parts).toString('utf8'),
      at: performance.now(),
    };
    this.log.push(logged);
    const interruption = this.interruptions.find((one) => (one.times ?? 1) > 0 && one.when(logged));
    if (interruption) {
      interruption.times = (interruption.times ?? 1) - 1;
      if (interruption.stall) return;
      response.writeHead(interruption.status ?? 200, interruption.headers);
      response.end(interruption.body ?? '');
      return;
    }
    if (!this.credentials.has(request.headers.authorization ?? '')) {
      const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1];
      const expired = token !== undefined && this.expired.has(token);
      response.writeHead(401, { 'content-type': expired ? 'application/json' : 'text/plain' });
      response.end(expired ? '{"error":"OAuth token expired (old age)"}' : 'HTTP Basic: Access denied.');
      return;
    }
    try {
      const [status, body, headers = {}] = this.answer(logged);
      response.writeHead(status, { 'content-type': 'application/xml; charset=utf-8', ...headers });
      response.end(body);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }

  private answer(request: Logged): [status: number, body: string, headers?: Record<string, string>] {
    const steps = request.path
      .replace(/\.xml$/, '')
      .split('/')
      .slice(1);
    const [first, second, third, fourth] = steps;
    if (request.method === 'GET') return this.read(request, steps);
    if (request.method === 'POST') {
      const path = steps.length >= 3 && third !== undefined ? third : first!;
      return this.create(path, readXml(request.body));
    }
    const id = Number(second);
    const found = this.store.get(first!)?.get(id);
    if (!found) return [404, ''];
    if (request.method === 'DELETE') {
      if (fourth) return [200, ''];
      this.records(first!).delete(id);
      this.deletions.push({
        type: elementOf[first!]!.replace(/^./, (c) => c.toUpperCase()),
        id,
        at: this.now,
      });
      return [200, ''];
    }
    const body = readXml(request.body);
    if (first === 'deals' && third === 'status') {
      found.status = body.children.find((child) => child.name === 'name')!.text;
      return [200, ''];
    }
    // PUT on a deal ignores its status; a nested party is refused (connector §2.5, §2.8).
    if (body.children.some((child) => child.name === 'party'))
      return [422, '<errors><error>party is invalid</error></errors>'];
    const { status, ...fields } = this.fieldsOf(body, found);
    Object.assign(
      found,
      first === 'deals' ? fields : { ...fields, ...(status === undefined ? {} : { status }) },
    );
    found['updated-at'] = this.now;
    return [200, ''];
  }

  private create(path: string, body: Element): [number, string, Record<string, string>?] {
    const name = elementOf[path];
    if (!name) return [404, ''];
    const fields = this.fieldsOf(body, {});
    if ('avatar-url' in fields) return [422, '<errors><error>avatar-url is read only</error></errors>'];
    if (path === 'companies' && !fields.name)
      return [422, "<errors><error>Name can't be blank</error></errors>"];
    if (path === 'people' && typeof fields['company-name'] === 'string') {
      const existing = [...this.records('companies').values()].find(
        (one) => one.name === fields['company-name'],
      );
      fields['company-id'] = Number(existing?.id ?? this.add('companies', { name: fields['company-name'] }));
    }
    const id = this.add(path, { ...fields, 'created-at': this.now, 'updated-at': this.now });
    return [
      201,
      this.render(path, this.records(path).get(id)!),
      { location: `${this.url}/${path}/${id}.xml` },
    ];
  }

  /** Fields of a body; contact data and custom fields are merged by their ids. */
  private fieldsOf(body: Element, present: Fields): Fields {
    const fields: Fields = {};
    for (const child of body.children) {
      if (child.name === 'contact-data')
        fields['contact-data'] = this.contact(child, present['contact-data'] as Raw | undefined);
      else if (child.name === 'subject_datas') fields.subject_datas = this.customFields(child, present);
      else if (child.attributes.nil === 'true') fields[child.name] = null;
      else fields[child.name] = child.text;
    }
    return fields;
  }

  private contact(given: Element, present: Raw | undefined): Raw {
    const items = new Map<string, Map<string, Element>>();
    const add = (listName: string, item: Element) => {
      const inner = items.get(listName) ?? new Map<string, Element>();
      items.set(listName, inner);
      const id = item.children.find((child) => child.name === 'id')?.text ?? String(this.nextId++);
      const old = inner.get(id);
      const merged = new Map(
        [...(old?.children ?? []), ...item.children].map((child) => [child.name, child]),
      );
      merged.set('id', { name: 'id', attributes: { type: 'integer' }, children: [], text: id });
      inner.set(id, { ...item, children: [...merged.values()] });
    };
    for (const source of present ? [readXml(present.xml), given] : [given]) {
      for (const one of source.children) for (const item of one.children) add(one.name, item);
    }
    const xml = [...items].map(([name, inner]) => {
      const parts = [...inner.values()].map((item) =>
        element(item.name, Object.fromEntries(item.children.map((child) => [child.name, child.text]))),
      );
      return `<${name} type="array">${parts.join('')}</${name}>`;
    });
    return { xml: `<contact-data>${xml.join('')}</contact-data>` };
  }

  private customFields(given: Element, present: Fields): Raw {
    const values = new Map<string, string>();
    const old = present.subject_datas as Raw | undefined;
    for (const source of old ? [readXml(old.xml), given] : [given]) {
      for (const one of source.children) {
        const text = (name: string) => one.children.find((child) => child.name === name)?.text ?? '';
        values.set(text('subject_field_id'), text('value'));
      }
    }
    return {
      xml: customValues(values, (id) => String(this.records('subject_fields').get(Number(id))?.label)),
    };
  }

  private render(path: string, fields: Fields, attributes = ''): string {
    const tags = this.tagged.get(`${path}/${fields.id}`);
    const shown: Fields = tags
      ? {
          ...fields,
          tags: {
            xml: `<tags type="array">${tags.map((id) => element('tag', this.records('tags').get(id)!)).join('')}</tags>`,
          },
        }
      : fields;
    return element(elementOf[path]!, shown, attributes);
  }

  private read(request: Logged, steps: string[]): [number, string] {
    const { query } = request;
    const [first, second, third] = steps;
    const page = (path: string, rows: Fields[], size: number): [number, string] => {
      const from = Number(query.get('n') ?? 0);
      return [
        200,
        list(
          path,
          rows.slice(from, from + size).map((row) => this.render(path, row)),
        ),
      ];
    };
    const all = (path: string) => [...this.records(path).values()];
    if (first === 'account')
      return [
        200,
        element('account', {
          id: 1,
          name: 'Acme',
          subdomain: 'acme',
          'people-count': this.records('people').size,
          storage: 17,
          color_theme: 'blue',
          ssl_enabled: true,
        }),
      ];
    if (first === 'kases' && (second === 'open' || second === 'closed')) {
      return page(
        'kases',
        all('kases').filter((row) => Boolean(row['closed-at']) === (second === 'closed')),
        500,
      );
    }
    if (first === 'tasks' && second !== undefined && !/^\d+$/.test(second)) {
      const rows = all('tasks').filter((row) =>
        second === 'completed' ? row['done-at'] : second === 'all' || !row['done-at'],
      );
      return [
        200,
        list(
          'tasks',
          rows.map((row) => this.render('tasks', row)),
        ),
      ];
    }
    if (second === 'search') return this.search(first!, query, page);
    if (first === 'deletions') {
      const rows = this.deletions.filter((one) => after(one.at, query.get('since')));
      const from = Number(query.get('n') ?? 0);
      return [
        200,
        list(
          'deletions',
          rows
            .slice(from, from + 500)
            .map((one) => element('deletion', { id: one.id, 'deleted-at': one.at }, ` type="${one.type}"`)),
        ),
      ];
    }
    if (first === 'recordings') return this.recordings(query);
    if (first === 'subject_fields') {
      const type = query.get('type');
      return [
        200,
        list(
          'subject-fields',
          all('subject_fields')
            .filter((row) => type === 'all' || row.type === type)
            .map((row) => this.render('subject_fields', row)),
        ),
      ];
    }
    if (third === 'people' && first === 'companies')
      return page(
        'people',
        all('people').filter((row) => Number(row['company-id']) === Number(second)),
        Number.MAX_SAFE_INTEGER,
      );
    if (third === 'notes' || third === 'emails')
      return this.ofSubject(first!, Number(second), third, query, page);
    if (third === 'comments') {
      if (!this.records(first!).has(Number(second))) return [404, ''];
      return [
        200,
        list(
          'comments',
          all('comments')
            .filter((row) => Number(row['parent-id']) === Number(second))
            .map((row) => this.render('comments', row)),
        ),
      ];
    }
    if (third === 'tags')
      return [
        200,
        list(
          'tags',
          (this.tagged.get(`${first}/${second}`) ?? []).map((id) =>
            element('tag', this.records('tags').get(id)!),
          ),
        ),
      ];
    if (!this.store.has(first!)) return [404, ''];
    if (second !== undefined) {
      const found = this.records(first!).get(Number(second));
      return found ? [200, this.render(first!, found)] : [404, ''];
    }
    let rows = all(first!);
    if (query.get('title') !== null) rows = rows.filter((row) => row.title === query.get('title'));
    if (query.get('status') !== null) rows = rows.filter((row) => row.status === query.get('status'));
    if (query.get('tag_id') !== null)
      rows = rows.filter((row) =>
        this.tagged.get(`${first}/${row.id}`)?.includes(Number(query.get('tag_id'))),
      );
    if (query.get('since') !== null) {
      rows = rows.filter((row) => after(String(row['updated-at']), query.get('since')));
      rows.sort((a, b) => (String(a['updated-at']) < String(b['updated-at']) ? -1 : 1));
    }
    const paged = ['people', 'companies', 'deals'].includes(first!);
    return page(first!, rows, paged ? 500 : Number.MAX_SAFE_INTEGER);
  }

  private search(
    path: string,
    query: URLSearchParams,
    page: (path: string, rows: Fields[], size: number) => [number, string],
  ): [number, string] {
    const criteria = [...query].flatMap(([name, value]) => {
      const field = /^criteria\[(.*)\]$/.exec(name)?.[1];
      return field ? [[field, value] as const] : [];
    });
    const term = query.get('term');
    const rows = [...this.records(path).values()].filter((row) => {
      const contact = (row['contact-data'] as Raw | undefined)?.xml ?? '';
      const names = `${row['first-name'] ?? ''} ${row['last-name'] ?? ''} ${row.name ?? ''}`.toLowerCase();
      return (
        (term === null || names.includes(term.toLowerCase())) &&
        criteria.every(([, value]) => contact.toLowerCase().includes(`>${value.toLowerCase()}<`))
      );
    });
    return page(path, rows, 25);
  }

  private ofSubject(
    path: string,
    id: number,
    kind: 'notes' | 'emails',
    query: URLSearchParams,
    page: (path: string, rows: Fields[], size: number) => [number, string],
  ): [number, string] {
    if (!this.records(path).has(id)) return [404, ''];
    const type = { people: 'Party', companies: 'Party', kases: 'Kase', deals: 'Deal' }[path]!;
    const also = this.alsoUnder.get(`${path}/${id}`) ?? [];
    const rows = [...this.records(kind).values()].filter(
      (row) =>
        (row['subject-type'] === type && Number(row['subject-id']) === id) || also.includes(Number(row.id)),
    );
    return page(
      kind,
      rows.filter((row) => after(String(row['updated-at']), query.get('since'))),
      25,
    );
  }

  private recordings(query: URLSearchParams): [number, string] {
    const rows = (['notes', 'emails', 'comments'] as const)
      .flatMap((path) => [...this.records(path).values()].map((row) => ({ row, path })))
      .filter(({ row }) => after(String(row['updated-at'] ?? row['created-at']), query.get('since')));
    const from = Number(query.get('n') ?? 0);
    const type = { notes: 'Note', emails: 'Email', comments: 'Comment' };
    return [
      200,
      list(
        'recordings',
        rows
          .slice(from, from + 25)
          .map(({ row, path }) => element('recording', row, ` type="${type[path]}"`)),
      ),
    ];
  }
}

/** The `subject_datas` of a record. */
export function customValues(values: ReadonlyMap<string, string>, label: (id: string) => string): string {
  const items = [...values].map(([id, value], i) =>
    element('subject_data', { id: 900 + i, subject_field_id: id, subject_field_label: label(id), value }),
  );
  return `<subject_datas type="array">${items.join('')}</subject_datas>`;
}

function after(time: string, since: string | null): boolean {
  return since === null || time.replace(/\D/g, '').slice(0, 14) >= since;
}
