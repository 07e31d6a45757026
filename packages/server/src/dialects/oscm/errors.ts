import { defineErrors } from '../../platform/errors.ts';

/** What is wrong with a SOAP message itself. */
export const soapErrors = defineErrors('oscm', {
  envelope: {
    kind: 'invalid',
    ja: '本文はSOAP 1.1のエンベロープではありません',
    en: 'The body is no SOAP 1.1 envelope',
  },
  operation: {
    kind: 'invalid',
    ja: 'オペレーション {operation} はありません。{known}',
    en: 'There is no operation {operation}; there are {known}',
  },
  missing: { kind: 'invalid', ja: '{member} は必須です', en: '{member} is required' },
  base64: { kind: 'invalid', ja: '{member} はBase64ではありません', en: '{member} is not base64' },
  status: {
    kind: 'invalid',
    ja: '{member} はRUNNING、COMPLETED、ERRORのいずれかです: {value}',
    en: '{member} is RUNNING, COMPLETED or ERROR, not {value}',
  },
  number: {
    kind: 'invalid',
    ja: '{member} は整数ではありません: {value}',
    en: '{member} is no integer: {value}',
  },
});
