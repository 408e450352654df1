import { converted, isForAdministrators, schemaProblem } from './setting-rules.js';
import {
  BOOLEAN,
  integer,
  oneOf,
  OPTIONAL_BOOLEAN,
  OPTIONAL_TEXT,
  optionalText,
  seconds,
  TEXT,
} from './setting-schema.js';

describe('a text where the schema asks for something else', () => {
  it.each([
    [integer(0), '5', 5],
    [integer(0), ' 7 ', 7],
    [integer(-1), '-1', -1],
    [integer(0), '5.0', 5],
    [seconds(300), '2.5', 2.5],
    [BOOLEAN, 'TRUE', true],
    [OPTIONAL_BOOLEAN, 'false', false],
    [TEXT, '5', '5'],
    [OPTIONAL_TEXT, 'true', 'true'],
    [null, '5', '5'],
  ])('%j reads %j as %j', (schema, text, value) => {
    expect(converted(schema, text)).toBe(value);
  });

  it.each(['', 'five', '0x10', '1_000', 'Infinity', 'NaN', '1e9999', '5;'])('does not guess at %j', (text) => {
    expect(converted(integer(0), text)).toBe(text);
  });

  it('leaves what is no text alone', () => {
    expect(converted(integer(0), true)).toBe(true);
    expect(converted(BOOLEAN, 1)).toBe(1);
  });
});

describe('a value and its schema', () => {
  it.each([
    [integer(1, 10), 0],
    [integer(1, 10), 11],
    [integer(1, 10), 1.5],
    [integer(1), 1e308],
    [integer(1), null],
    [seconds(300), 0],
    [oneOf('local'), 's3'],
    [TEXT, 'x'.repeat(4097)],
    [BOOLEAN, 'yes'],
    [null, 'x'.repeat(70_000)],
    [optionalText('^(ldaps?://\\S+)?$'), 'http://directory'],
  ])('%j refuses %j', (schema, value) => {
    expect(schemaProblem(schema, value)).toEqual(expect.any(String));
  });

  it.each([
    [OPTIONAL_TEXT, null],
    [optionalText('^(ldaps?://\\S+)?$'), 'ldaps://directory:636'],
    [optionalText('^(ldaps?://\\S+)?$'), ''],
    [null, { any: ['thing'] }],
  ])('%j takes %j', (schema, value) => {
    expect(schemaProblem(schema, value)).toBeNull();
  });

  it('gives reasons without the value', () => {
    expect(schemaProblem(TEXT, 'hunter2'.repeat(1000))).not.toContain('hunter2');
    expect(schemaProblem(oneOf('local'), 'hunter2')).not.toContain('hunter2');
  });
});

describe('what steers everybody', () => {
  it.each([
    'ldap_server',
    'ldap_timeout',
    'saml_entry_point',
    'failed_logins_before_account_lock',
    'account_lock_period',
    's3_server_url',
    'file_server_type',
  ])('%s is for system administrators', (name) => {
    expect(isForAdministrators({ scope: 'rest', name })).toBe(true);
  });

  it.each([
    ['rest', 'default_page_size'],
    ['rest', 'rest_service_log_level'],
    ['agent', 'heartbeat'],
  ])('%s.%s is not', (scope, name) => {
    expect(isForAdministrators({ scope, name })).toBe(false);
  });
});
