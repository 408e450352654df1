import type { OperationSlots, Waiting } from './operation-slots.js';
import type { Send } from './step-effects.js';

/** Operations of one graph that are to be sent when there is a place. */
export class LaunchQueue implements Waiting {
  private waiting: Send[] = [];
  private grants = 0;

  constructor(
    private readonly slots: OperationSlots,
    private readonly wake: () => void,
  ) {}

  get wants(): boolean {
    return this.waiting.length > this.grants;
  }

  get hasGrants(): boolean {
    return this.grants > 0;
  }

  granted(): void {
    this.grants += 1;
    this.wake();
  }

  add(send: Send): void {
    this.waiting.push(send);
  }

  /** Those that have a place by now. */
  take(): readonly Send[] {
    const taken = this.waiting.splice(0, this.grants);
    for (; this.grants > taken.length; this.grants -= 1) this.slots.release();
    this.grants = 0;
    return taken;
  }

  /** Asks for places for what waits. */
  ask(): void {
    if (this.wants) this.slots.wait(this);
  }

  clear(): void {
    this.waiting = [];
    this.take();
  }
}
