import { PermissionMatrix, type RoleGrants } from './permission-matrix.js';

const ROLES: readonly RoleGrants[] = [
  { name: 'sys_admin', type: 'system_role', permissions: ['user_list', 'secret_get'] },
  { name: 'user', type: 'tenant_role', permissions: ['secret_get', 'secret_create'] },
  { name: 'viewer', type: 'tenant_role', permissions: ['secret_get'] },
  { name: 'idle', type: 'any', permissions: [] },
];
const matrix = new PermissionMatrix(ROLES);

describe('the permission matrix', () => {
  it('gives a role what it holds, and nothing to a role that is not there', () => {
    expect(matrix.permissionsOf(['user']).has('secret_create')).toBe(true);
    expect(matrix.permissionsOf(['viewer']).has('secret_create')).toBe(false);
    for (const roles of [[], ['nobody'], ['idle'], ['nobody', 'idle'], ['constructor'], ['__proto__', 'toString']])
      expect(matrix.permissionsOf(roles).has('secret_get')).toBe(false);
    expect(matrix.permissionsOf(['user']).has('constructor')).toBe(false);
  });

  it('adds up what several give, in any order and however often named', () => {
    for (const roles of [
      ['viewer', 'sys_admin'],
      ['sys_admin', 'viewer'],
      ['viewer', 'viewer', 'sys_admin', 'nobody'],
    ]) {
      const union = matrix.permissionsOf(roles);
      expect([union.has('user_list'), union.has('secret_get'), union.has('secret_create')]).toEqual([
        true,
        true,
        false,
      ]);
    }
    expect(matrix.permissionsOf(['viewer', 'idle'])).toBe(matrix.permissionsOf(['idle', 'viewer']));
  });

  it('remembers a bounded number of unions, and stays right beyond it', () => {
    for (let count = 0; count < 3_000; count += 1)
      expect(matrix.permissionsOf(['user', `unknown_${count}`]).has('secret_create')).toBe(true);
    expect(matrix.permissionsOf(['user', 'unknown_1']).has('user_list')).toBe(false);
  });

  it('tells the kind of a role, and who holds a permission', () => {
    expect(['user', 'sys_admin', 'idle', 'nobody'].map((role) => matrix.typeOf(role))).toEqual([
      'tenant_role',
      'system_role',
      'any',
      undefined,
    ]);
    expect(matrix.rolesWith('secret_get')).toEqual(['sys_admin', 'user', 'viewer']);
    expect(matrix.rolesWith('nothing')).toEqual([]);
  });
});
