import { Injectable } from '@nestjs/common';
import { ALL_PERMISSIONS, type Actor } from '../../core/access/actor.js';
import type { Identity } from './authenticator.js';
import { Directory, type Principal, type TenantRef } from './directory.js';

/** The bootstrap administrator's user id (rest-api §1.4). */
export const BOOTSTRAP_ADMIN_ID = 0;

/** Turns an identity into an actor with the rights it holds, in a tenant or outside of any (rest-api §1.6). */
@Injectable()
export class ActorFactory {
  constructor(private readonly directory: Directory) {}

  async systemActor(accessVersion: string, identity: Identity): Promise<Actor> {
    return this.actor(
      accessVersion,
      identity,
      await this.directory.principal(accessVersion, identity.account.id),
      null,
    );
  }

  async actor(
    accessVersion: string,
    identity: Identity,
    principal: Principal,
    tenant: TenantRef | null,
  ): Promise<Actor> {
    const isBootstrapAdmin = identity.account.id === BOOTSTRAP_ADMIN_ID;
    const matrix = await this.directory.matrix(accessVersion);
    const systemRoles = systemRolesOf(principal);
    const tenantRoles = tenant === null ? [] : (principal.memberships.get(tenant.id)?.roles ?? []);
    return {
      userId: identity.account.id,
      username: identity.account.username,
      isBootstrapAdmin,
      authMethod: identity.authMethod,
      identitySource: identity.identitySource,
      systemRole: principal.systemRole,
      permissions: isBootstrapAdmin ? ALL_PERMISSIONS : matrix.permissionsOf([...systemRoles, ...tenantRoles]),
      systemPermissions: isBootstrapAdmin ? ALL_PERMISSIONS : matrix.permissionsOf(systemRoles),
      ...(identity.tokenId === undefined ? {} : { tokenId: identity.tokenId }),
      ...(identity.execution === undefined ? {} : { executionId: identity.execution.id }),
    };
  }
}

export function systemRolesOf(principal: Principal): readonly string[] {
  const fromGroups = Object.keys(principal.groupSystemRoles);
  return fromGroups.length === 0 ? [principal.systemRole] : [principal.systemRole, ...fromGroups];
}
