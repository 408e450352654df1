import { Injectable } from '@nestjs/common';
import {
  AppError,
  ConflictError,
  IllegalActionError,
  NotFoundError,
  UnauthorizedError,
} from '../../core/errors/app-error.js';
import { LoginLocks } from '../../platform/access/login-locks.js';
import { Passwords } from '../../platform/access/passwords.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { userEvent } from './user-event.js';
import type { UserAccount } from './user.entity.js';
import { UsersRepository } from './users.repository.js';

/** How often a password change that another one overtook is tried again. */
const MAX_ATTEMPTS = 3;

const LOCAL = 'local';

export interface PasswordChange {
  readonly password: string;
  /** Ends the user's tokens although they changed the password themselves (security-design §3). */
  readonly revokeTokens: boolean;
}

/** What an account signs in with, and the lock on it. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: UsersRepository,
    private readonly passwords: Passwords,
    private readonly locks: LoginLocks,
    private readonly audit: AuditSink,
  ) {}

  /**
   * Tokens outlive a change that the user made; a reset by somebody else ends them all.
   * @throws NotFoundError
   * @throws UnauthorizedError when one's own credentials were revoked since the request came in
   * @throws BadParametersError for a password against the rules
   * @throws IllegalActionError when the password belongs to a directory, not to us
   */
  async changePassword(ctx: Ctx, username: string, change: PasswordChange): Promise<void> {
    this.passwords.assertAcceptable(change.password);
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const account = await this.unitOfWork.run(ctx, (ctx) => this.localAccount(ctx, username));
      const isOwn = account.id === ctx.actor.userId;
      // Revoked credentials must not lay hands on the password through a request that was under way.
      if (isOwn && ctx.actor.tokenEpoch !== undefined && ctx.actor.tokenEpoch !== account.tokenEpoch)
        throw new UnauthorizedError();
      const fromVersion = account.passwordVersion;
      const sealed = await this.passwords.hash(account.id, fromVersion + 1, change.password); // slow: outside of the transaction
      const endTokens = !isOwn || change.revokeTokens;
      const isChanged = await this.unitOfWork.run(ctx, async (ctx) => {
        const isSet = await this.repository.setPassword(ctx, account.id, { fromVersion, sealed, endTokens });
        if (isSet) {
          await this.audit.record(
            ctx,
            userEvent('user.update', 'update', account, { changed: 'password', tokens_ended: endTokens }),
          );
        }
        return isSet;
      });
      if (isChanged) return;
    }
    throw new AppError('storage_error', `The user \`${username}\` was changed by somebody else at the same time`);
  }

  /**
   * Forgets the failed logins of a locked account, from wherever they came.
   * @throws NotFoundError
   * @throws ConflictError when it is not locked
   */
  async unlock(ctx: Ctx, username: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const account = await this.account(ctx, username);
      const locked = await this.locks.lockedAmong(ctx, [account.usernameKey]);
      if (!locked.has(account.usernameKey)) throw new ConflictError(`The user \`${account.username}\` is not locked`);
      await this.forget(ctx, account);
    });
  }

  /** As `unlock`, locked or not: for the operator at the machine. @throws NotFoundError */
  async forgetFailures(ctx: Ctx, username: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => this.forget(ctx, await this.account(ctx, username)));
  }

  /** Ends every token of the user. @throws NotFoundError */
  async revokeTokens(ctx: Ctx, username: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const account = await this.account(ctx, username);
      await this.repository.endTokens(ctx, account.id);
      await this.audit.record(ctx, userEvent('user.revoke_tokens', 'update', account, { tokens_ended: true }));
    });
  }

  private async forget(ctx: Ctx, account: UserAccount): Promise<void> {
    await this.locks.reset(ctx, account.usernameKey);
    await this.audit.record(ctx, userEvent('user.unlock', 'update', account, { failures_forgotten: true }));
  }

  private async localAccount(ctx: Ctx, username: string): Promise<UserAccount> {
    const account = await this.account(ctx, username);
    if (account.identitySource !== LOCAL) {
      throw new IllegalActionError(`The password of \`${account.username}\` is kept by ${account.identitySource}`);
    }
    return account;
  }

  private async account(ctx: Ctx, username: string): Promise<UserAccount> {
    const account = await this.repository.byName(ctx, username);
    if (!account) throw new NotFoundError('User', username);
    return account;
  }
}
