import { defineErrors } from '../../platform/errors.ts';

export const errors = defineErrors('processes', {
  typeNotFound: {
    kind: 'notFound',
    ja: 'プロセス種別「{type}」はありません',
    en: 'There is no process type "{type}"',
  },
  processNotFound: { kind: 'notFound', ja: 'プロセス「{id}」はありません', en: 'There is no process "{id}"' },
  attachmentNotFound: {
    kind: 'notFound',
    ja: '添付ファイル{n}はありません',
    en: 'There is no attachment {n}',
  },
  transition: {
    kind: 'conflict',
    ja: '状態を「{from}」から「{to}」に変更できません（変更できる状態: {allowed}）',
    en: 'The state cannot change from "{from}" to "{to}" (it can to: {allowed})',
  },
  decisionOnly: {
    kind: 'conflict',
    ja: '状態を「{from}」から「{to}」に変更できるのは承認または却下だけです',
    en: 'From "{from}" to "{to}" only an approval or a rejection leads',
  },
  noApproval: {
    kind: 'conflict',
    ja: 'プロセス種別「{type}」に承認はありません',
    en: 'Process type "{type}" has no approval',
  },
  notWaiting: {
    kind: 'conflict',
    ja: '状態が「{state}」のプロセスは承認・却下できません（承認できる状態: {wanted}）',
    en: 'A process in state "{state}" cannot be decided on (only in "{wanted}")',
  },
  notApprover: {
    kind: 'forbidden',
    ja: 'このプロセスの承認者ではありません',
    en: 'You are not an approver of this process',
  },
  starttls: {
    kind: 'internal',
    ja: 'メール送信時の接続形態が「SMTP (STARTTLS)」のため、プロセスの承認を実行できません。SMTPまたはSMTPsを設定してください',
    en: 'Approvals do not work while the mail connection type is STARTTLS; set smtp or smtps',
  },
  // mistakes in the workspace file
  idPattern: {
    kind: 'invalid',
    ja: '「{value}」は使えません。{seq4} のような連番を1つだけ含め、他は {yyMMdd} などの日付に限ります',
    en: '"{value}" must hold exactly one number such as {seq4}, and otherwise only dates such as {yyMMdd}',
  },
  typeTaken: {
    kind: 'invalid',
    ja: 'プロセス種別「{type}」はアプリ {app} のものです',
    en: 'The process type "{type}" belongs to app {app}',
  },
  stateField: {
    kind: 'invalid',
    ja: 'プロセスのアプリでは項目名「state」は使えません（状態を表します）',
    en: 'In an app with a process no field can be named "state": that is the process\'s state',
  },
  stateTwice: {
    kind: 'invalid',
    ja: '状態「{state}」が重複しています',
    en: 'The state "{state}" is there twice',
  },
  stateUnknown: {
    kind: 'invalid',
    ja: '状態「{state}」は states にありません',
    en: 'The state "{state}" is not among the states',
  },
  approvalStates: {
    kind: 'invalid',
    ja: 'approved と rejected は、承認を待つ状態「{state}」とは別の状態です',
    en: 'approved and rejected must be other states than "{state}", in which approval is awaited',
  },
  approverUnknown: {
    kind: 'invalid',
    ja: '承認者「{approver}」は存在しません',
    en: 'There is no approver "{approver}"',
  },
});
