import { Injectable } from '@nestjs/common';
import type { RoleType } from '../../core/access/permission-matrix.js';
import { BadParametersError, NotFoundError } from '../../core/errors/app-error.js';
import { printable } from '../../core/listing/query-values.js';
import { Clock } from '../../platform/clock/clock.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { RolesRepository } from './roles.repository.js';

export interface RoleRef {
  readonly id: number;
  readonly name: string;
}

/** The role of full control, by its name in `config/permissions.yaml`. */
export const SYSTEM_ADMINISTRATOR_ROLE = 'sys_admin';
/** Given where the caller names none (`defaults` in `config/permissions.yaml`). */
export const DEFAULT_SYSTEM_ROLE = 'default';
export const DEFAULT_TENANT_ROLE = 'user';

/** Roles are data of the installation; these are the checks that others make on them. All run in the open transaction. */
@Injectable()
export class RolesService {
  constructor(
    private readonly repository: RolesRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws BadParametersError for a role that is unknown, or one that holds only inside tenants */
  systemRole(ctx: Ctx, name: string): Promise<RoleRef> {
    return this.ofType(ctx, name, 'system_role');
  }

  /** @throws BadParametersError for a role that is unknown, or one that holds only outside of tenants */
  tenantRole(ctx: Ctx, name: string): Promise<RoleRef> {
    return this.ofType(ctx, name, 'tenant_role');
  }

  /** @throws NotFoundError */
  async byName(ctx: Ctx, name: string): Promise<RoleRef> {
    const role = await this.repository.byName(ctx, name);
    if (!role) throw new NotFoundError('Role', name);
    return role;
  }

  async nameOf(ctx: Ctx, id: number): Promise<string> {
    const role = await this.repository.byId(ctx, id);
    if (!role) throw new Error('A row refers to a role that is not there.');
    return role.name;
  }

  /** Its permissions were edited just now. */
  async touch(ctx: Ctx, role: RoleRef): Promise<void> {
    await this.repository.touch(ctx, role.id, this.clock.now());
  }

  private async ofType(ctx: Ctx, name: string, type: Exclude<RoleType, 'any'>): Promise<RoleRef> {
    const role = await this.repository.byName(ctx, name);
    if (!role) throw new BadParametersError(`The role \`${printable(name)}\` does not exist`);
    if (role.type !== type && role.type !== 'any') {
      throw new BadParametersError(`The role \`${name}\` is a ${role.type}, where a ${type} is needed`);
    }
    return role;
  }
}
