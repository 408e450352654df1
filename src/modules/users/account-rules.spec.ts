import { describe, expect, it } from '@jest/globals';
import { NO_PERMISSIONS, type Actor } from '../../core/access/actor.js';
import { IllegalActionError } from '../../core/errors/app-error.js';
import { assertMayBeShutOut } from './account-rules.js';

const actor = (userId: number): Actor => ({
  userId,
  username: 'ada',
  isBootstrapAdmin: userId === 0,
  authMethod: 'http_basic',
  identitySource: 'local',
  systemRole: 'sys_admin',
  permissions: NO_PERMISSIONS,
  systemPermissions: NO_PERMISSIONS,
});

describe('assertMayBeShutOut', () => {
  it.each(['delete', 'deactivate'] as const)('lets one %s somebody else', (verb) => {
    expect(() => assertMayBeShutOut(actor(1), { id: 2, username: 'bob' }, 0, verb)).not.toThrow();
  });

  it.each(['delete', 'deactivate'] as const)('lets nobody %s themselves', (verb) => {
    expect(() => assertMayBeShutOut(actor(2), { id: 2, username: 'bob' }, 0, verb)).toThrow(IllegalActionError);
  });

  it.each(['delete', 'deactivate'] as const)('lets nobody %s the bootstrap administrator', (verb) => {
    expect(() => assertMayBeShutOut(actor(1), { id: 0, username: 'admin' }, 0, verb)).toThrow(
      'bootstrap administrator',
    );
    expect(() => assertMayBeShutOut(actor(0), { id: 0, username: 'admin' }, 0, verb)).toThrow(IllegalActionError);
  });
});
