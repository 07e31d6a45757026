// Puts the public figures of planning.yaml into their ledger through the fusion_place Web-API, as a batch client would,
// and compares the totals that the server shows with sums made here:
//   node examples/demo/load-ledger.mjs http://127.0.0.1:49152 maeda pass-maeda-1
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** The rows of the data set: `{series, year, month, count}`. */
export function readFigures() {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/vega-datasets/data');
  return JSON.parse(readFileSync(join(folder, 'unemployment-across-industries.json'), 'utf8'));
}

/**
 * Imports the figures year by year; gives for each year the sum over all months and industries here and there.
 * Throws what the server refuses.
 */
export async function loadLedger({ url, user, password }) {
  const base = `${url}/fusionplace`;
  const figures = readFigures();
  const session = await signIn(base, user, password);
  const years = [...new Set(figures.map(({ year }) => year))].sort();
  const totals = [];
  for (const year of years) {
    const own = figures.filter((row) => row.year === year);
    const csv = own.map(({ series, month, count }) => `Y${year},M${month},${series},${count}`).join('\n');
    await send(base, session.token, 'IMPORT_VALUES', 'FIGURES', year, csv);
    const document = await send(base, session.token, 'EXPORT_VALUES', 'BY_INDUSTRY', year);
    const shown = [...document.matchAll(/^"ALL","M\d+","(\d+)"$/gm)].map(([, count]) => Number(count));
    totals.push({
      year,
      expected: own.reduce((sum, { count }) => sum + count, 0),
      shown: shown.reduce((sum, count) => sum + count, 0),
    });
  }
  await session.end();
  return totals;
}

async function signIn(base, user, password) {
  const register = await fetch(`${base}/rest/v1/oauth/client`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_types: ['password', 'refresh_token'],
      scope: 'webapi',
      client_name: 'load-ledger',
    }),
  });
  const { client_id: id, client_secret: secret } = await register.json();
  const headers = { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
  const grant = new URLSearchParams({ username: user, password, grant_type: 'password', scope: 'webapi' });
  const answer = await fetch(`${base}/rest/v1/oauth/token`, { method: 'POST', headers, body: grant });
  if (!answer.ok) throw new Error(`signing in was refused: ${await answer.text()}`);
  const { access_token: token } = await answer.json();
  const body = new URLSearchParams({ token });
  return { token, end: () => fetch(`${base}/rest/v1/process/terminate`, { method: 'POST', headers, body }) };
}

async function send(base, token, type, form, year, contents = '') {
  const parameters = { APPLICATION: 'LABOUR', FORM: form, PARTICIPANT: '#NONE' };
  const rows = Object.entries(parameters).map(
    ([name, value]) => `<parameter name="${name}" value="${value}"/>`,
  );
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<request type="${type}" desc="${form} ${year}">
  <parameters>${rows.join('')}<parameter name="POV" key="#FY" value="Y${year}"/></parameters>
  <contents>
${contents}
  </contents>
</request>`;
  const response = await fetch(`${base}/api/1.2/requests`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/xml',
      'content-encoding': 'gzip',
    },
    body: gzipSync(body),
  });
  const text = await response.text();
  if (!text.includes('<code>SUCCESSFUL</code>')) throw new Error(`${type} of ${year}: ${text.slice(-2000)}`);
  return /<returned-contents>([\s\S]*)<\/returned-contents>/.exec(text)[1];
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [, , url = 'http://127.0.0.1:49152', user = 'maeda', password = 'pass-maeda-1'] = argv;
  const totals = await loadLedger({ url, user, password });
  console.table(totals);
  if (totals.some(({ expected, shown }) => expected !== shown)) process.exitCode = 1;
}
