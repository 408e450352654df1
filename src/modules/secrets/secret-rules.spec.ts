import { NO_PERMISSIONS, type Actor } from '../../core/access/actor.js';
import { BadParametersError, ForbiddenError, NotFoundError } from '../../core/errors/app-error.js';
import { assertMayBe, assertNoProvider, isFalsy, readVisibility } from './secret-rules.js';

const actor = (permissions: readonly string[]): Actor => ({
  userId: 7,
  username: 'ada',
  isBootstrapAdmin: false,
  authMethod: 'token',
  identitySource: 'local',
  systemRole: 'default',
  permissions: new Set(permissions),
  systemPermissions: NO_PERMISSIONS,
});

describe('rules of secrets', () => {
  it('know three visibilities, exactly', () => {
    expect(['private', 'tenant', 'global'].map((text) => readVisibility(text))).toEqual([
      'private',
      'tenant',
      'global',
    ]);
    for (const text of ['', 'Tenant', 'tenant ', 'public', '__proto__']) {
      expect(() => readVisibility(text)).toThrow(BadParametersError);
    }
    expect(() => readVisibility('private', ['tenant', 'global'])).toThrow(BadParametersError);
  });

  it('ask for a right to make something global, and for nothing otherwise', () => {
    expect(() => assertMayBe(actor([]), 'tenant')).not.toThrow();
    expect(() => assertMayBe(actor([]), 'private')).not.toThrow();
    expect(() => assertMayBe(actor([]), 'global')).toThrow(ForbiddenError);
    expect(() => assertMayBe(actor(['create_global_resource']), 'global')).not.toThrow();
  });

  it('know no provider, and take an empty name for none', () => {
    for (const none of [undefined, null, '']) expect(() => assertNoProvider(none)).not.toThrow();
    expect(() => assertNoProvider('vault')).toThrow(NotFoundError);
  });

  it('take for no value what Python takes for false', () => {
    expect([undefined, null, '', 0, -0, false, [], {}].every(isFalsy)).toBe(true);
    expect([' ', '0', 1, true, [0], { a: null }].some(isFalsy)).toBe(false);
  });
});
