import { type AppError, defineErrors } from '../errors.ts';

const errors = defineErrors('outbound', {
  url: {
    kind: 'invalid',
    ja: '呼び出し先のURLは、ユーザー名やパスワードを含まないhttp://またはhttps://のURLでなければなりません',
    en: 'The address to call must be an http:// or https:// URL without user name and password',
  },
  request: {
    kind: 'invalid',
    ja: '{target}へのリクエストを組み立てられません（{reason}）',
    en: 'The request to {target} cannot be put together ({reason})',
  },
  address: {
    kind: 'forbidden',
    ja: '{target}は内部のアドレスのため呼び出しません（RENKEI_OUTBOUND_ALLOWで許可できます）',
    en: '{target} has an internal address and is not called (RENKEI_OUTBOUND_ALLOW can permit it)',
  },
  dns: {
    kind: 'upstream',
    ja: '{target}の名前を解決できません（{reason}）',
    en: 'The name of {target} cannot be resolved ({reason})',
  },
  connect: {
    kind: 'upstream',
    ja: '{target}に接続できません（{reason}）',
    en: 'No connection to {target} ({reason})',
  },
  tls: {
    kind: 'upstream',
    ja: '{target}との暗号化通信を確立できません（{reason}）',
    en: 'No trusted TLS connection to {target} ({reason})',
  },
  timeout: {
    kind: 'upstream',
    ja: '{target}から{timeoutMs}ミリ秒以内に応答がありません',
    en: 'No complete answer from {target} within {timeoutMs} ms',
  },
  protocol: {
    kind: 'upstream',
    ja: '{target}の応答がHTTPとして正しくないか、途中で切れました（{reason}）',
    en: 'The answer of {target} is no valid HTTP or was cut off ({reason})',
  },
  aborted: {
    kind: 'internal',
    ja: '{target}の呼び出しは中止されました',
    en: 'The call to {target} was stopped',
  },
});

/** Why a call brought no answer. `timeout`, `protocol` and `aborted`: the receiver may have acted on it. */
export type OutboundFailureKind = keyof typeof errors;

/** The parameters of a failure's sentences; `target` is host and port only, since paths and queries hold secrets. */
export type FailurePlace = { target: string; timeoutMs: number };

export function failure(kind: OutboundFailureKind, place: FailurePlace, reason = ''): AppError {
  return errors[kind]({ ...place, reason });
}

/** Thrown by the connector for a target whose addresses the guard refuses. */
export class RefusedAddress extends Error {
  readonly code = 'RENKEI_REFUSED_ADDRESS';
}

const dnsCodes = /^(?:ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL|EREFUSED|ETIMEOUT)$/;
const connectCodes =
  /^(?:ECONNREFUSED|ECONNABORTED|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|EADDRNOTAVAIL|EACCES|EPERM|EMFILE|ENFILE)$/;
const tlsCodes =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH|EPROTO)/;

/** Which failure an error of undici or of the socket below it is, with the code that says so. */
export function classify(error: unknown): { kind: OutboundFailureKind; reason: string } {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code = '', message = '', syscall = '' } = (first ?? {}) as NodeJS.ErrnoException;
  if (code === 'RENKEI_REFUSED_ADDRESS') return { kind: 'address', reason: code };
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return { kind: 'timeout', reason: code };
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED')
    return { kind: 'request', reason: message };
  if (dnsCodes.test(code)) return { kind: 'dns', reason: code };
  if (tlsCodes.test(code)) return { kind: 'tls', reason: code };
  if (connectCodes.test(code) || syscall === 'connect') return { kind: 'connect', reason: code };
  return { kind: 'protocol', reason: code || message };
}
