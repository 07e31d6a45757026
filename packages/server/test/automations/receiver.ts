import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Received = {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  body: Record<string, unknown>;
  at: number;
};
export type Reply = { status?: number; body?: string; headers?: Record<string, string> } | 'hang';

/** A receiver of webhooks on a free port; `answer` decides what each request gets. */
export async function receiver(answer: (request: Received) => Reply | Promise<Reply> = () => ({})) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const text = Buffer.concat(chunks).toString();
      const one = {
        path: request.url!,
        headers: request.headers,
        text,
        body: JSON.parse(text),
        at: Date.now(),
      };
      received.push(one);
      const reply = await answer(one);
      if (reply === 'hang') return;
      response.writeHead(reply.status ?? 200, reply.headers).end(reply.body ?? '');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    /** Waits until at least `count` requests of that path are there. */
    async wait(count: number, path?: string, timeoutMs = 10_000): Promise<Received[]> {
      const until = Date.now() + timeoutMs;
      for (;;) {
        const found = received.filter((one) => path === undefined || one.path === path);
        if (found.length >= count) return found;
        if (Date.now() > until) throw new Error(`${found.length} of ${count} requests came`);
        await new Promise((done) => setTimeout(done, 10));
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
