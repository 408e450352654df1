import { Injectable } from '@nestjs/common';
import { availableParallelism } from 'node:os';
import { CodelessError } from '../../core/errors/app-error.js';
import { AppConfig } from '../../platform/config/config.js';

/** How many wait for a hasher, at some 50 ms a hash and core; beyond that the caller is told to come back. */
const MAX_WAITING = 128;

/** Password hashes take 46 MiB and a core each: so many at once as there are cores, a short queue, then 429 (security-design §2). */
@Injectable()
export class HashingGate {
  private readonly places: number;
  private busy = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(config: AppConfig) {
    this.places = config.passwordHashers === 0 ? availableParallelism() : config.passwordHashers;
  }

  /** @throws CodelessError 429 when the queue is full. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.busy < this.places) {
      this.busy += 1;
      return;
    }
    if (this.waiting.length >= MAX_WAITING) {
      throw new CodelessError(429, 'Too many logins are under way; try again in a few seconds', { 'retry-after': '5' });
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** The place goes straight to the next in the queue. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.busy -= 1;
  }
}
