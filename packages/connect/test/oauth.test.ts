import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  type Connection,
  type ConnectOptions,
  connect,
  OperationalError,
  ProgrammingError,
} from '@renkei/connect';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FakeLaunchpad } from './support/fake-launchpad.ts';
import { addCompanies } from './support/people.ts';
import { startFake } from './support/session.ts';

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('no error'),
    (error) => error,
  );

async function setting() {
  const highrise = await startFake();
  addCompanies(highrise, 2);
  const launchpad = await FakeLaunchpad.start(highrise);
  const folder = await mkdtemp(join(tmpdir(), 'connect-oauth-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'OAuthSettings.txt');
  const port = await freePort();
  const open = async (properties: string, options: ConnectOptions = {}): Promise<Connection> => {
    const connection = await connect(
      `${launchpad.properties}CallbackURL=http://localhost:${port};${properties}`,
      {
        openBrowser: () => expect.unreachable('no browser may be opened'),
        callbackTimeout: 5000,
        ...options,
      },
    );
    onTestFinished(() => connection.close());
    return connection;
  };
  const opened: string[] = [];
  const agreeing: ConnectOptions = {
    openBrowser: (address) => {
      opened.push(address);
      void launchpad.consent(address);
    },
  };
  return { highrise, launchpad, file, port, open, opened, agreeing };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const names = (connection: Connection) => connection.query('SELECT Name FROM Companies ORDER BY Id');
const two = [{ Name: 'Company 1' }, { Name: 'Company 2' }];

describe('connector case 2: desktop flow, GETANDREFRESH', () => {
  test('the browser is opened, the code is exchanged once, the file is encrypted, the next connection needs neither', async () => {
    const { launchpad, file, port, open, opened, agreeing } = await setting();
    const properties = `InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=${file}`;
    expect(await names(await open(properties, agreeing))).toEqual(two);
    expect(opened).toHaveLength(1);
    const asked = new URL(opened[0]!);
    expect(`${asked.origin}${asked.pathname}`).toBe(`${launchpad.url}/authorization/new`);
    expect(asked.searchParams.get('type')).toBe('web_server');
    expect(asked.searchParams.get('client_id')).toBe('client');
    expect(asked.searchParams.get('redirect_uri')).toBe(`http://localhost:${port}`);
    expect(asked.searchParams.get('state')!.length).toBeGreaterThanOrEqual(16);
    expect(launchpad.posts.map((form) => form.get('type'))).toEqual(['web_server']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const content = await readFile(file, 'utf8');
    for (const secret of ['access-token', 'refresh-token', 'sssh-secret'])
      expect(content).not.toContain(secret);

    expect(await names(await open(properties))).toEqual(two);
    expect(launchpad.posts).toHaveLength(1);
  });

  test('the state differs from one flow to the next', async () => {
    const { open, opened, agreeing } = await setting();
    await open('InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=memory://state-1', agreeing);
    await open('InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=memory://state-2', agreeing);
    expect(new Set(opened.map((address) => new URL(address).searchParams.get('state'))).size).toBe(2);
  });
});

describe('connector case 3: bad callback', () => {
  const bad: [string, (redirect: URL) => void, RegExp][] = [
    ['wrong state', (redirect) => redirect.searchParams.set('state', 'other'), /wrong state/],
    [
      'refusal',
      (redirect) => {
        redirect.searchParams.delete('code');
        redirect.searchParams.set('error', 'access_denied');
      },
      /access_denied/,
    ],
  ];
  test.each(bad)('%s: no exchange, a clear error, a free port, no file', async (_, change, message) => {
    const { launchpad, file, port, open } = await setting();
    const failure = await failureOf(
      open(`InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=${file}`, {
        openBrowser: (address) => void launchpad.consent(address, change),
      }),
    );
    expect(failure).toBeInstanceOf(OperationalError);
    expect(failure.message).toMatch(message);
    expect(launchpad.posts).toEqual([]);
    await expect(stat(file)).rejects.toThrow();
    await new Promise<void>((resolve, reject) => {
      const server = createServer()
        .once('error', reject)
        .listen(port, '127.0.0.1', () => server.close(() => resolve()));
    });
  });

  test('no callback within the limit', async () => {
    const { launchpad, file, open } = await setting();
    const started = performance.now();
    const failure = await failureOf(
      open(`InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=${file}`, {
        openBrowser: () => undefined,
        callbackTimeout: 300,
      }),
    );
    expect(failure).toBeInstanceOf(OperationalError);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(launchpad.posts).toEqual([]);
  });

  test('there is no built-in application: a missing client id says so', async () => {
    const { highrise } = await setting();
    const failure = await failureOf(
      connect(`InitiateOAuth=GETANDREFRESH;URL=${highrise.url};OAuthSettingsLocation=memory://none`),
    );
    expect(failure).toBeInstanceOf(ProgrammingError);
    expect(failure.message).toContain('OAuthClientId');
  });
});

describe('connector case 4: web flow', () => {
  test('address, exchange, data; a reused code is an error', async () => {
    const { launchpad, open } = await setting();
    const connection = await open('InitiateOAuth=OFF');
    const rows = await connection.query(
      "EXEC GetOAuthAuthorizationURL AuthMode='WEB', CallbackURL='https://app.example/cb', State='s1', Permissions='all'",
    );
    expect(rows).toHaveLength(1);
    const address = new URL(String(rows[0]!.URL));
    expect(Object.fromEntries(address.searchParams)).toEqual({
      type: 'web_server',
      client_id: 'client',
      redirect_uri: 'https://app.example/cb',
      state: 's1',
      scope: 'all',
    });
    launchpad.codes.add('c');
    const sql =
      "EXECUTE GetOAuthAccessToken AuthMode = 'WEB', Verifier = ?, CallbackUrl = 'https://app.example/cb'";
    const [tokens] = await connection.query(sql, ['c']);
    expect(Object.keys(tokens!)).toEqual(['OAuthAccessToken', 'OAuthRefreshToken', 'ExpiresIn']);
    expect(tokens!.ExpiresIn).toBe('1209600');
    expect(launchpad.posts[0]!.get('redirect_uri')).toBe('https://app.example/cb');
    expect(await names(await open(`InitiateOAuth=OFF;OAuthAccessToken=${tokens!.OAuthAccessToken}`))).toEqual(
      two,
    );
    expect(await failureOf(connection.query(sql, ['c']))).toBeInstanceOf(OperationalError);
  });

  test('connector §1 fact 13: client id and secret alone open a connection for the procedures', async () => {
    const connection = await connect('OAuthClientId=client;OAuthClientSecret=s');
    onTestFinished(() => connection.close());
    const [row] = await connection.query(
      "EXEC GetOAuthAuthorizationURL AuthMode='WEB', CallbackURL='https://app.example/cb'",
    );
    expect(row!.URL).toMatch(/^https:\/\/launchpad\.37signals\.com\/authorization\/new\?/);
    const failure = await failureOf(names(connection));
    expect(failure).toBeInstanceOf(ProgrammingError);
    expect(failure.message).toContain('AccountId');
  });

  test('RefreshOAuthAccessToken gives a new token for a refresh token', async () => {
    const { launchpad, open } = await setting();
    launchpad.refreshTokens.add('r');
    const connection = await open('');
    const [tokens] = await connection.query("EXEC RefreshOAuthAccessToken OAuthRefreshToken='r'");
    expect(tokens!.OAuthAccessToken).toMatch(/^access-token/);
    expect(await failureOf(connection.query('EXEC RefreshOAuthAccessToken'))).toBeInstanceOf(
      ProgrammingError,
    );
  });

  test('connector §1 fact 18: nothing is refreshed; data without a token is an OperationalError', async () => {
    const { launchpad, open } = await setting();
    expect(await failureOf(names(await open('')))).toBeInstanceOf(OperationalError);
    const failure = await failureOf(names(await open('OAuthAccessToken=gone;OAuthRefreshToken=r')));
    expect(failure).toBeInstanceOf(OperationalError);
    expect(failure.message).toContain('401');
    expect(launchpad.posts).toEqual([]);
  });

  test('an unknown procedure, input or AuthMode is a ProgrammingError', async () => {
    const { open } = await setting();
    const connection = await open('');
    for (const sql of [
      'EXEC GetOAuthToken',
      "EXEC GetOAuthAuthorizationURL Mode='WEB'",
      "EXEC GetOAuthAuthorizationURL AuthMode='X'",
      'EXEC',
    ]) {
      expect(await failureOf(connection.query(sql)), sql).toBeInstanceOf(ProgrammingError);
    }
  });
});

describe('connector §1 facts 24 and 27', () => {
  test('without OAuthSettingsLocation the tokens are kept in OAuthSettings.txt in the configuration folder', async () => {
    const { launchpad, file, open } = await setting();
    vi.stubEnv('XDG_CONFIG_HOME', dirname(file));
    vi.stubEnv('HOME', dirname(file));
    vi.stubEnv('APPDATA', dirname(file));
    onTestFinished(() => void vi.unstubAllEnvs());
    launchpad.codes.add('c');
    expect(await names(await open('InitiateOAuth=REFRESH;OAuthVerifier=c'))).toEqual(two);
    const made = await readdir(dirname(file), { recursive: true });
    expect(made.filter((name) => basename(name) === 'OAuthSettings.txt')).toHaveLength(1);
    expect(await names(await open('InitiateOAuth=REFRESH'))).toEqual(two);
    expect(launchpad.posts).toHaveLength(1);
  });

  test('who leaves the API token out is told where it is found', async () => {
    const failure = await failureOf(connect('AuthScheme=APIToken;AccountId=acme'));
    expect(failure).toBeInstanceOf(ProgrammingError);
    expect(failure.message).toMatch(/APIToken.*My Info/);
  });
});

describe('connector case 5: headless, by verifier', () => {
  test('the code is exchanged once; later connections use the file', async () => {
    const { launchpad, file, open } = await setting();
    launchpad.codes.add('c');
    expect(
      await names(await open(`InitiateOAuth=REFRESH;OAuthVerifier=c;OAuthSettingsLocation=${file}`)),
    ).toEqual(two);
    expect(await names(await open(`InitiateOAuth=REFRESH;OAuthSettingsLocation=${file}`))).toEqual(two);
    expect(launchpad.posts.map((form) => form.get('code'))).toEqual(['c']);
  });

  test('REFRESH with neither file nor verifier fails without a browser', async () => {
    const { launchpad, file, open } = await setting();
    const failure = await failureOf(open(`InitiateOAuth=REFRESH;OAuthSettingsLocation=${file}`));
    expect(failure).toBeInstanceOf(OperationalError);
    expect(failure.message).toContain('OAuthVerifier');
    expect(launchpad.posts).toEqual([]);
  });
});

describe('connector case 6: settings that move', () => {
  test('a copy works elsewhere with the same application, and with another secret it does not and stays as it is', async () => {
    const { launchpad, file, open, agreeing } = await setting();
    await open(`InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=${file}`, agreeing);
    const copy = `${file}.copy`;
    await copyFile(file, copy);
    expect(await names(await open(`InitiateOAuth=REFRESH;OAuthSettingsLocation=${copy}`))).toEqual(two);
    const before = await readFile(copy, 'utf8');
    const failure = await failureOf(
      open(`InitiateOAuth=REFRESH;OAuthSettingsLocation=${copy};OAuthClientSecret=other`),
    );
    expect(failure).toBeInstanceOf(OperationalError);
    expect(failure.message).toContain('decrypted');
    expect(await readFile(copy, 'utf8')).toBe(before);
    expect(launchpad.posts).toHaveLength(1);
  });

  test('a read-only file serves until a refresh is needed, then says so', async () => {
    const { launchpad, file, open, agreeing } = await setting();
    await open(`InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=${file}`, agreeing);
    await chmod(file, 0o400);
    const connection = await open(`InitiateOAuth=REFRESH;OAuthSettingsLocation=${file}`);
    expect(await names(connection)).toEqual(two);
    launchpad.expire();
    expect((await failureOf(names(connection))).message).toContain('read-only');
  });

  test('memory://u1 is shared by two connections and leaves no file', async () => {
    const { launchpad, open, agreeing, opened } = await setting();
    await open('InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=memory://u1', agreeing);
    expect(
      await names(await open('InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=memory://u1', agreeing)),
    ).toEqual(two);
    expect(opened).toHaveLength(1);
    expect(launchpad.posts).toHaveLength(1);
    await expect(stat('memory:')).rejects.toThrow();
  });
});

describe('connector case 7: refresh on expiry', () => {
  test('a 401 leads to one refresh, one repeat, rows, and stored tokens', async () => {
    const { highrise, launchpad, file, open, agreeing } = await setting();
    const connection = await open(`InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=${file}`, agreeing);
    launchpad.expire();
    expect(await names(connection)).toEqual(two);
    expect(launchpad.posts.map((form) => form.get('type'))).toEqual(['web_server', 'refresh']);
    expect(highrise.asked('/companies.xml')).toHaveLength(2);
    expect(await names(await open(`InitiateOAuth=REFRESH;OAuthSettingsLocation=${file}`))).toEqual(two);
    expect(launchpad.posts).toHaveLength(2);
  });

  test('ten queries at once, on one connection and on ten, still make one refresh', async () => {
    const { launchpad, open, agreeing } = await setting();
    const properties = 'InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=memory://ten';
    const one = await open(properties, agreeing);
    const many = await Promise.all(Array.from({ length: 4 }, () => open(properties)));
    launchpad.expire();
    const results = await Promise.all([...Array.from({ length: 10 }, () => names(one)), ...many.map(names)]);
    for (const rows of results) expect(rows).toEqual(two);
    expect(launchpad.posts.filter((form) => form.get('type') === 'refresh')).toHaveLength(1);
  });

  test('with the stored expiry past, the refresh comes before the data call', async () => {
    const { highrise, launchpad, file, open, agreeing } = await setting();
    let now = Date.parse('2026-01-01T00:00:00Z');
    const connection = await open(`InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=${file}`, {
      ...agreeing,
      now: () => now,
    });
    await names(connection);
    now += 1_209_601_000;
    launchpad.expire();
    highrise.log.length = 0;
    expect(await names(connection)).toEqual(two);
    expect(highrise.asked('/companies.xml')).toHaveLength(1);
    expect(launchpad.posts.map((form) => form.get('type'))).toEqual(['web_server', 'refresh']);
  });

  test('two processes on one file: one refresh, the other reads again', async () => {
    const { launchpad, file, port, open, agreeing } = await setting();
    await open(`InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=${file}`, agreeing);
    launchpad.expire();
    const text = `${launchpad.properties}CallbackURL=http://localhost:${port};InitiateOAuth=REFRESH;OAuthSettingsLocation=${file}`;
    const script = `import { connect } from '@renkei/connect';
      const connection = await connect(process.argv[1]);
      console.log(JSON.stringify(await connection.query('SELECT Name FROM Companies')));
      await connection.close();`;
    const run = () =>
      new Promise<string>((resolve, reject) => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', script, text], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let output = '';
        child.stdout.on('data', (part) => {
          output += part;
        });
        child.on('exit', (code) => (code === 0 ? resolve(output) : reject(new Error(`exit ${code}`))));
      });
    const outputs = await Promise.all([run(), run()]);
    for (const output of outputs) expect(JSON.parse(output)).toEqual(two);
    expect(launchpad.posts.filter((form) => form.get('type') === 'refresh')).toHaveLength(1);
  });
});

describe('connector case 8: revoked refresh token', () => {
  test.each([
    [400, '{"error":"authorization_expired"}'],
    [400, '{"error":"invalid_grant"}'],
    [401, '{"error":"Unknown Basecamp ID"}'],
  ])('REFRESH: %i %s asks to authorize again, drops the token and is not repeated', async (status, body) => {
    const { launchpad, file, open, agreeing } = await setting();
    await open(`InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=${file}`, agreeing);
    const connection = await open(`InitiateOAuth=REFRESH;OAuthSettingsLocation=${file}`);
    launchpad.expire();
    launchpad.refusal = { status, body };
    for (let n = 0; n < 2; n += 1) {
      const failure = await failureOf(names(connection));
      expect(failure).toBeInstanceOf(OperationalError);
      expect(failure.message).toContain('authorize again');
    }
    expect(launchpad.posts.filter((form) => form.get('type') === 'refresh')).toHaveLength(1);
    await expect(stat(file)).rejects.toThrow();
  });

  test('GETANDREFRESH starts one new browser flow', async () => {
    const { launchpad, file, open, opened, agreeing } = await setting();
    const connection = await open(`InitiateOAuth=GETANDREFRESH;OAuthSettingsLocation=${file}`, agreeing);
    launchpad.expire();
    launchpad.refusal = { status: 400, body: '{"error":"invalid_grant"}' };
    const results = await Promise.all([names(connection), names(connection)]);
    expect(results).toEqual([two, two]);
    expect(opened).toHaveLength(2);
  });
});
