import { Injectable } from '@nestjs/common';
import { ALL_PERMISSIONS, NO_PERMISSIONS, type Actor } from '../../core/access/actor.js';
import type { Account, Identity } from './authenticator.js';
import { Directory, type Principal, type TenantRef } from './directory.js';

/** The bootstrap administrator's user id (rest-api §1.4). */
export const BOOTSTRAP_ADMIN_ID = 0;

/** As much of an identity as an actor is made from. */
export type ActingIdentity = Omit<Identity, 'account'> & { readonly account: Pick<Account, 'id' | 'username'> };

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

  /** The actor of work that runs for a user who is not there: the rights they hold now, tied to the execution. */
  async actorOf(accessVersion: string, userId: number, tenant: TenantRef, executionId: string): Promise<Actor> {
    const principal = await this.directory.principal(accessVersion, userId);
    const account = { id: userId, username: principal.username };
    return this.actor(
      accessVersion,
      { account, authMethod: 'system', identitySource: 'system', execution: { id: executionId, tenantId: tenant.id } },
      principal,
      tenant,
    );
  }

  async actor(
    accessVersion: string,
    identity: ActingIdentity,
    principal: Principal,
    tenant: TenantRef | null,
  ): Promise<Actor> {
    const isAdmin = identity.account.id === BOOTSTRAP_ADMIN_ID;
    // By its token an execution has what its creator may do in one tenant, and nothing of what they are elsewhere.
    const isToken = identity.authMethod === 'execution_token';
    const isBootstrapAdmin = isAdmin && !isToken;
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
      permissions: isAdmin ? ALL_PERMISSIONS : matrix.permissionsOf([...systemRoles, ...tenantRoles]),
      systemPermissions: isToken ? NO_PERMISSIONS : isAdmin ? ALL_PERMISSIONS : matrix.permissionsOf(systemRoles),
      ...(identity.tokenEpoch === undefined ? {} : { tokenEpoch: identity.tokenEpoch }),
      ...(identity.tokenId === undefined ? {} : { tokenId: identity.tokenId }),
      ...(identity.execution === undefined ? {} : { executionId: identity.execution.id }),
    };
  }
}

export function systemRolesOf(principal: Principal): readonly string[] {
  const fromGroups = Object.keys(principal.groupSystemRoles);
  return fromGroups.length === 0 ? [principal.systemRole] : [principal.systemRole, ...fromGroups];
}
