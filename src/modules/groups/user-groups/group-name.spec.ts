import { describe, expect, it } from '@jest/globals';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { assertGroupName, readDirectoryName } from './group-name.js';

describe('assertGroupName', () => {
  it.each(['ops', 'users2', 'a.b~c-d_e', 'toString'])('takes %s', (name) => {
    expect(assertGroupName(name)).toBe(name);
  });

  it.each(['users', 'Users', 'USERS', '', '9lives', 'a b', 'a'.repeat(257)])('refuses %j', (name) => {
    expect(() => assertGroupName(name)).toThrow(BadParametersError);
  });
});

describe('readDirectoryName', () => {
  it.each([null, undefined, '', '  '])('takes %j for none', (text) => {
    expect(readDirectoryName(text)).toBeNull();
  });

  it('keeps a name as it is written', () => {
    expect(readDirectoryName('CN=Ops, OU=Städte,DC=example')).toBe('CN=Ops, OU=Städte,DC=example');
  });

  it.each(['a\u0000b', 'a\nb', 'lone \ud800', 'ä'.repeat(1_025), 'ﷺ'.repeat(200)])('refuses %j', (text) => {
    expect(() => readDirectoryName(text)).toThrow(BadParametersError);
  });
});
