import { describe, expect, it } from '@jest/globals';
import { loadPermissionSeed } from './permission-seed-file.js';
import { readPermissionSeed } from './permission-seed.js';

const ROLES = `
roles:
  - {name: sys_admin, type: system, description: All of it}
  - {name: default, type: system}
  - {name: user, type: tenant}
  - {name: helper, type: any}
`;

const read = (text: string) => readPermissionSeed(text, 'permissions.yaml');

describe('readPermissionSeed', () => {
  it('reads roles and who holds what', () => {
    const seed = read(`${ROLES}permissions:\n  secret_get: [sys_admin, user]\n  nobody_does: []\n`);
    expect(seed.roles).toEqual([
      { name: 'sys_admin', type: 'system_role', description: 'All of it' },
      { name: 'default', type: 'system_role', description: '' },
      { name: 'user', type: 'tenant_role', description: '' },
      { name: 'helper', type: 'any', description: '' },
    ]);
    expect([...seed.permissions]).toEqual([
      ['secret_get', ['sys_admin', 'user']],
      ['nobody_does', []],
    ]);
  });

  it('names everything that is wrong at once', () => {
    const text = `
roles:
  - {name: sys_admin, type: emperor}
  - {name: default, type: system}
  - {name: default, type: system}
permissions:
  secret_get: [sys_admin]
  secret_list: yes
`;
    expect(() => read(text)).toThrow(
      /each role needs[\s\S]*declared twice[\s\S]*`secret_get` names the unknown role `sys_admin`[\s\S]*`secret_list` must have a list[\s\S]*`sys_admin` is needed[\s\S]*`user` is needed/,
    );
  });

  it.each(['', '[]', 'roles: 3', `${ROLES}permissions: []`, `${ROLES}permissions: {}`])('refuses %j', (text) => {
    expect(() => read(text)).toThrow('permissions.yaml cannot be used');
  });

  it('refuses text that is no YAML, and a key given twice', () => {
    expect(() => read('roles: [')).toThrow('permissions.yaml cannot be used');
    expect(() => read(`${ROLES}permissions:\n  a: [user]\n  a: [default]\n`)).toThrow('cannot be used');
  });
});

describe('loadPermissionSeed', () => {
  it('finds the file that the program ships with, and it is in order', async () => {
    const seed = await loadPermissionSeed();
    expect(seed.roles.map((role) => role.name)).toEqual([
      'sys_admin',
      'manager',
      'user',
      'operations',
      'viewer',
      'default',
    ]);
    expect(seed.permissions.get('tenant_get')).toEqual(['sys_admin', 'manager', 'user', 'operations']);
    expect(seed.permissions.size).toBeGreaterThan(150);
  });
});
