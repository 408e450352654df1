import { Injectable } from '@nestjs/common';
import { ConflictError } from '../../../core/errors/app-error.js';
import { canonicalName } from '../../../core/text/canonical-name.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { execute, managerOf, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';
import { UserGroup } from './group.entity.js';

export type NewGroup = Pick<UserGroup, 'name' | 'ldapDn' | 'roleId' | 'createdAt'>;

@Injectable()
export class GroupsRepository {
  /** In any casing (rest-api §1.4). */
  byName(ctx: Ctx, name: string): Promise<UserGroup | null> {
    return managerOf(ctx).findOneBy(UserGroup, { nameKey: canonicalName(name) });
  }

  /**
   * @returns the group's number
   * @throws ConflictError when the name or the directory name is taken, in any casing
   */
  async insert(ctx: Ctx, group: NewGroup): Promise<number> {
    try {
      const [row] = await queryRows<{ id: number }>(
        ctx,
        `INSERT INTO user_group (name, name_key, ldap_dn, ldap_dn_key, role_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
        [
          group.name,
          canonicalName(group.name),
          group.ldapDn,
          group.ldapDn === null ? null : canonicalName(group.ldapDn),
          group.roleId,
          group.createdAt,
        ],
      );
      if (!row) throw new Error('The new group got no number.');
      return row.id;
    } catch (error) {
      switch (violatedConstraint(error)) {
        case 'user_group_name_uq':
          throw new ConflictError(`The user group \`${group.name}\` already exists`, { cause: error });
        case 'user_group_ldap_dn_uq':
          throw new ConflictError('Another user group has this directory name already', { cause: error });
        default:
          throw error;
      }
    }
  }

  async setRole(ctx: Ctx, id: number, roleId: number): Promise<void> {
    await managerOf(ctx).update(UserGroup, { id }, { roleId });
  }

  /** Its members and its places in tenants go with it. */
  async delete(ctx: Ctx, id: number): Promise<void> {
    await managerOf(ctx).delete(UserGroup, { id });
  }

  /** @throws ConflictError when the user is a member already */
  async addMember(
    ctx: Ctx,
    group: { readonly id: number; readonly name: string },
    user: { readonly id: number; readonly username: string },
  ): Promise<void> {
    try {
      await execute(ctx, 'INSERT INTO group_member (group_id, user_id) VALUES ($1, $2)', [group.id, user.id]);
    } catch (error) {
      if (violatedConstraint(error) !== 'group_member_pk') throw error;
      throw new ConflictError(`The user \`${user.username}\` is already a member of \`${group.name}\``, {
        cause: error,
      });
    }
  }

  /** @returns false when the user was none */
  async removeMember(ctx: Ctx, groupId: number, userId: number): Promise<boolean> {
    return (await execute(ctx, 'DELETE FROM group_member WHERE group_id = $1 AND user_id = $2', [groupId, userId])) > 0;
  }
}
