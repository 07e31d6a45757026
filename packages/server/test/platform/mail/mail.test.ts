import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, expect, test } from 'vitest';
import { createMail } from '../../../src/platform/mail/mail.ts';
import { mailCredentials, readMail, startMailServer } from '../../support/mailbox.ts';

let ending: (() => Promise<unknown>) | undefined;
afterEach(async () => {
  await ending?.();
  ending = undefined;
});

async function startServer(options: SMTPServerOptions) {
  const server = await startMailServer(options);
  ending = server.close;
  return server;
}

const message = {
  from: '連携 <renkei@example.com>',
  to: ['maeda@example.com', 'sasaki@example.com'],
  subject: '【承認依頼】IC1--211014-0003 ネットワーク障害の件、至急ご確認ください（髙﨑①）',
  text: '前田様\n\n承認をお願いします。\n. 行頭の点\n髙﨑①㈱ 😀\n',
};

test.each([
  ['smtp', false],
  ['smtp', true],
  ['smtps', false],
  ['smtps', true],
])('ssm §1.10 fact 44: %s, with user and password: %s', async (scheme, withUser) => {
  const secure = scheme === 'smtps';
  const { port, mailbox } = await startServer({ secure, authOptional: !withUser, allowInsecureAuth: true });
  const smtpUrl = `${scheme}://${withUser ? mailCredentials : ''}127.0.0.1:${port}`;
  const mail = createMail({ smtpUrl, tlsVerify: false });
  expect(mail.refusal(secure ? 'smtps' : 'smtp')).toBeUndefined();
  await mail.send(message);
  expect(mailbox).toMatchObject([{ user: withUser ? 'mail@user' : undefined, secure, to: message.to }]);
  expect(readMail(mailbox[0]!.raw)).toEqual({ subject: message.subject, body: message.text });
});

test('ssm §1.10 fact 44: STARTTLS is refused in both languages', () => {
  const mail = createMail({ smtpUrl: 'smtp://127.0.0.1', tlsVerify: true });
  const refusal = mail.refusal('starttls');
  expect(refusal).toMatchObject({ code: 'mail.starttls', kind: 'unsupported' });
  expect(refusal?.text('ja')).toContain('STARTTLS');
  expect(refusal?.text('en')).toContain('STARTTLS');
});

test('an untrusted certificate is refused', async () => {
  const { port, mailbox } = await startServer({ secure: true, authOptional: true });
  const mail = createMail({ smtpUrl: `smtps://localhost:${port}`, tlsVerify: true });
  await expect(mail.send(message)).rejects.toMatchObject({ code: 'mail.notSent' });
  expect(mailbox).toEqual([]);
});

test('a wrong password is said to be, without naming it', async () => {
  const { port } = await startServer({ authOptional: false, allowInsecureAuth: true });
  const mail = createMail({ smtpUrl: `smtp://user:wrong-pass@127.0.0.1:${port}`, tlsVerify: true });
  const error = await mail.send(message).catch((caught: Error) => caught);
  expect(error).toMatchObject({ code: 'mail.notSent' });
  expect((error as Error).message).toMatch(/EAUTH/);
  expect((error as Error).message).not.toMatch(/wrong-pass/);
});

test('a subject cannot smuggle in headers', async () => {
  const { port, mailbox } = await startServer({ authOptional: true });
  const mail = createMail({ smtpUrl: `smtp://127.0.0.1:${port}`, tlsVerify: true });
  await mail.send({ ...message, subject: 'a\r\nBcc: x@example.com\r\n\r\nb' });
  expect(mailbox[0]!.raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/m);
  expect(mailbox[0]!.to).toEqual(message.to);
});

test('without a server mail is refused', async () => {
  const mail = createMail({ smtpUrl: undefined, tlsVerify: true });
  expect(mail.refusal('smtp')).toMatchObject({ code: 'mail.notConfigured' });
  await expect(mail.send(message)).rejects.toMatchObject({ code: 'mail.notConfigured' });
});

test.each(['http://x', 'smtp:', 'smtp+starttls://x', 'mail.example.com:25', '::'])(
  'no mail server: %s',
  (smtpUrl) => {
    expect(() => createMail({ smtpUrl, tlsVerify: true })).toThrow(/RENKEI_SMTP_URL/);
  },
);
