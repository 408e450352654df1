import { describe, expect, it } from '@jest/globals';
import { toPrincipal } from './principal.js';

const acme = { id: 3, name: 'acme' };
const beta = { id: 0, name: 'default_tenant' };
const base = { userId: 7, username: 'Ada', systemRole: 'default', groups: [], places: [] };

describe('toPrincipal', () => {
  it('is empty for somebody who belongs nowhere', () => {
    expect(toPrincipal(base)).toEqual({
      userId: 7,
      username: 'Ada',
      systemRole: 'default',
      groups: [],
      groupSystemRoles: {},
      memberships: new Map(),
    });
  });

  it('tells the direct role from those of groups, and names each role once', () => {
    const { memberships } = toPrincipal({
      ...base,
      places: [
        { tenant: acme, role: 'viewer', group: 'zeta' },
        { tenant: acme, role: 'user', group: null },
        { tenant: acme, role: 'viewer', group: 'alpha' },
        { tenant: acme, role: 'user', group: 'alpha' },
        { tenant: beta, role: 'manager', group: 'alpha' },
      ],
    });
    expect(memberships.get(3)).toEqual({
      tenant: acme,
      directRole: 'user',
      groupRoles: { viewer: ['alpha', 'zeta'], user: ['alpha'] },
      roles: ['user', 'viewer'],
    });
    expect(memberships.get(0)).toEqual({
      tenant: beta,
      directRole: null,
      groupRoles: { manager: ['alpha'] },
      roles: ['manager'],
    });
  });

  it('sorts groups, and lists them under the system role they give', () => {
    const principal = toPrincipal({
      ...base,
      groups: [
        { group: 'ops', role: 'sys_admin' },
        { group: 'Dev', role: 'default' },
        { group: 'app', role: 'sys_admin' },
      ],
    });
    expect(principal.groups).toEqual(['Dev', 'app', 'ops']);
    expect(principal.groupSystemRoles).toEqual({ sys_admin: ['app', 'ops'], default: ['Dev'] });
  });

  it('is not confused by names that objects have of their own', () => {
    const principal = toPrincipal({
      ...base,
      groups: [{ group: 'constructor', role: 'toString' }],
      places: [{ tenant: { id: 5, name: 'valueOf' }, role: 'hasOwnProperty', group: 'constructor' }],
    });
    expect(principal.groupSystemRoles).toEqual({ toString: ['constructor'] });
    expect(principal.memberships.get(5)?.groupRoles).toEqual({ hasOwnProperty: ['constructor'] });
  });
});
