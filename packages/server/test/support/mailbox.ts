import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export const tls = (name: string) =>
  readFileSync(fileURLToPath(new URL(`./tls/${name}`, import.meta.url)), 'utf8');

export type Received = { raw: string; user: string | undefined; secure: boolean; to: string[] };

/** User and password that the mail server takes, as they stand in a URL. */
export const mailCredentials = `${encodeURIComponent('mail@user')}:${encodeURIComponent('p/w:秘')}@`;

/** An SMTP server on a free port that keeps what it is given. */
export async function startMailServer(
  options: SMTPServerOptions,
): Promise<{ port: number; mailbox: Received[]; close(): Promise<void> }> {
  const mailbox: Received[] = [];
  const server = new SMTPServer({
    key: tls('localhost.key'),
    cert: tls('localhost.crt'),
    onAuth({ username, password }, _session, done) {
      const right = username === 'mail@user' && password === 'p/w:秘';
      done(right ? null : new Error('Wrong password'), right ? { user: username } : undefined);
    },
    onData(stream, session, done) {
      let raw = '';
      stream.setEncoding('utf8').on('data', (chunk) => {
        raw += chunk;
      });
      stream.on('end', () => {
        const { user, secure, envelope } = session;
        mailbox.push({
          raw,
          user: user as string | undefined,
          secure,
          to: envelope.rcptTo.map((to) => to.address),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.server.address() as AddressInfo).port,
    mailbox,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

/** Subject and body as a mail program shows them. */
export function readMail(raw: string): { subject: string; body: string } {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const words = /^Subject: ((?:.|\r\n[ \t])+)/m.exec(head)![1]!.replaceAll(/\?=\s+=\?/g, '?==?');
  const subject = words.replaceAll(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
    kind.toUpperCase() === 'B' ? Buffer.from(text, 'base64').toString() : quoted(text.replaceAll('_', ' ')),
  );
  const body = rest.join('\r\n\r\n');
  const decoded = /^Content-Transfer-Encoding: base64/im.test(head)
    ? Buffer.from(body, 'base64').toString()
    : quoted(body.replaceAll('=\r\n', ''));
  return { subject, body: decoded.replaceAll('\r\n', '\n') };
}
const quoted = (text: string) =>
  Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString();
