import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { EventEmitter, once } from 'node:events';
import { systemCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { Log } from '../../../platform/logging/log.js';
import { EventsRepository } from './events.repository.js';

const LOOK_EVERY_MS = 500;

/**
 * Tells the streams of this process that there are new events, from whichever process they come: one look at the database
 * for all of them, and none while nobody waits.
 */
@Injectable()
export class EventTail implements BeforeApplicationShutdown {
  private readonly bell = new EventEmitter().setMaxListeners(0);
  private waiting = 0;
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  private seen: string | null = null;
  private rings = 0;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: EventsRepository,
    private readonly log: Log,
  ) {}

  /** To be noted before a look at the events, and given to `beyond` after it. */
  get count(): number {
    return this.rings;
  }

  /** Resolves once there may be events that were not there when `count` was this, or when the signal says so. */
  async beyond(count: number, signal: AbortSignal): Promise<void> {
    if (this.rings !== count || signal.aborted) return;
    this.waiting += 1;
    this.timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
    await once(this.bell, 'news', { signal }).catch(() => undefined);
    this.waiting -= 1;
    if (this.waiting === 0) this.rest();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.rest();
    await this.looking;
  }

  private rest(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private look(): void {
    this.looking ??= this.ask()
      .catch((error: unknown) => this.log.warn('new events could not be looked for', { error }))
      .finally(() => (this.looking = null));
  }

  private async ask(): Promise<void> {
    const ctx = systemCtx('event-stream');
    const { seen } = this;
    const { snapshot, news } = await this.unitOfWork.run(ctx, async (ctx) =>
      seen === null ? { snapshot: await this.repository.snapshot(ctx), news: true } : this.repository.news(ctx, seen),
    );
    this.seen = snapshot;
    if (!news) return;
    this.rings += 1;
    this.bell.emit('news');
  }
}
