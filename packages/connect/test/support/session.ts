import { type Connection, type ConnectOptions, connect } from '@renkei/connect';
import { onTestFinished } from 'vitest';
import { FakeHighrise } from './fake-highrise.ts';

/** A fake that stops with the test. */
export async function startFake(): Promise<FakeHighrise> {
  const fake = await FakeHighrise.start();
  onTestFinished(() => fake.stop());
  return fake;
}

/** A connection to a fake by API token; closes with the test. */
export async function open(fake: FakeHighrise, more = '', options: ConnectOptions = {}): Promise<Connection> {
  const connection = await connect(
    `AuthScheme=APIToken;APIToken=t;AccountId=acme;URL=${fake.url};${more}`,
    options,
  );
  onTestFinished(() => connection.close());
  return connection;
}
