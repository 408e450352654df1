import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { systemCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Log } from '../../platform/logging/log.js';
import { LockPolicies } from './lock-policy.js';
import { SignInRepository } from './sign-in.repository.js';

const SWEEP_EVERY_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
const KEEP_ADDRESSES_MS = 30 * DAY_MS;
/** Counts of names that no account has; beyond this the oldest go (security-design §2). */
const KEEP_FAILURES = 10_000;

/** Forgets old login failures and addresses. */
@Injectable()
export class AuthSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: SignInRepository,
    private readonly policies: LockPolicies,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.sweep().catch((error: unknown) =>
        this.log.warn('old login failures could not be removed', { error }),
      );
    }, SWEEP_EVERY_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.running;
  }

  async sweep(): Promise<void> {
    const now = this.clock.now().getTime();
    const lockMs = Math.max(this.policies.current().lockPeriodMinutes, 0) * 60_000;
    await this.unitOfWork.run(systemCtx('login-failure-sweep'), (ctx) =>
      this.repository.sweep(
        ctx,
        new Date(now - Math.max(lockMs, DAY_MS)),
        new Date(now - KEEP_ADDRESSES_MS),
        KEEP_FAILURES,
      ),
    );
  }
}
