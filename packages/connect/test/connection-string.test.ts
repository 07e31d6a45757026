import { commonProperties, ProgrammingError, readSettings } from '@renkei/connect';
import { describe, expect, test } from 'vitest';

const read = (text: string) => readSettings(text, commonProperties);

function refusal(text: string): ProgrammingError {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ProgrammingError);
    return error as ProgrammingError;
  }
  throw new Error(`accepted: ${text}`);
}

describe('connector §1 fact 2: a connection string is a list of Name=Value pairs', () => {
  test('pairs end with a semicolon, the last one may go without', () => {
    const settings = read(
      'InitiateOAuth=GETANDREFRESH;OAuthClientId=MyClientId;CallbackURL=http://localhost',
    );
    expect(settings.text('InitiateOAuth')).toBe('GETANDREFRESH');
    expect(settings.text('OAuthClientId')).toBe('MyClientId');
    expect(settings.text('CallbackURL')).toBe('http://localhost');
  });

  test('connector §4.4: names are compared without regard to case, blanks and aliases', () => {
    const settings = read('oauthclientid=a; Max Rows = 7 ;ClientSecret=s');
    expect(settings.text('OAuthClientId')).toBe('a');
    expect(settings.integer('MaxRows')).toBe(7);
    expect(settings.text('OAuthClientSecret')).toBe('s');
  });

  test('connector §4.4: a quoted value keeps semicolons, equal signs, blanks and doubled quotes', () => {
    const settings = read(
      `PseudoColumns="People=TagId;Tasks=List"; OAuthClientSecret=' it''s "=" ';Timeout=5`,
    );
    expect(settings.text('PseudoColumns')).toBe('People=TagId;Tasks=List');
    expect(settings.text('OAuthClientSecret')).toBe(` it's "=" `);
    expect(settings.integer('Timeout')).toBe(5);
  });

  test('an unquoted value may hold further equal signs, as tokens do', () => {
    expect(read('OAuthAccessToken=BAhb==;Timeout=1').text('OAuthAccessToken')).toBe('BAhb==');
  });

  test('of a name given twice the last one counts', () => {
    expect(read('Timeout=1;timeout=2').integer('Timeout')).toBe(2);
  });

  test('an empty value leaves the default', () => {
    expect(read('Timeout=;').integer('Timeout')).toBe(60);
    expect(read('Timeout=;').isSet('Timeout')).toBe(false);
  });
});

describe('connector case 20: what is wrong in a connection string is refused', () => {
  test('an unknown name, with the nearest one', () => {
    expect(refusal('OAuthClientIdd=a').message).toContain('did you mean OAuthClientId?');
    expect(refusal('Zzzzzzzzz=a').message).toBe('Unknown connection property "Zzzzzzzzz"');
  });

  test('a name of the language itself is as unknown as any other', () => {
    expect(refusal('constructor=a').message).toContain('Unknown connection property');
  });

  test('a value that does not fit its property, naming what is allowed', () => {
    expect(refusal('InitiateOAuth=MAYBE').message).toContain('OFF, REFRESH, GETANDREFRESH');
    expect(refusal('Timeout=soon').message).toContain('whole number');
    expect(refusal('Readonly=perhaps').message).toContain('true or false');
  });

  test('a pair without name or equal sign, and a quote that does not end, without showing values', () => {
    expect(refusal('Timeout=3;secret').message).toContain('pair 2');
    expect(refusal('=secret').message).not.toContain('secret');
    expect(refusal('OAuthClientSecret="secret').message).not.toContain('="secret');
  });
});
