import type { Locale } from '../../../platform/errors.ts';
import type { ApprovalNotice } from '../jobs/approval-mail.ts';

const words = {
  ja: {
    requested: {
      subject: '承認依頼',
      sentence: '次のプロセスの承認を依頼されました。承認または却下してください。',
    },
    approve: { subject: '承認', sentence: '登録したプロセスが承認されました。' },
    reject: { subject: '却下', sentence: '登録したプロセスが却下されました。' },
    labels: {
      type: 'プロセス種別',
      id: 'プロセスID',
      title: '件名',
      state: '状態',
      requester: '依頼者',
      decider: '承認者',
      comment: 'コメント',
    },
  },
  en: {
    requested: { subject: 'Approval requested', sentence: 'This process awaits your approval or rejection.' },
    approve: { subject: 'Approved', sentence: 'The process that you registered was approved.' },
    reject: { subject: 'Rejected', sentence: 'The process that you registered was rejected.' },
    labels: {
      type: 'Process type',
      id: 'Process ID',
      title: 'Title',
      state: 'State',
      requester: 'Requested by',
      decider: 'Decided by',
      comment: 'Comment',
    },
  },
} as const;

/** Subject and body of the mail about an event. */
export function approvalMailText(
  { event, type, typeName, id, title, state, comment }: ApprovalNotice,
  by: string,
  locale: Locale,
): { subject: string; text: string } {
  const { labels, ...sentences } = words[locale];
  const { subject, sentence } = sentences[event];
  const lines: [string, string | undefined][] = [
    [labels.type, `${typeName} (${type})`],
    [labels.id, id],
    [labels.title, title && plain(title)],
    [labels.state, state],
    [event === 'requested' ? labels.requester : labels.decider, by],
    [labels.comment, comment && plain(comment)],
  ];
  const body = lines.flatMap(([label, value]) => (value ? [`${label}: ${value}`] : []));
  return {
    subject: [`【${subject}】${typeName}`, id, ...(title ? [plain(title)] : [])]
      .join(' ')
      .replaceAll(/\s+/g, ' '),
    text: `${sentence}\n\n${body.join('\n')}\n`,
  };
}

/** Mail holds every character: the references that the SSM API stores are written out again. */
function plain(text: string): string {
  return text.replaceAll(/&#(\d{1,7});/g, (whole, digits: string) => {
    const point = Number(digits);
    return point >= 0x20 && point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
