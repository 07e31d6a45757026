import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { type ListenAnswer, listen, parseAnswer } from '../../src/cli/listen.ts';

let end: (() => Promise<number>) | undefined;
afterEach(async () => {
  await end?.();
  end = undefined;
});

async function start(answer: ListenAnswer = { kind: 'ok' }, port = 0) {
  const controller = new AbortController();
  const stdin = new PassThrough();
  const out = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write(text: string) {
      out[name] += text;
    },
  });
  const running = listen({
    port,
    host: '127.0.0.1',
    answer,
    stdin,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    signal: controller.signal,
  });
  end = () => {
    controller.abort();
    return running;
  };
  await vi.waitFor(() => expect(out.stdout + out.stderr).not.toBe(''));
  const url = /http:\/\/\S+/.exec(out.stdout)?.[0] ?? '';
  return { out, url, stdin, running };
}

const post = (url: string, body: string | Uint8Array<ArrayBuffer>, headers = {}) =>
  fetch(`${url}hook?a=1`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
    signal: AbortSignal.timeout(3_000),
  });

test('prints method, path, headers of interest and JSON with its Japanese', async () => {
  const { out, url } = await start();
  const response = await post(url, '{"部品":{"備品名":"モニター \\u9ad8"},"n":[1]}', { 'x-token': 'abc' });
  expect([response.status, await response.json()]).toEqual([200, { result: 'ok' }]);
  expect(out.stdout).toMatch(/\d\d:\d\d:\d\d\.\d{3} POST \/hook\?a=1 → ok\n/);
  expect(out.stdout).toContain('  content-type: application/json\n');
  expect(out.stdout).toContain('  x-token: abc\n');
  expect(out.stdout).toContain(
    '  {\n    "部品": {\n      "備品名": "モニター 高"\n    },\n    "n": [\n      1\n    ]\n  }\n',
  );
  expect(out.stdout).not.toMatch(/accept-encoding/);
});

test('answers ng, a status, or nothing, as told at the start', async () => {
  const ng = await start({ kind: 'ng', message: '在庫がありません' });
  const response = await post(ng.url, '{}');
  expect([response.status, await response.json()]).toEqual([
    200,
    { result: 'ng', error_message: '在庫がありません' },
  ]);
  await end!();
  const status = await start({ kind: 'status', status: 503 });
  expect((await post(status.url, '{}')).status).toBe(503);
  await end!();
  const hang = await start({ kind: 'hang' });
  await expect(fetch(hang.url, { method: 'POST', signal: AbortSignal.timeout(300) })).rejects.toThrow(
    /timeout/,
  );
  expect(hang.out.stdout).toContain('(no body)');
});

test('lines typed while it runs change the answer', async () => {
  const { out, url, stdin } = await start();
  const type = async (line: string, shown: string) => {
    stdin.write(`${line}\n`);
    await vi.waitFor(() => expect(out.stdout + out.stderr).toContain(shown));
  };
  await type('ng 在庫 なし', 'Answers ng "在庫 なし" from now on');
  expect(await (await post(url, '{}')).json()).toEqual({ result: 'ng', error_message: '在庫 なし' });
  await type('status 500', 'Answers status 500 from now on');
  expect((await post(url, '{}')).status).toBe(500);
  await type('hang', 'Answers nothing at all (hang) from now on');
  await type('explode', 'Not understood');
  await type('ok', 'Answers ok from now on');
  expect((await post(url, '{}')).status).toBe(200);
});

test.each(['', 'x', 'status', 'status 99', 'status 101', 'status 600', 'status 2x', 'ok then', 'hang 5'])(
  'no answer: "%s"',
  (line) => {
    expect(parseAnswer(line)).toBeUndefined();
  },
);

test('bodies are bounded, and what is no text or no JSON is shown safely', async () => {
  const { out, url } = await start();
  await post(url, `"${'x'.repeat(3_000_000)}"`);
  expect(out.stdout).toContain(`… ${3_000_002 - 1_048_576} more bytes`);
  expect(out.stdout.length).toBeLessThan(1_060_000);
  await post(url, 'no json \u001b[2J\u202e部品');
  expect(out.stdout).toContain('  no json \\u001b[2J\\u202e部品\n');
  await post(url, Uint8Array.of(0x82, 0xa0, 0xff));
  expect(out.stdout).toContain('(3 bytes that are no UTF-8 text)');
});

test('ends with status 0 when it is stopped, though a request hangs', async () => {
  const { url } = await start({ kind: 'hang' });
  const hanging = fetch(url, { method: 'POST' }).catch((error: Error) => error);
  await new Promise((done) => setTimeout(done, 100));
  expect(await end!()).toBe(0);
  expect(await hanging).toBeInstanceOf(Error);
});

test('a port in use exits 1 with a sentence', async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const { out, running } = await start({ kind: 'ok' }, (other.address() as AddressInfo).port);
  expect(await running).toBe(1);
  expect(out.stderr).toMatch(/^renkei listen: .*EADDRINUSE/);
  await new Promise((done) => other.close(done));
});
