import type { Principal, TenantMembership, TenantRef } from '../../../platform/access/directory.js';

/** A group of the user, and the system role it gives. */
interface GroupPlace {
  readonly group: string;
  readonly role: string;
}

/** A role in a tenant: the user's own where `group` is null, else what that group gives. */
interface TenantPlace {
  readonly tenant: TenantRef;
  readonly role: string;
  readonly group: string | null;
}

export interface PrincipalRows {
  readonly userId: number;
  readonly username: string;
  readonly systemRole: string;
  readonly groups: readonly GroupPlace[];
  readonly places: readonly TenantPlace[];
}

/** Puts together where a user stands. Names may be anything a name may be, `constructor` too: nothing is looked up by them. */
export function toPrincipal({ userId, username, systemRole, groups, places }: PrincipalRows): Principal {
  const byTenant = Map.groupBy(places, (place) => place.tenant.id);
  return {
    userId,
    username,
    systemRole,
    groups: groups.map(({ group }) => group).toSorted(byCodeUnit),
    groupSystemRoles: groupsByRole(groups),
    memberships: new Map([...byTenant].map(([id, held]) => [id, toMembership(held)])),
  };
}

function toMembership(held: readonly TenantPlace[]): TenantMembership {
  const [first] = held;
  if (!first) throw new Error('A membership without a role.');
  const fromGroups = held.flatMap(({ role, group }) => (group === null ? [] : [{ role, group }]));
  return {
    tenant: first.tenant,
    directRole: held.find(({ group }) => group === null)?.role ?? null,
    groupRoles: groupsByRole(fromGroups),
    roles: [...new Set(held.map(({ role }) => role))].toSorted(byCodeUnit),
  };
}

function groupsByRole(places: readonly GroupPlace[]): Record<string, string[]> {
  return Object.fromEntries(
    [...Map.groupBy(places, ({ role }) => role)].map(([role, given]) => [
      role,
      given.map(({ group }) => group).toSorted(byCodeUnit),
    ]),
  );
}

/** As the database sorts with COLLATE "C": names are ASCII. */
function byCodeUnit(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
