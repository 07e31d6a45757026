import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { mailCredentials, readMail, startMailServer } from '../support/mailbox.ts';
import { applyFile, call, example, logIn, type OpenSsm, openSsm } from './open-ssm.ts';
import { spawnServer } from './spawn-server.ts';

const path = '/api/process_types/01000001/processes';
let db: TestDatabase;
const ending: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});
afterAll(() => db.drop());

async function open(smtpUrl: string | undefined, security = 'smtp', settings: Record<string, string> = {}) {
  const ssm = await openSsm(db, { settings: { ...(smtpUrl && { RENKEI_SMTP_URL: smtpUrl }), ...settings } });
  ending.push(ssm.close);
  await applyFile(ssm.workspace, {
    ...example,
    settings: { mail: { security, from: '連携 <renkei@example.com>' }, locale: 'ja' },
  });
  const tokens = {
    maeda: (await logIn(ssm.base, 'maeda')).access,
    sasaki: (await logIn(ssm.base, 'sasaki')).access,
  };
  return { ssm, ...tokens };
}

const create = async (ssm: OpenSsm, token: string, title = '障害髙①') => {
  const { body } = await call(ssm.base, 'POST', path, { token, body: { items: { title } } });
  return body.process_id as string;
};
const patch = (ssm: OpenSsm, id: string, token: string, body: object) =>
  call(ssm.base, 'PATCH', `${path}/${id}`, { token, body });
const decide = (ssm: OpenSsm, id: string, token: string, body: object) =>
  call(ssm.base, 'POST', `${path}/${id}/approvals`, { token, body });
const get = async (ssm: OpenSsm, id: string, token: string) =>
  (await call(ssm.base, 'GET', `${path}/${id}`, { token })).body;

async function mailServer(options: Parameters<typeof startMailServer>[0] = { authOptional: true }) {
  const server = await startMailServer(options);
  ending.push(server.close);
  return server;
}

describe('ssm §1.10 fact 44, case 22: mail of approvals', () => {
  test.each([
    ['smtp', false],
    ['smtp', true],
    ['smtps', false],
    ['smtps', true],
  ])('%s, with user and password: %s', async (scheme, withUser) => {
    const secure = scheme === 'smtps';
    const { port, mailbox } = await mailServer({ secure, authOptional: !withUser, allowInsecureAuth: true });
    const url = `${scheme}://${withUser ? mailCredentials : ''}127.0.0.1:${port}`;
    const { ssm, maeda, sasaki } = await open(url, scheme, { RENKEI_TLS_VERIFY: 'false' });

    const id = await create(ssm, sasaki);
    expect((await patch(ssm, id, sasaki, { state: '承認待ち' })).status).toBe(200);
    await expect.poll(() => mailbox.length, { timeout: 10_000 }).toBe(1);
    expect(mailbox[0]).toMatchObject({ to: ['maeda@example.com'], secure });
    expect(readMail(mailbox[0]!.raw)).toEqual({
      subject: `【承認依頼】インシデント管理(Standard) ${id} 障害髙①`,
      body: [
        '次のプロセスの承認を依頼されました。承認または却下してください。',
        '',
        'プロセス種別: インシデント管理(Standard) (01000001)',
        `プロセスID: ${id}`,
        '件名: 障害髙①',
        '状態: 承認待ち',
        '依頼者: 佐々木',
        '',
      ].join('\n'),
    });

    const approved = await decide(ssm, id, maeda, { action: 'approve', comment: '了解です㈱' });
    expect(approved).toMatchObject({ status: 200, body: { process_id: id, state: '完了' } });
    await expect.poll(() => mailbox.length, { timeout: 10_000 }).toBe(2);
    expect(mailbox[1]!.to).toEqual(['sasaki@example.com']);
    const { subject, body } = readMail(mailbox[1]!.raw);
    expect(subject).toBe(`【承認】インシデント管理(Standard) ${id} 障害髙①`);
    expect(body).toContain('承認者: 前田隆');
    expect(body).toContain('コメント: 了解です㈱');
  });

  test('STARTTLS: entering the approval state and deciding are 500, nothing changes, no mail is sent', async () => {
    const { port, mailbox } = await mailServer();
    const { ssm, maeda, sasaki } = await open(`smtp://127.0.0.1:${port}`);
    const waiting = await create(ssm, sasaki);
    await patch(ssm, waiting, sasaki, { state: '承認待ち' });
    await expect.poll(() => mailbox.length).toBe(1);
    await applyFile(ssm.workspace, { settings: { mail: { security: 'starttls' } } });

    const before = await get(ssm, waiting, maeda);
    for (const action of ['approve', 'reject']) {
      const refused = await decide(ssm, waiting, maeda, { action });
      expect(refused).toMatchObject({ status: 500, body: { msg: expect.stringContaining('STARTTLS') } });
    }
    expect(await get(ssm, waiting, maeda)).toEqual(before);

    const fresh = await create(ssm, sasaki);
    const entering = await patch(ssm, fresh, sasaki, { state: '承認待ち', items: { title: '変更' } });
    expect(entering).toMatchObject({ status: 500, body: { msg: expect.stringContaining('STARTTLS') } });
    expect(await get(ssm, fresh, sasaki)).toMatchObject({ state: '受付', revision: 1 });
    // other changes work
    expect((await patch(ssm, fresh, sasaki, { state: '調査' })).status).toBe(200);
    await new Promise((done) => setTimeout(done, 500));
    expect(mailbox).toHaveLength(1);
  });

  test('a mail that the server cannot be given yet arrives later, also after kill -9', {
    timeout: 60_000,
  }, async () => {
    const { port, mailbox, close } = await startMailServer({ authOptional: true });
    await close();
    const applied = await openSsm(db, { roles: ['api'] });
    await applyFile(applied.workspace, { ...example, settings: { mail: { security: 'smtp' } } });
    await applied.close();
    const server = await spawnServer(db, { RENKEI_SMTP_URL: `smtp://127.0.0.1:${port}` });
    const { access } = await logIn(server.base, 'sasaki');
    const ssm = { base: server.base } as OpenSsm;
    const id = await create(ssm, access, '停電');
    expect((await patch(ssm, id, access, { state: '承認待ち' })).status).toBe(200);
    await server.kill();
    expect(mailbox).toEqual([]);

    // a minute later the job is free for others, and its next try is due
    await db.database.pool.query(
      "UPDATE jobs._private_jobs SET locked_at = locked_at - interval '1 minute', run_at = now()",
    );
    const later = await mailServer();
    const revived = await openSsm(db, { settings: { RENKEI_SMTP_URL: `smtp://127.0.0.1:${later.port}` } });
    ending.push(revived.close);
    await expect.poll(() => later.mailbox.length, { timeout: 20_000 }).toBe(1);
    expect(readMail(later.mailbox[0]!.raw).subject).toContain(id);
  });
});

