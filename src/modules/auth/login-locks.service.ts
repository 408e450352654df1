import { Injectable } from '@nestjs/common';
import { isLocked } from '../../core/access/lockout.js';
import { LoginLocks } from '../../platform/access/login-locks.js';
import { Clock } from '../../platform/clock/clock.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { LockPolicies } from './lock-policy.js';
import { SignInRepository } from './sign-in.repository.js';

@Injectable()
export class LoginLocksService extends LoginLocks {
  constructor(
    private readonly repository: SignInRepository,
    private readonly policies: LockPolicies,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async lockedAmong(ctx: Ctx, usernameKeys: readonly string[]): Promise<ReadonlySet<string>> {
    const policy = this.policies.current();
    const now = this.clock.now();
    const counts = await this.repository.lockCounts(ctx, usernameKeys);
    return new Set(
      counts
        .filter((row) => isLocked(policy, { failures: row.failures, lastFailedAt: new Date(row.last_failed_at) }, now))
        .map((row) => row.username_key),
    );
  }

  override async reset(ctx: Ctx, usernameKey: string): Promise<void> {
    await this.repository.forgetFailures(ctx, usernameKey);
  }
}
