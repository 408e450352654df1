import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import { AppConfig } from '../../../platform/config/config.js';
import { systemCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { tryLockForTransaction } from '../../../platform/database/advisory-locks.repository.js';
import { Log } from '../../../platform/logging/log.js';
import { RuntimeSettings } from '../../../platform/settings/runtime-settings.js';
import { EventsRepository } from './events.repository.js';

const SWEEP_EVERY_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** A transaction's worth: short enough that nobody who writes events waits for it. */
const BATCH_ROWS = 5_000;
const MOST_BATCHES = 200;

/**
 * Lets events grow old: those beyond an age or a number go (settings `event_retention_days`, `event_retention_count`; 0
 * keeps them). One process at a time, whichever comes first.
 */
@Injectable()
export class EventRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;
  private sweeping: Promise<unknown> | null = null;
  private isStopped = false;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: EventsRepository,
    private readonly settings: RuntimeSettings,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.role !== 'all' && this.config.role !== 'scheduler') return;
    this.timer = setInterval(() => {
      this.sweeping ??= this.sweep()
        .catch((error: unknown) => this.log.warn('old events could not be removed', { error }))
        .finally(() => (this.sweeping = null));
    }, SWEEP_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    if (this.timer) clearInterval(this.timer);
    await this.sweeping;
  }

  /** One sweep; answers how many events it removed. Another process that sweeps has it do nothing. */
  async sweep(): Promise<number> {
    const days = this.settings.integer('event_retention_days');
    const keep = this.settings.integer('event_retention_count');
    if (days === 0 && keep === 0) return 0;
    const before = days === 0 ? null : new Date(this.clock.now().getTime() - days * DAY_MS);
    const ctx = systemCtx('event-retention');
    const upTo = keep === 0 ? null : await this.unitOfWork.run(ctx, (ctx) => this.repository.surplus(ctx, keep));
    let total = 0;
    for (let batch = 0; batch < MOST_BATCHES && !this.isStopped; batch += 1) {
      const removed = await this.unitOfWork.run(ctx, async (ctx) =>
        (await tryLockForTransaction(ctx, 'eventRetention'))
          ? this.repository.removeOld(ctx, before, upTo, BATCH_ROWS)
          : 0,
      );
      total += removed;
      if (removed < BATCH_ROWS) break;
    }
    if (total > 0) this.log.info('old events were removed', { events: total });
    return total;
  }
}
