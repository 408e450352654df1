import { describe, expect, it } from '@jest/globals';
import { ALL_PERMISSIONS, NO_PERMISSIONS, type Actor } from '../../../core/access/actor.js';
import { BadParametersError, ForbiddenError } from '../../../core/errors/app-error.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { assertMayChangePassword, changeOf, isOwnAccount } from './account-change.js';

const actor: Actor = {
  userId: 4,
  username: 'Ada.L',
  isBootstrapAdmin: false,
  authMethod: 'token',
  identitySource: 'local',
  systemRole: 'default',
  permissions: NO_PERMISSIONS,
  systemPermissions: NO_PERMISSIONS,
};

const ctx = (changes: Partial<Actor>): Ctx => ({
  actor: { ...actor, ...changes },
  tenantId: null,
  tenantName: null,
  requestId: 'r',
  sourceAddress: null,
});

describe('changeOf', () => {
  it('takes the password first, and refuses a role beside it', () => {
    expect(changeOf({ password: 'long enough it is', show_getting_started: false })).toEqual({
      kind: 'password',
      password: 'long enough it is',
      revokeTokens: false,
    });
    expect(() => changeOf({ password: 'long enough it is', role: 'default' })).toThrow(BadParametersError);
  });

  it('hears the wish to end tokens', () => {
    expect(changeOf({ password: 'long enough it is', revoke_tokens: true })).toMatchObject({ revokeTokens: true });
  });

  it('takes the role before the flag', () => {
    expect(changeOf({ role: 'sys_admin', show_getting_started: true })).toEqual({ kind: 'role', role: 'sys_admin' });
  });

  it('takes empty texts and null for absent, but not the flag turned off', () => {
    expect(changeOf({ password: '', role: null, show_getting_started: false })).toEqual({
      kind: 'show_getting_started',
      show: false,
    });
    expect(changeOf({ password: '', role: 'default' })).toEqual({ kind: 'role', role: 'default' });
  });

  it.each([{}, { password: '' }, { password: null, role: '', show_getting_started: null }, { revoke_tokens: true }])(
    'refuses %j, which asks for nothing',
    (update) => {
      expect(() => changeOf(update)).toThrow(BadParametersError);
    },
  );
});

describe('isOwnAccount', () => {
  it('knows oneself in any casing', () => {
    expect(isOwnAccount(actor, 'ada.l')).toBe(true);
    expect(isOwnAccount(actor, 'ＡＤＡ.L')).toBe(true);
    expect(isOwnAccount(actor, 'ada-l')).toBe(false);
    expect(isOwnAccount(actor, '')).toBe(false);
  });
});

describe('assertMayChangePassword', () => {
  it('lets anybody change their own, and holders of user_update everybody’s', () => {
    expect(() => assertMayChangePassword(ctx({}), 'ADA.L')).not.toThrow();
    expect(() => assertMayChangePassword(ctx({}), 'bob')).toThrow(ForbiddenError);
    expect(() => assertMayChangePassword(ctx({ permissions: ALL_PERMISSIONS }), 'bob')).not.toThrow();
  });

  it('lets no execution change one, its creator’s own as little as another’s', () => {
    const execution = ctx({ permissions: ALL_PERMISSIONS, isBootstrapAdmin: true, executionId: 'e1' });
    expect(() => assertMayChangePassword(execution, 'ada.l')).toThrow(ForbiddenError);
    expect(() => assertMayChangePassword(execution, 'bob')).toThrow(ForbiddenError);
  });
});
