/**
 * A technical service definition of 1,000 services (about 10 MB), imported into a fresh server, imported again without
 * a change, and exported. Prints seconds, and the server's peak of resident memory. Run: npm run bench -- catalog
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverProcess } from '../packages/server/test/support/server-process.ts';

const services = 1000;
const parameters = 30;
const password = 'bench-password-1';

function definition(): string {
  const texts = (name: string, text: string) =>
    ['en', 'ja', 'de'].map((locale) => `<${name} locale="${locale}">${text} ${locale}</${name}>`).join('');
  const parameter = (index: number) =>
    `<ParameterDefinition id="PARAMETER_${index}" valueType="INTEGER" default="${index}" minValue="0" maxValue="500" configurable="true">${texts('LocalizedDescription', 'What this one is for')}</ParameterDefinition>`;
  const service = (index: number) => `
<tns:TechnicalService id="Service ${index}" accessType="LOGIN" baseUrl="http://app.example.com/${index}" loginPath="/login" provisioningUrl="/p?wsdl">
${texts('LocalizedDescription', `A service made for the bench, number ${index}`)}
${Array.from({ length: parameters }, (_, one) => parameter(one)).join('\n')}
<Event id="E">${texts('LocalizedDescription', 'Something happened')}</Event>
<Role id="R">${texts('LocalizedName', 'User')}${texts('LocalizedDescription', 'May use it')}</Role>
</tns:TechnicalService>`;
  return `<tns:TechnicalServices xmlns:tns="oscm.serviceprovisioning/1.9/TechnicalService.xsd">${Array.from({ length: services }, (_, one) => service(one)).join('')}</tns:TechnicalServices>`;
}

const server = await serverProcess({ RENKEI_ADMIN_PASSWORD: password }, true);
try {
  const workspace = join(server.dataDir, 'workspace.json');
  const organizations = [{ id: 'acme', roles: ['technologyProvider'] }];
  writeFileSync(workspace, JSON.stringify({ renkei: 1, catalog: { organizations } }));
  const url = await server.start({ RENKEI_WORKSPACE: workspace });
  const session = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password }),
  });
  const { access_token: token } = (await session.json()) as { access_token: string };
  const authorization = `Bearer ${token}`;
  const file = definition();
  print('catalog: size of the definition, MB', file.length / 1e6);
  const before = memory();
  print('catalog: resident memory before, MB', before.now);
  for (const what of ['first import', 'import without a change']) {
    const started = performance.now();
    const answer = await fetch(`${url}/v1/catalog/technical-services`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/xml' },
      body: file,
    });
    const { imported } = (await answer.json()) as { imported: { outcome: string }[] };
    const wanted = what === 'first import' ? 'added' : 'same';
    if (imported.filter(({ outcome }) => outcome === wanted).length !== services)
      throw new Error('not imported');
    print(`catalog: ${what}, seconds`, (performance.now() - started) / 1000);
    print(`catalog: peak memory after it, MB`, memory().peak);
  }
  const started = performance.now();
  const answer = await fetch(`${url}/v1/catalog/definitions`, { headers: { authorization } });
  const text = await answer.text();
  print('catalog: export, seconds', (performance.now() - started) / 1000);
  print('catalog: exported, MB', text.length / 1e6);
} finally {
  await server.close();
}

/** Resident memory of the server, MB. */
function memory(): { now: number; peak: number } {
  const status = readFileSync(`/proc/${server.pid()}/status`, 'utf8');
  const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1000;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

function print(name: string, value: number): void {
  console.log(`${name}: ${value.toFixed(2)}`);
}
