import { createTransport } from 'nodemailer';
import { type AppError, defineErrors } from '../errors.ts';

/** How the workspace says mail is sent (`settings.mail.security`). */
export type MailSecurity = 'smtp' | 'smtps' | 'starttls';

export type MailMessage = {
  from: string;
  to: readonly string[];
  subject: string;
  /** Plain text. */
  text: string;
};

export type Mail = {
  /**
   * Why no mail can be sent under these settings; undefined when it can. Asked before anything is changed that a
   * mail belongs to: STARTTLS does not go with the approval calls (ssm §1.10 fact 44), and must change nothing.
   */
  refusal(security: MailSecurity): AppError | undefined;
  /** Hands the message to the mail server; one try. Throws `mail.notSent` with the server's reason. */
  send(message: MailMessage): Promise<void>;
};

export type MailOptions = {
  /** `smtp://[user:password@]host[:port]` (port 25) or `smtps://…` (port 465); undefined: no mail. */
  smtpUrl: string | undefined;
  /** false takes the server's certificate unverified. */
  tlsVerify: boolean;
};

const errors = defineErrors('mail', {
  url: {
    kind: 'invalid',
    ja: 'RENKEI_SMTP_URLは smtp://ホスト:ポート または smtps://ホスト:ポート の形でなければなりません',
    en: 'RENKEI_SMTP_URL must have the form smtp://host:port or smtps://host:port',
  },
  notConfigured: {
    kind: 'unsupported',
    ja: 'メールを送信できません。RENKEI_SMTP_URLが設定されていません',
    en: 'Mail cannot be sent: RENKEI_SMTP_URL is not set',
  },
  starttls: {
    kind: 'unsupported',
    ja: 'メール送信時の接続形態「SMTP (STARTTLS)」では利用できません。SMTPまたはSMTPsを設定してください',
    en: 'The mail connection type STARTTLS is not supported here: use smtp or smtps',
  },
  notSent: {
    kind: 'upstream',
    ja: 'メールを送信できませんでした（{reason}）',
    en: 'The mail was not sent ({reason})',
  },
});

/** Mail by SMTP or SMTPS, each with or without user and password. Throws `mail.url` for any other URL. */
export function createMail({ smtpUrl, tlsVerify }: MailOptions): Mail {
  const transport = smtpUrl ? openTransport(smtpUrl, tlsVerify) : undefined;
  return {
    refusal(security) {
      if (security === 'starttls') return errors.starttls();
      return transport === undefined ? errors.notConfigured() : undefined;
    },
    async send({ from, to, subject, text }) {
      if (transport === undefined) throw errors.notConfigured();
      try {
        await transport.sendMail({ from, to: [...to], subject, text });
      } catch (error) {
        const { code = '', response, message } = error as Error & { code?: string; response?: string };
        throw errors.notSent({ reason: `${code} ${response ?? message}`.trim() });
      }
    },
  };
}

function openTransport(smtpUrl: string, tlsVerify: boolean) {
  const url = URL.canParse(smtpUrl) ? new URL(smtpUrl) : undefined;
  const secure = url?.protocol === 'smtps:';
  if (!url?.hostname || !(secure || url.protocol === 'smtp:')) throw errors.url();
  const auth = url.username
    ? { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }
    : {};
  return createTransport({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (secure ? 465 : 25),
    secure,
    // smtp is plain SMTP, as the product has it: nodemailer would go over to STARTTLS where the server offers it.
    ignoreTLS: !secure,
    ...auth,
    tls: { rejectUnauthorized: tlsVerify },
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
