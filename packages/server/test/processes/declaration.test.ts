import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyFile, example, type OpenSsm, openSsm } from '../ssm/open-ssm.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { folderWith } from '../workspace/folder.ts';

let db: TestDatabase;
let ssm: OpenSsm;

beforeAll(async () => {
  db = await createTestDatabase();
  ssm = await openSsm(db);
  await applyFile(ssm.workspace, example);
});
afterAll(async () => {
  await ssm.close();
  await db.drop();
});

const [incident] = example.apps;

/** Where the mistakes are. */
async function mistakes(process: object): Promise<(string | undefined)[]> {
  const file = { renkei: 1, apps: [{ id: 80, name: 'p', process, fields: [] }] };
  return (await ssm.workspace.plan({ file })).faults.map(({ place }) => place);
}

describe('contract §3: `process` of an app', () => {
  const good = { type: '01000009', idPattern: 'P-{seq}', states: ['a', 'b'] };

  test('a good one is accepted, with transitions and groups as approvers', async () => {
    const approval = { state: 'b', approvers: ['group:it'], approved: 'c', rejected: 'a' };
    const transitions = { a: ['b'], b: [] };
    expect(await mistakes(good)).toEqual([]);
    expect(await mistakes({ ...good, states: ['a', 'b', 'c'], transitions, approval })).toEqual([]);
  });

  test('mistakes are told with their places', async () => {
    const at = '/apps/0/process';
    const approval = { state: 'b', approvers: ['user:maeda'], approved: 'a', rejected: 'a' };
    const cases: [object, string[]][] = [
      [{ type: '0100001' }, [`${at}/type`]],
      [{ type: '01000001' }, [`${at}/type`]],
      [{ idPattern: 'P' }, [`${at}/idPattern`]],
      [{ idPattern: 'P-{seq}-{x}' }, [`${at}/idPattern`]],
      [{ states: ['a', 'a'] }, [`${at}/states/1`]],
      [{ states: [] }, [`${at}/states`]],
      [{ transitions: { a: ['z'], 'x/y': [] } }, [`${at}/transitions/a/0`, `${at}/transitions/x~1y`]],
      [{ approval: { ...approval, approved: 'z' } }, [`${at}/approval/approved`]],
      [{ approval: { ...approval, rejected: 'b' } }, [`${at}/approval`]],
      [{ approval: { ...approval, approvers: ['user:nobody', 'group:it'] } }, [`${at}/approval/approvers/0`]],
      [{ approval: { ...approval, approvers: ['maeda'] } }, [`${at}/approval/approvers/0`]],
      [{ other: 1 }, [`${at}/other`]],
    ];
    for (const [change, places] of cases) {
      expect([change, await mistakes({ ...good, ...change })]).toEqual([change, places]);
    }
  });

  test('`state` is the state, so no field can have that name', async () => {
    const fields = [{ id: 101, name: 'state', type: 'text' }];
    const file = { renkei: 1, apps: [{ id: 80, name: 'p', process: good, fields }] };
    const { faults } = await ssm.workspace.plan({ file });
    expect(faults.map(({ place }) => place)).toEqual(['/apps/0/fields/0/name']);
  });

  test('an approver may stand in the same file', async () => {
    const process = {
      ...good,
      approval: { state: 'b', approvers: ['user:new'], approved: 'a', rejected: 'a' },
    };
    const file = {
      renkei: 1,
      users: [{ id: 'new', name: 'n' }],
      apps: [{ id: 80, name: 'p', process, fields: [] }],
    };
    expect((await ssm.workspace.plan({ file })).faults).toEqual([]);
  });

  test('export gives it back', async () => {
    const { file } = await reread((await ssm.workspace.export()).text);
    expect((file as { apps: object[] }).apps[0]).toMatchObject({ process: incident!.process });
  });
});

async function reread(text: string) {
  return ssm.workspace.read(folderWith({ 'w.yaml': text })('w.yaml'));
}
