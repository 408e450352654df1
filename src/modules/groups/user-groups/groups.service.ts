import { Injectable } from '@nestjs/common';
import { BadParametersError, NotFoundError } from '../../../core/errors/app-error.js';
import { assertName } from '../../../core/text/names.js';
import { lockDirectory } from '../../../platform/access/directory-lock.js';
import { AuditSink, type AuditEvent } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { DEFAULT_SYSTEM_ROLE, RolesService } from '../../users/roles.service.js';
import { UsersService } from '../../users/users.service.js';
import type { UserGroup } from './group.entity.js';
import { assertGroupName, readDirectoryName } from './group-name.js';
import { GroupsRepository } from './groups.repository.js';

export interface GroupRef {
  readonly id: number;
  readonly name: string;
}

export interface NewUserGroup {
  readonly name: string;
  readonly directoryName: string | null;
  /** Null or empty: the default one. */
  readonly role: string | null;
}

export interface GroupMembership {
  readonly username: string;
  readonly groupName: string;
}

/** User groups and their members (rest-api §2.2). */
@Injectable()
export class GroupsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: GroupsRepository,
    private readonly users: UsersService,
    private readonly roles: RolesService,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the group's number
   * @throws BadParametersError for a bad name or role
   * @throws ConflictError when the name or the directory name is taken, in any casing
   */
  create(ctx: Ctx, group: NewUserGroup): Promise<number> {
    const name = assertGroupName(group.name);
    const ldapDn = readDirectoryName(group.directoryName);
    return this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const role = await this.roles.systemRole(ctx, group.role || DEFAULT_SYSTEM_ROLE);
      const id = await this.repository.insert(ctx, { name, ldapDn, roleId: role.id, createdAt: this.clock.now() });
      await this.audit.record(ctx, event('group.create', 'create', { id, name }, { role: role.name, ldap_dn: ldapDn }));
      return id;
    });
  }

  /**
   * @throws BadParametersError for a role that is empty or none of the system's
   * @throws NotFoundError
   */
  async changeRole(ctx: Ctx, name: string, roleName: string): Promise<void> {
    if (roleName === '') throw new BadParametersError('The `role` argument is empty');
    await this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const role = await this.roles.systemRole(ctx, roleName);
      const group = await this.group(ctx, name);
      const before = await this.roles.nameOf(ctx, group.roleId);
      await this.repository.setRole(ctx, group.id, role.id);
      await this.audit.record(ctx, event('group.update', 'update', group, { role: { before, after: role.name } }));
    });
  }

  /** Its members stay, without what the group gave them. @throws NotFoundError */
  async delete(ctx: Ctx, name: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const group = await this.group(ctx, name);
      const role = await this.roles.nameOf(ctx, group.roleId);
      await this.repository.delete(ctx, group.id);
      await this.audit.record(ctx, event('group.delete', 'delete', group, { role }));
    });
  }

  /**
   * @throws NotFoundError for an unknown user or group
   * @throws ConflictError for a member
   */
  async addUser(ctx: Ctx, membership: GroupMembership): Promise<void> {
    await this.changeMembers(ctx, membership, 'group.add_user', async (ctx, group, user) => {
      await this.repository.addMember(ctx, group, user);
      return { before: false, after: true };
    });
  }

  /** @throws NotFoundError for an unknown user or group, and for somebody who is no member */
  async removeUser(ctx: Ctx, membership: GroupMembership): Promise<void> {
    await this.changeMembers(ctx, membership, 'group.remove_user', async (ctx, group, user) => {
      if (!(await this.repository.removeMember(ctx, group.id, user.id))) {
        throw new NotFoundError(`Member of ${group.name}`, user.username);
      }
      return { before: true, after: false };
    });
  }

  /** In any casing. Runs in the open transaction. @throws NotFoundError */
  byName(ctx: Ctx, name: string): Promise<GroupRef> {
    return this.group(ctx, name);
  }

  private async changeMembers(
    ctx: Ctx,
    { username, groupName }: GroupMembership,
    action: string,
    work: (
      ctx: Ctx,
      group: GroupRef,
      user: { readonly id: number; readonly username: string },
    ) => Promise<{ readonly before: boolean; readonly after: boolean }>,
  ): Promise<void> {
    assertName('username', username);
    assertName('group_name', groupName);
    await this.unitOfWork.run(ctx, async (ctx) => {
      await lockDirectory(ctx);
      const user = await this.users.byName(ctx, username);
      const group = await this.group(ctx, groupName);
      const member = await work(ctx, group, user);
      await this.audit.record(ctx, event(action, 'update', group, { user: user.username, member }));
    });
  }

  private async group(ctx: Ctx, name: string): Promise<UserGroup> {
    const group = await this.repository.byName(ctx, name);
    if (!group) throw new NotFoundError('Group', name);
    return group;
  }
}

function event(
  action: string,
  operation: 'create' | 'update' | 'delete',
  group: GroupRef,
  details: Readonly<Record<string, unknown>>,
): AuditEvent {
  return {
    action,
    operation,
    outcome: 'success',
    refTable: 'groups',
    refId: group.id,
    refIdentifier: { id: group.id },
    details: { group: group.name, ...details },
  };
}
