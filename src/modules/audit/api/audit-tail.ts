import { Injectable } from '@nestjs/common';
import { systemCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { Log } from '../../../platform/logging/log.js';
import { AuditChainRepository } from '../sealing/audit-chain.repository.js';

/** How often somebody looks whether the chain has grown, while streams wait and another process seals. */
const LOOK_EVERY_MS = 500;

interface Waiter {
  readonly after: number;
  readonly wake: () => void;
}

/** Tells streams that the chain has grown: one look for all of them, and none while nobody waits. */
@Injectable()
export class AuditTail {
  private readonly waiters = new Set<Waiter>();
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  private isClosed = false;

  constructor(
    private readonly chain: AuditChainRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly log: Log,
  ) {}

  /** Resolves when there are entries after `seq`, when the signal aborts, or when the tail is closed. */
  async beyond(seq: number, signal: AbortSignal): Promise<void> {
    if (this.isClosed || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const waiter = { after: seq, wake };
    this.waiters.add(waiter);
    signal.addEventListener('abort', wake, { once: true });
    this.advance();
    await promise;
    signal.removeEventListener('abort', wake);
    this.waiters.delete(waiter);
  }

  /** The chain may have grown: looks now, if anybody cares. */
  advance(): void {
    if (this.waiters.size === 0 || this.isClosed) return;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.looking ??= this.look().finally(() => {
      this.looking = null;
    });
  }

  /** Wakes everybody; resolves when the database is not asked any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    if (this.timer) clearTimeout(this.timer);
    for (const { wake } of this.waiters) wake();
    await this.looking;
  }

  private async look(): Promise<void> {
    try {
      const head = await this.unitOfWork.run(systemCtx('audit-tail'), (ctx) => this.chain.headSeq(ctx));
      for (const waiter of this.waiters) if (head > waiter.after) waiter.wake();
    } catch (error) {
      this.log.warn('the audit stream cannot look for new records', { error });
    }
    if (this.waiters.size === 0 || this.isClosed || this.timer) return;
    this.timer = setTimeout(() => this.advance(), LOOK_EVERY_MS);
    this.timer.unref();
  }
}
