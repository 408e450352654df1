import { describe, expect, it } from '@jest/globals';
import type { Account } from '../../../platform/access/authenticator.js';
import { toPrincipal } from '../directory/principal.js';
import { toUserView } from './user.view.js';

const account: Account = {
  id: 7,
  username: 'Ada',
  role: 'default',
  isActive: true,
  isLocked: false,
  showGettingStarted: true,
  createdAt: '2026-11-21T23:23:09.783Z',
  firstLoginAt: null,
  lastLoginAt: null,
};
const nowhere = { userId: 7, username: 'Ada', systemRole: 'default', groups: [], places: [] };
const acme = { id: 3, name: 'acme' };

describe('toUserView', () => {
  it('counts, and never leaves group_system_roles null', () => {
    expect(toUserView(account, toPrincipal(nowhere), { getData: false })).toEqual({
      username: 'Ada',
      tenants: 0,
      tenant_roles: null,
      groups: 0,
      role: 'default',
      group_system_roles: {},
      active: true,
      created_at: '2026-11-21T23:23:09.783Z',
      first_login_at: null,
      last_login_at: null,
      is_locked: false,
      show_getting_started: true,
      password_hash: null,
    });
  });

  it('counts a tenant once, however often it is reached', () => {
    const principal = toPrincipal({
      ...nowhere,
      groups: [{ group: 'ops', role: 'default' }],
      places: [
        { tenant: acme, role: 'user', group: null },
        { tenant: acme, role: 'viewer', group: 'ops' },
      ],
    });
    expect(toUserView(account, principal, { getData: false })).toMatchObject({
      tenants: 1,
      groups: 1,
      group_system_roles: { default: ['ops'] },
    });
  });

  it('spells out tenants, roles and groups with _get_data', () => {
    const principal = toPrincipal({
      ...nowhere,
      groups: [{ group: 'ops', role: 'default' }],
      places: [
        { tenant: acme, role: 'viewer', group: 'ops' },
        { tenant: { id: 0, name: 'default_tenant' }, role: 'user', group: null },
      ],
    });
    expect(toUserView(account, principal, { getData: true })).toMatchObject({
      tenants: {
        acme: { 'tenant-role': null, roles: ['viewer'] },
        default_tenant: { 'tenant-role': 'user', roles: ['user'] },
      },
      tenant_roles: { direct: { default_tenant: 'user' }, groups: { acme: { viewer: ['ops'] } } },
      groups: ['ops'],
    });
  });
});