describe('contract §7: approval', () => {
  test('only approvers decide, only in the approval state, once', async () => {
    const { ssm, maeda, sasaki } = await open(undefined);
    const id = await create(ssm, sasaki);
    expect((await decide(ssm, id, sasaki, { action: 'approve' })).status).toBe(403);
    expect((await decide(ssm, id, maeda, { action: 'approve' })).status).toBe(409);
    await patch(ssm, id, sasaki, { state: '承認待ち' });
    expect((await decide(ssm, id, sasaki, { action: 'approve' })).status).toBe(403);
    for (const body of [
      {},
      { action: 'ok' },
      { action: 'approve', comment: 5 },
      { action: 'approve', x: 1 },
    ]) {
      expect((await decide(ssm, id, maeda, body)).status).toBe(422);
    }
    const decisions = await Promise.all(
      ['approve', 'reject', 'approve', 'reject'].map((action) => decide(ssm, id, maeda, { action })),
    );
    expect(decisions.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect((await get(ssm, id, maeda)).revision).toBe(3);
    expect((await decide(ssm, 'IC1--990101-0001', maeda, { action: 'approve' })).status).toBe(404);
  });

  test('a rejection leads to its state, from where approval can be asked for again', async () => {
    const { ssm, maeda, sasaki } = await open(undefined);
    const id = await create(ssm, sasaki);
    await patch(ssm, id, sasaki, { state: '承認待ち' });
    expect((await decide(ssm, id, maeda, { action: 'reject' })).body.state).toBe('調査');
    expect((await patch(ssm, id, sasaki, { state: '承認待ち' })).status).toBe(200);
    expect((await decide(ssm, id, maeda, { action: 'approve' })).body.state).toBe('完了');
  });

  test('no change of state goes around a decision', async () => {
    const { ssm, maeda, sasaki } = await open(undefined);
    const id = await create(ssm, sasaki);
    expect((await patch(ssm, id, maeda, { state: '完了' })).status).toBe(409);
    await patch(ssm, id, sasaki, { state: '承認待ち' });
    for (const state of ['完了', '調査', '受付']) {
      expect((await patch(ssm, id, maeda, { state })).status).toBe(409);
    }
    // nor over another protocol
    const session = await call(ssm.base, 'POST', '/v1/sessions', {
      body: { username: 'maeda', password: 'pass-maeda-1' },
    });
    const native = { token: session.body.access_token as string };
    const around = await call(ssm.base, 'POST', `/v1/process-types/01000001/processes/${id}/state`, {
      ...native,
      body: { state: '完了' },
    });
    expect(around).toMatchObject({ status: 409, body: { title: 'processes.decisionOnly' } });
    // items can be changed while it waits
    expect((await patch(ssm, id, sasaki, { items: { title: 'b' } })).status).toBe(200);
  });

  test('declared transitions hold', async () => {
    const { ssm, sasaki } = await open(undefined);
    await applyFile(ssm.workspace, {
      apps: [
        {
          id: 80,
          name: '作業',
          process: {
            type: '01000005',
            idPattern: 'W{seq}',
            states: ['a', 'b', 'c'],
            transitions: { a: ['b'], b: ['a', 'c'] },
          },
          fields: [{ id: 101, name: '件名', type: 'text' }],
        },
      ],
    });
    const at = '/api/process_types/01000005/processes';
    const { body } = await call(ssm.base, 'POST', at, { token: sasaki, body: { items: {} } });
    const to = (state: string) =>
      call(ssm.base, 'PATCH', `${at}/${body.process_id}`, { token: sasaki, body: { state } });
    expect((await to('c')).status).toBe(409);
    expect((await to('b')).status).toBe(200);
    expect((await to('c')).status).toBe(200);
    const refused = await to('a');
    expect(refused).toMatchObject({ status: 409, body: { msg: expect.stringContaining('「c」') } });
    const approval = await call(ssm.base, 'POST', `${at}/${body.process_id}/approvals`, {
      token: sasaki,
      body: { action: 'approve' },
    });
    expect(approval.status).toBe(409);
  });

  test('the history tells who changed what, decisions included', async () => {
    const { ssm, maeda, sasaki } = await open(undefined);
    const id = await create(ssm, sasaki, 'a');
    await patch(ssm, id, sasaki, { state: '承認待ち', items: { title: 'b①', effort: 2, owner: ['maeda'] } });
    await decide(ssm, id, maeda, { action: 'reject', comment: 'やり直し①' });
    const { body } = await call(ssm.base, 'GET', `${path}/${id}/history`, { token: sasaki });
    const by = {
      maeda: { id: 'maeda', number: 15, name: '前田隆' },
      sasaki: { id: 'sasaki', number: 34, name: '佐々木' },
    };
    expect(body.history).toEqual([
      {
        revision: 3,
        at: expect.stringMatching(/Z$/),
        by: by.maeda,
        via: 'ssm',
        changes: { state: { before: '承認待ち', after: '調査' } },
        action: 'reject',
        comment: 'やり直し&#9312;',
      },
      {
        revision: 2,
        at: expect.stringMatching(/Z$/),
        by: by.sasaki,
        via: 'ssm',
        changes: {
          state: { before: '受付', after: '承認待ち' },
          title: { before: 'a', after: 'b&#9312;' },
          effort: { before: null, after: 2 },
          owner: { before: [], after: [by.maeda] },
        },
      },
      { revision: 1, at: expect.stringMatching(/Z$/), by: by.sasaki, changes: {} },
    ]);
  });

  test('an app that becomes a process type gives its records ids and the first state', async () => {
    const { ssm, sasaki } = await open(undefined);
    const fields = [{ id: 101, name: '件名', type: 'text' }];
    await applyFile(ssm.workspace, { apps: [{ id: 81, name: '後から', fields }] });
    const caller = await ssm.modules.identity.callerOf(34, { via: 'native', locale: 'ja', requestId: 'x' });
    const app = await ssm.modules.records.app(caller, 81);
    await ssm.modules.records.insert(caller, app, [{ values: { 件名: 'x' } }, { values: { 件名: 'y' } }]);
    const process = { type: '01000006', idPattern: 'L-{seq3}', states: ['開', '閉'] };
    await applyFile(ssm.workspace, { apps: [{ id: 81, name: '後から', process, fields }] });
    const at = '/api/process_types/01000006/processes';
    await call(ssm.base, 'POST', at, { token: sasaki, body: { items: { 件名: 'z' } } });
    const { body } = await call(ssm.base, 'GET', at, { token: sasaki });
    const shown = body.processes.map((one: Record<string, unknown>) => [
      one.process_id,
      one.state,
      one.items,
    ]);
    expect(shown).toEqual([
      ['L-001', '開', { 件名: 'x' }],
      ['L-002', '開', { 件名: 'y' }],
      ['L-003', '開', { 件名: 'z' }],
    ]);
  });
});
