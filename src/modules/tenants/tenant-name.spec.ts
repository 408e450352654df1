import { describe, expect, it } from '@jest/globals';
import { BadParametersError } from '../../core/errors/app-error.js';
import { assertTenantName } from './tenant-name.js';

describe('assertTenantName', () => {
  it.each(['acme', 'Users', 'user-groups2', 'a', 'constructor'])('takes %s', (name) => {
    expect(assertTenantName(name)).toBe(name);
  });

  it.each(['users', 'user-groups', '', '1st', '-a', 'a b', 'a/b', 'é', 'a'.repeat(257)])('refuses %j', (name) => {
    expect(() => assertTenantName(name)).toThrow(BadParametersError);
  });
});
