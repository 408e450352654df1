import { Injectable } from '@nestjs/common';
import { ConflictError } from '../../core/errors/app-error.js';
import { BOOTSTRAP_ADMIN_ID } from '../../platform/access/actor-factory.js';
import { lockDirectory } from '../../platform/access/directory-lock.js';
import { systemCtx, type Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { DEFAULT_TENANT, TenantsService } from '../tenants/tenants.service.js';
import { DEFAULT_TENANT_ROLE } from '../users/roles.service.js';
import { UsersService } from '../users/users.service.js';
import type { PermissionSeed } from './seed/permission-seed.js';
import { loadPermissionSeed } from './seed/permission-seed-file.js';
import { SeedRepository, type SeedGrant } from './seed/seed.repository.js';
import { MembershipsService } from './tenancy/memberships.service.js';

const BOOTSTRAP_ADMIN_NAME = 'admin';

export interface SeedOptions {
  /** Asked for only when the bootstrap administrator has to be made. */
  readonly adminPassword: string | (() => Promise<string>);
}

/**
 * Makes an empty database an installation: roles and their permissions, the default tenant, the bootstrap administrator.
 * Runs at each start, since a newer release may bring roles and permissions that are not there yet; what the operator
 * edited stays as it is (rest-api §2.4). Safe when several replicas start at once, and after one that died half-way.
 */
@Injectable()
export class SeedService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: SeedRepository,
    private readonly tenants: TenantsService,
    private readonly users: UsersService,
    private readonly memberships: MembershipsService,
  ) {}

  /**
   * @returns whether the bootstrap administrator was made now
   * @throws BadParametersError when the administrator's password is not acceptable
   */
  async seed({ adminPassword }: SeedOptions): Promise<{ readonly isNew: boolean }> {
    const ctx = systemCtx('seed');
    await this.seedPermissions(ctx, await loadPermissionSeed());
    await this.tenants.ensureDefault(ctx);
    if (await this.unitOfWork.run(ctx, (ctx) => this.users.exists(ctx, BOOTSTRAP_ADMIN_ID))) return { isNew: false };
    const password = typeof adminPassword === 'string' ? adminPassword : await adminPassword();
    return { isNew: await this.createAdmin(ctx, password) };
  }

  private async createAdmin(ctx: Ctx, password: string): Promise<boolean> {
    try {
      await this.users.createBootstrapAdmin(ctx, { username: BOOTSTRAP_ADMIN_NAME, password }, (ctx) =>
        this.memberships.add(ctx, DEFAULT_TENANT, { user: BOOTSTRAP_ADMIN_NAME }, DEFAULT_TENANT_ROLE),
      );
      return true;
    } catch (error) {
      // Another replica that starts at the same time was faster.
      if (error instanceof ConflictError) return false;
      throw error;
    }
  }

  /** A permission is seeded once in its life; a role that is new gets everything that the file says of it. */
  private async seedPermissions(ctx: Ctx, seed: PermissionSeed): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const newRoles = await this.repository.addMissingRoles(ctx, seed.roles);
      const known = await this.repository.seededPermissions(ctx);
      const newPermissions = [...seed.permissions.keys()].filter((permission) => !known.has(permission));
      const grants = grantsOf(seed).filter(({ role, permission }) => newRoles.has(role) || !known.has(permission));
      if (grants.length > 0) await this.repository.grant(ctx, grants);
      if (newPermissions.length > 0) await this.repository.noteSeeded(ctx, newPermissions);
    });
  }
}

function grantsOf({ permissions }: PermissionSeed): SeedGrant[] {
  return [...permissions].flatMap(([permission, roles]) => roles.map((role) => ({ role, permission })));
}
