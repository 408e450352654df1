import { Injectable } from '@nestjs/common';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { strangerCtx } from '../../platform/audit/denial-recorder.js';
import { Clock } from '../../platform/clock/clock.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { ADDRESS_WINDOW_MS } from './lock-policy.js';
import { SignInRepository, type PasswordRow } from './sign-in.repository.js';

export interface LoginAttempt {
  readonly row: PasswordRow;
  readonly username: string;
  readonly usernameKey: string;
  readonly address: string;
  /** `*`, or the address when the account knows it. */
  readonly source: string;
  readonly requestId: string;
  /** How many equal attempts shared the verification. */
  readonly count: number;
  readonly result: 'success' | 'wrong' | 'unknown' | 'inactive' | 'locked';
}

/** Writes down how a login ended: counts, times and the audit record in one transaction. Fails closed. */
@Injectable()
export class LoginRecorder {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: SignInRepository,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  async record(attempt: LoginAttempt): Promise<void> {
    await this.unitOfWork.run(this.ctxOf(attempt), async (ctx) => {
      if (attempt.result === 'success') await this.succeeded(ctx, attempt);
      else await this.failed(ctx, attempt);
      await this.audit.record(ctx, {
        action: 'login.basic',
        operation: 'login',
        outcome: attempt.result === 'success' ? 'success' : 'failure',
        refTable: 'users',
        refId: attempt.row.user_id,
        // Somebody who types a password into the name field should not find it in the log.
        ...(attempt.row.user_id === null ? {} : { refIdentifier: { username: attempt.row.username } }),
        details: { reason: attempt.result, ...(attempt.count > 1 ? { attempts: attempt.count } : {}) },
      });
    });
  }

  async upgradeHash(userId: number, fromVersion: number, sealed: Buffer): Promise<void> {
    await this.unitOfWork.run(strangerCtx({ id: 'password-upgrade', ip: '' }), (ctx) =>
      this.repository.upgradeHash(ctx, userId, fromVersion, sealed),
    );
  }

  private async succeeded(ctx: Ctx, { row, usernameKey, source, address }: LoginAttempt): Promise<void> {
    await this.repository.resetFailures(ctx, usernameKey, source);
    if (row.user_id !== null) await this.repository.noteLogin(ctx, row.user_id, address, this.clock.now());
  }

  private async failed(ctx: Ctx, { usernameKey, source, address, count }: LoginAttempt): Promise<void> {
    const now = this.clock.now();
    if (count > 1) await this.repository.addFailures(ctx, usernameKey, source, count - 1);
    await this.repository.countAddressFailure(ctx, address, count, now, new Date(now.getTime() - ADDRESS_WINDOW_MS));
  }

  private ctxOf({ row, requestId, address }: LoginAttempt): Ctx {
    const ctx = strangerCtx({ id: requestId, ip: address });
    if (row.user_id === null) return { ...ctx, actor: { ...ctx.actor, authMethod: 'http_basic' } };
    return {
      ...ctx,
      actor: {
        ...ctx.actor,
        userId: row.user_id,
        username: row.username,
        authMethod: 'http_basic',
        identitySource: row.identity_source,
      },
    };
  }
}
