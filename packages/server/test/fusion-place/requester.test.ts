import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runRequester } from '../../src/cli/requester.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { encodeWindows31j } from '../../src/platform/text/windows31j.ts';
import { type Running, startFusionPlace } from './server.ts';

let server: Running;
const folder = mkdtempSync(join(tmpdir(), 'renkei-requester-'));

beforeAll(async () => {
  server = await startFusionPlace({ authSchemes: ['bearer'] });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});

async function run(requests: string, password = 'pass-maeda-1', base = server.base, pause = 0) {
  const file = join(folder, 'requests.xml');
  writeFileSync(
    file,
    encodeWindows31j(
      `<?xml version="1.0" encoding="Windows-31J"?>\n<requests>${requests}</requests>`,
      () => '?',
    ),
  );
  const said: string[] = [];
  const terminal: Terminal = {
    locale: 'en',
    print: (line) => {
      said.push(line);
      // the run stands still meanwhile
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    },
    complain: (line) => said.push(line),
    paint: (_, text) => text,
    interactive: false,
    confirm: async () => false,
  };
  const options = { url: base, user: 'maeda', password };
  const status = await runRequester(file, options, terminal);
  const output = join(folder, 'requests.response.xml');
  return {
    status,
    said,
    response: status === 1 && said[0]?.includes('refused') ? '' : readFileSync(output, 'utf8'),
  };
}

const parameters = `<parameters>
  <parameter name="APPLICATION" value="SAMPLE1"/><parameter name="FORM" value="IMPORT_ACT1"/>
  <parameter name="PARTICIPANT" value="#NONE"/><parameter name="POV" key="#FY" value="FY2015"/>
</parameters>`;
const put = (row: string) =>
  `<request type="IMPORT_VALUES" desc="実績">${parameters}<contents>\n    ${row}\n</contents></request>`;
const take = `<request type="EXPORT_VALUES" desc="a &lt; b">${parameters}<contents/></request>`;

test('the requests of a file run one after the other, their responses go into one file', async () => {
  const { status, said, response } = await run(
    `${put('FY2015,M1,S01,M01,MEMO,"x &lt; y &amp; z"')}<!-- then -->${take}`,
  );
  expect([status, said]).toEqual([0, ['1: SUCCESSFUL', '2: SUCCESSFUL']]);
  expect(response).toMatch(
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<responses>\n<response type="IMPORT_VALUES" desc="実績">/,
  );
  expect(response).toContain('"x &lt; y &amp; z"');
  expect(response).toMatch(
    /<response type="EXPORT_VALUES" desc="a &lt; b">[\s\S]*<\/response>\n<\/responses>\n$/,
  );
});

test('warnings end with 2, errors end the run with 1', async () => {
  expect((await run(put('FY2015,M1,S09,M01,REV,1') + take)).status).toBe(2);
  const failed = await run(`<request type="NOPE"><parameters/></request>${take}`);
  expect([failed.status, failed.said]).toEqual([1, ['1: ERROR']]);
});

test('what is no request file and who may not sign in end with 1', async () => {
  expect((await run('<what/>')).status).toBe(1);
  const refused = await run(take, 'wrong');
  expect(refused.status).toBe(1);
  expect(refused.said[0]).toContain('signing in was refused');
});

test('§1.4: a run that lasts longer than its access token goes on with a new one', async () => {
  const short = await startFusionPlace({ authSchemes: ['bearer'], accessTokenTtl: 1 });
  try {
    const { status, said } = await run(put('FY2015,M1,S01,M01,REV,1') + take, undefined, short.base, 1500);
    expect([status, said]).toEqual([0, ['1: SUCCESSFUL', '2: SUCCESSFUL']]);
  } finally {
    await short.stop();
  }
});
