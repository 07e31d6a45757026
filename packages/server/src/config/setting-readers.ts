import { existsSync } from 'node:fs';
import { parseDuration } from './duration.ts';

/** A wrong setting, in one line: which key, what it held, what is allowed. Secrets are not shown. */
export class SettingError extends Error {
  constructor(key: string, value: string, allowed: string) {
    const shown = /PASSWORD|SECRET|SMTP_URL|DATABASE_URL/.test(key) ? '(not shown)' : JSON.stringify(value);
    super(`${key}: ${shown} is not allowed; allowed: ${allowed}`);
  }
}

/** One reader per kind of value; each answers undefined where the key is not set. */
export function readers(source: (key: string) => unknown) {
  function text(key: string): string | undefined {
    const value = source(key);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'object') throw new SettingError(key, JSON.stringify(value), 'a single value');
    return String(value);
  }
  function choice<const T extends string>(key: string, allowed: readonly T[]): T | undefined {
    const value = text(key);
    if (value === undefined) return undefined;
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw new SettingError(key, value, allowed.join(', '));
    return found;
  }
  function list(key: string): string[] | undefined {
    const value = source(key);
    if (Array.isArray(value)) return value.map(String);
    return text(key)
      ?.split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
  return {
    text,
    choice,
    list,
    choices<const T extends string>(key: string, allowed: readonly T[]): T[] | undefined {
      return list(key)?.map((value) => {
        const found = allowed.find((one) => one === value);
        if (found === undefined) throw new SettingError(key, value, `a comma list of ${allowed.join(', ')}`);
        return found;
      });
    },
    boolean(key: string): boolean | undefined {
      const value = choice(key, ['true', 'false']);
      return value === undefined ? undefined : value === 'true';
    },
    integer(key: string, least: number, most: number): number | undefined {
      const value = text(key);
      if (value === undefined) return undefined;
      const number = Number(value);
      if (!/^\d+$/.test(value) || number < least || number > most) {
        throw new SettingError(key, value, `a whole number from ${least} to ${most}`);
      }
      return number;
    },
    duration(key: string): number | undefined {
      const value = text(key);
      if (value === undefined) return undefined;
      const seconds = parseDuration(value);
      if (seconds === undefined || seconds <= 0) {
        throw new SettingError(
          key,
          value,
          'seconds (3600) or an ISO 8601 duration (PT1H, P30D), more than zero',
        );
      }
      return seconds;
    },
    url(key: string, protocols: readonly string[]): string | undefined {
      const value = text(key);
      if (value === undefined) return undefined;
      // an address of PostgreSQL may leave the host out, for a Unix socket; URL knows none without
      const whole = value.replace(/^(postgres[^:]*:\/\/([^@/?]*@)?)(?=[/?])/, '$1localhost');
      const protocol = URL.canParse(whole) ? new URL(whole).protocol : '';
      if (!protocols.includes(protocol)) {
        throw new SettingError(
          key,
          value,
          `a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
        );
      }
      return value;
    },
    file(key: string): string | undefined {
      const value = text(key);
      if (value !== undefined && !existsSync(value)) throw new SettingError(key, value, 'a file that exists');
      return value;
    },
    secret(key: string, least: number): string | undefined {
      const value = text(key);
      if (value !== undefined && Buffer.byteLength(value) < least) {
        throw new SettingError(key, value, `at least ${least} bytes`);
      }
      return value;
    },
  };
}
