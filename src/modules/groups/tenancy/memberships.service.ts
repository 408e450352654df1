import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../../core/errors/app-error.js';
import { assertName } from '../../../core/text/names.js';
import { lockDirectory } from '../../../platform/access/directory-lock.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { DEFAULT_TENANT_ROLE, RolesService } from '../../users/roles.service.js';
import { UsersService } from '../../users/users.service.js';
import { GroupsService } from '../user-groups/groups.service.js';
import { MembershipsRepository, type Member } from './memberships.repository.js';

export type MemberName = { readonly user: string } | { readonly group: string };

export interface TenantPlace {
  readonly id: number;
  readonly name: string;
}

/** A role held in a tenant before and after; null: no association. */
interface RoleChange {
  readonly member: Member;
  readonly before: string | null;
  readonly after: string | null;
}

/** Who belongs to a tenant, and as what (rest-api §2.3). */
@Injectable()
export class MembershipsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: MembershipsRepository,
    private readonly users: UsersService,
    private readonly groups: GroupsService,
    private readonly roles: RolesService,
    private readonly audit: AuditSink,
  ) {}

  /**
   * @param roleName empty: the default tenant role
   * @throws BadParametersError for a name that is none, or a role that is none of tenants
   * @throws NotFoundError for an unknown user or group
   * @throws ConflictError when they are associated already
   */
  async add(ctx: Ctx, tenant: TenantPlace, name: MemberName, roleName: string): Promise<void> {
    await this.change(ctx, tenant, name, 'add', async (ctx) => {
      const role = await this.roles.tenantRole(ctx, roleName || DEFAULT_TENANT_ROLE);
      const member = await this.member(ctx, name);
      await this.repository.add(ctx, tenant.id, member, role.id);
      return { member, before: null, after: role.name };
    });
  }

  /** @throws NotFoundError also when they are not associated */
  async changeRole(ctx: Ctx, tenant: TenantPlace, name: MemberName, roleName: string): Promise<void> {
    await this.change(ctx, tenant, name, 'update', async (ctx) => {
      const role = await this.roles.tenantRole(ctx, roleName || DEFAULT_TENANT_ROLE);
      const member = await this.member(ctx, name);
      const before = await this.roleOf(ctx, tenant, member);
      await this.repository.changeRole(ctx, tenant.id, member, role.id);
      return { member, before, after: role.name };
    });
  }

  /** What groups give stays. @throws NotFoundError also when they are not associated */
  async remove(ctx: Ctx, tenant: TenantPlace, name: MemberName): Promise<void> {
    await this.change(ctx, tenant, name, 'remove', async (ctx) => {
      const member = await this.member(ctx, name);
      const before = await this.roleOf(ctx, tenant, member);
      await this.repository.remove(ctx, tenant.id, member);
      return { member, before, after: null };
    });
  }

  private async change(
    ctx: Ctx,
    tenant: TenantPlace,
    name: MemberName,
    verb: 'add' | 'update' | 'remove',
    work: (ctx: Ctx) => Promise<RoleChange>,
  ): Promise<void> {
    if ('user' in name) assertName('username', name.user);
    else assertName('group_name', name.group);
    await this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const { member, before, after } = await work(ctx);
      await this.audit.record(ctx, {
        action: `tenant.${verb}_${member.kind}`,
        operation: 'update',
        outcome: 'success',
        refTable: 'tenants',
        refId: tenant.id,
        refIdentifier: { name: tenant.name },
        details: { [member.kind]: member.name, role: { before, after } },
      });
    });
  }

  private async member(ctx: Ctx, name: MemberName): Promise<Member> {
    if ('user' in name) {
      const { id, username } = await this.users.byName(ctx, name.user);
      return { kind: 'user', id, name: username };
    }
    const group = await this.groups.byName(ctx, name.group);
    return { kind: 'group', id: group.id, name: group.name };
  }

  private async roleOf(ctx: Ctx, tenant: TenantPlace, member: Member): Promise<string> {
    const role = await this.repository.roleOf(ctx, tenant.id, member);
    if (role === null) throw new NotFoundError(`Association of tenant ${tenant.name} and ${member.kind}`, member.name);
    return role;
  }
}
