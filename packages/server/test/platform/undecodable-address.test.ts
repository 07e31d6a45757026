import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Served, serve } from '../appsuite/serve.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

const ask = async (path: string) => {
  const answer = await fetch(`${served.url}${path}`, { headers: { 'accept-language': 'en' } });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
};

test.each(['/api/%ZZ', '/api/process_types/%E3%81/processes', '/auth/%'])(
  'ssm §1.4: %s cannot be decoded and is refused with a msg',
  async (path) => {
    const { status, text } = await ask(path);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({ msg: expect.stringContaining('malformed') });
  },
);

test.each(['/cgi-bin/dneo/%ZZ', '/cgi-bin/%ZZ?action=list_apps'])(
  'appsuite §2.3: %s cannot be decoded and is ng',
  async (path) => {
    const { status, text } = await ask(path);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ status: 'ng', errorno: -10, errmsgadd: '' });
  },
);

test('fusion_place §1: an address that cannot be decoded is refused in plain text', async () => {
  const { status, type, text } = await ask('/fusionplace/api/%ZZ');
  expect(status).toBe(400);
  expect(type).toMatch(/^text\/plain/);
  expect(text).toContain('malformed');
});

test.each(['/v1/%ZZ', '/%ZZ'])('contract §5: %s is a problem document', async (path) => {
  const { status, type } = await ask(path);
  expect([status, type]).toEqual([400, 'application/problem+json; charset=utf-8']);
});
