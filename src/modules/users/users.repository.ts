import { Injectable } from '@nestjs/common';
import { ConflictError, IllegalActionError } from '../../core/errors/app-error.js';
import { canonicalName } from '../../core/text/canonical-name.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { execute, managerOf, queryRows } from '../../platform/database/tx.js';
import { isStillReferenced } from '../../platform/database/still-referenced.js';
import { violatedConstraint } from '../../platform/database/unit-of-work.js';
import { UserAccount } from './user.entity.js';

const MEMBERSHIPS = new Set(['tenant_user_user_fk', 'group_member_user_fk']);
/** The name, or the bootstrap administrator's number. */
const TAKEN = new Set(['user_account_username_uq', 'user_account_pk']);

export type NewAccount = Pick<
  UserAccount,
  'id' | 'username' | 'roleId' | 'passwordSealed' | 'createdAt' | 'firstLoginAt' | 'lastLoginAt'
>;

@Injectable()
export class UsersRepository {
  /** In any casing (rest-api §1.4). */
  byName(ctx: Ctx, username: string): Promise<UserAccount | null> {
    return managerOf(ctx).findOneBy(UserAccount, { usernameKey: canonicalName(username) });
  }

  byId(ctx: Ctx, id: number): Promise<UserAccount | null> {
    return managerOf(ctx).findOneBy(UserAccount, { id });
  }

  /** Takes the next number: a password is sealed for its row before the row is there. */
  async nextId(ctx: Ctx): Promise<number> {
    const [row] = await queryRows<{ id: number }>(ctx, `SELECT nextval('user_account_id_seq')::int AS id`);
    if (!row) throw new Error('The sequence of users gave nothing.');
    return row.id;
  }

  /** @throws ConflictError when the name is taken, in whatever casing */
  async insert(ctx: Ctx, account: NewAccount): Promise<void> {
    try {
      await managerOf(ctx).insert(UserAccount, { ...account, usernameKey: canonicalName(account.username) });
    } catch (error) {
      if (!TAKEN.has(violatedConstraint(error) ?? '')) throw error;
      throw new ConflictError(`The user \`${account.username}\` already exists`, { cause: error });
    }
  }

  /** @returns false when the password was changed since `fromVersion` was read */
  async setPassword(
    ctx: Ctx,
    id: number,
    change: { readonly fromVersion: number; readonly sealed: Buffer; readonly endTokens: boolean },
  ): Promise<boolean> {
    const changed = await execute(
      ctx,
      `UPDATE user_account SET password_sealed = $3, password_version = $2 + 1, token_epoch = token_epoch + $4
        WHERE id = $1 AND password_version = $2`,
      [id, change.fromVersion, change.sealed, change.endTokens ? 1 : 0],
    );
    return changed === 1;
  }

  /** Every token of the account made so far is void. */
  async raiseTokenEpoch(ctx: Ctx, id: number): Promise<void> {
    await execute(ctx, 'UPDATE user_account SET token_epoch = token_epoch + 1 WHERE id = $1', [id]);
  }

  async endTokens(ctx: Ctx, id: number): Promise<void> {
    await execute(ctx, 'UPDATE user_account SET token_epoch = token_epoch + 1 WHERE id = $1', [id]);
  }

  async setRole(ctx: Ctx, id: number, roleId: number): Promise<void> {
    await managerOf(ctx).update(UserAccount, { id }, { roleId });
  }

  async setActive(ctx: Ctx, id: number, isActive: boolean): Promise<void> {
    await managerOf(ctx).update(UserAccount, { id }, { isActive });
  }

  async setShowGettingStarted(ctx: Ctx, id: number, showGettingStarted: boolean): Promise<void> {
    await managerOf(ctx).update(UserAccount, { id }, { showGettingStarted });
  }

  /** Is there another active account with this system role of its own? */
  hasOtherActive(ctx: Ctx, id: number, roleName: string): Promise<boolean> {
    return queryRows(
      ctx,
      `SELECT 1 FROM user_account u JOIN role o ON o.id = u.role_id WHERE o.name = $2 AND u.is_active AND u.id <> $1 LIMIT 1`,
      [id, roleName],
    ).then((rows) => rows.length > 0);
  }

  /**
   * The account's tokens go with it; whatever it belongs to or made refers to it by a foreign key that refuses.
   * @throws IllegalActionError while it is in tenants or groups, or has resources
   */
  async delete(ctx: Ctx, account: UserAccount): Promise<void> {
    try {
      await managerOf(ctx).delete(UserAccount, { id: account.id });
    } catch (error) {
      if (!isStillReferenced(error)) throw error;
      const reason = MEMBERSHIPS.has(violatedConstraint(error) ?? '')
        ? 'it still belongs to tenants or groups'
        : 'resources that it created still exist';
      throw new IllegalActionError(`The user \`${account.username}\` cannot be deleted: ${reason}`, { cause: error });
    }
  }
}
