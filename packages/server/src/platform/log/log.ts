import { pino } from 'pino';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];
export type Logger = pino.Logger;

/** Keys whose values never reach a log line, at the top and one or two levels down. */
const secretKeys = [
  'password',
  'authorization',
  'cookie',
  'access_token',
  'refresh_token',
  'access_key',
  'accessToken',
  'refreshToken',
  'accessKey',
  'signingSecret',
  'secret',
  'token',
  'key',
];

/** JSON lines on standard output, written asynchronously; the last lines are flushed when the process ends. */
export function createLog(level: LogLevel | 'silent'): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '***' },
    },
    pino.destination({ dest: 1, sync: false, minLength: 0 }),
  );
}
