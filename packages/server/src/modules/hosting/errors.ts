import { defineErrors } from '../../platform/errors.ts';

export const errors = defineErrors('hosting', {
  forbidden: {
    kind: 'forbidden',
    ja: 'アプリを作成するには admin または designer の権限が必要です',
    en: 'Making apps takes the role admin or designer',
  },
  template: {
    kind: 'invalid',
    ja: 'パラメーター TEMPLATE のアプリ "{template}" はありません',
    en: 'There is no app "{template}", as parameter TEMPLATE asks for',
  },
  keepDays: {
    kind: 'invalid',
    ja: 'パラメーター KEEP_DAYS は0～3650の整数です: {value}',
    en: 'Parameter KEEP_DAYS is an integer from 0 to 3650, not {value}',
  },
  name: {
    kind: 'invalid',
    ja: 'アプリ名は1～200文字です',
    en: 'The name of an app has 1 to 200 characters',
  },
  instance: {
    kind: 'notFound',
    ja: 'インスタンス {instance} はありません',
    en: 'There is no instance {instance}',
  },
  users: {
    kind: 'invalid',
    ja: 'このサーバーにいないユーザーです: {users}',
    en: 'This server has no users {users}',
  },
  role: {
    kind: 'invalid',
    ja: 'ロール {role} は使用できません（{roles}）',
    en: 'There is no role {role} ({roles})',
  },
});
