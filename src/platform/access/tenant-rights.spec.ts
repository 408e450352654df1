import { ALL_PERMISSIONS, NO_PERMISSIONS, type Actor } from '../../core/access/actor.js';
import { PermissionMatrix } from '../../core/access/permission-matrix.js';
import type { Ctx } from '../context/ctx.js';
import type { Principal, TenantMembership, TenantRef } from './directory.js';
import { RightsOfCaller } from './tenant-rights.js';

const [BLUE, GREEN, RED]: readonly [TenantRef, TenantRef, TenantRef] = [
  { id: 1, name: 'blue' },
  { id: 2, name: 'green' },
  { id: 3, name: 'red' },
];
const MATRIX = new PermissionMatrix([
  { name: 'user', type: 'tenant_role', permissions: ['secret_create'] },
  { name: 'manager', type: 'tenant_role', permissions: ['secret_create', 'administrators'] },
  { name: 'auditor', type: 'system_role', permissions: ['audit_log_view'] },
]);

const membership = (tenant: TenantRef, role: string): TenantMembership => ({
  tenant,
  directRole: role,
  groupRoles: {},
  roles: [role],
});

function rights(actor: Partial<Actor> = {}): RightsOfCaller {
  const ctx: Ctx = {
    actor: {
      userId: 7,
      username: 'ada',
      isBootstrapAdmin: false,
      authMethod: 'token',
      identitySource: 'local',
      systemRole: 'auditor',
      permissions: ALL_PERMISSIONS, // of the request's own tenant: must not leak into others
      systemPermissions: NO_PERMISSIONS,
      ...actor,
    },
    tenantId: BLUE.id,
    tenantName: BLUE.name,
    requestId: 'r',
    sourceAddress: null,
  };
  const principal: Principal = {
    userId: 7,
    username: 'ada',
    systemRole: 'auditor',
    groupSystemRoles: {},
    groups: [],
    memberships: new Map([
      [BLUE.id, membership(BLUE, 'user')],
      [GREEN.id, membership(GREEN, 'manager')],
    ]),
  };
  return new RightsOfCaller(ctx, principal, MATRIX, [BLUE, GREEN, RED]);
}

describe('rights in other tenants', () => {
  it('come from the roles there and the system roles', () => {
    expect(rights().tenantIdsWith('administrators')).toEqual([GREEN.id]);
    expect(rights().tenantIdsWith('secret_create')).toEqual([BLUE.id, GREEN.id]);
    expect(rights().tenantIdsWith('audit_log_view')).toEqual([BLUE.id, GREEN.id, RED.id]);
  });

  it('of the bootstrap administrator are all of them, everywhere', () => {
    expect(rights({ isBootstrapAdmin: true }).tenantIdsWith('anything')).toEqual([BLUE.id, GREEN.id, RED.id]);
  });

  it('of a running execution end with its tenant', () => {
    expect(rights({ executionId: 'x' }).tenantIdsWith('secret_create')).toEqual([BLUE.id]);
    expect(rights({ executionId: 'x', isBootstrapAdmin: true }).tenantIdsWith('secret_create')).toEqual([BLUE.id]);
  });

  it('make the context of the same caller inside of another tenant', () => {
    expect(rights().ctxIn(GREEN)).toMatchObject({
      actor: { userId: 7 },
      tenantId: GREEN.id,
      tenantName: 'green',
      reach: { tenantIds: [GREEN.id], administeredTenantIds: [GREEN.id] },
    });
    expect(rights().ctxIn(RED).reach.administeredTenantIds).toEqual([]);
    expect(rights().ctxIn(RED).actor.permissions.has('secret_create')).toBe(false);
  });

  it('find tenants by their exact names', () => {
    expect(rights().tenant('green')).toBe(GREEN);
    expect(rights().tenant('Green')).toBeNull();
  });
});
