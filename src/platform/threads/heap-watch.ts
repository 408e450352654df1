import type { Worker } from 'node:worker_threads';

/** How often a thread's heap is looked at, in ms: in that time one grows by some ten MiB. */
const LOOK_EVERY_MS = 50;

/**
 * Beyond what a thread may use, its own limit has this much room, in MiB. V8 ends the whole process when a thread cannot
 * be stopped within a few MiB of that limit, as when an array grows at once; so it is never to be reached, and a thread is
 * ended from outside long before.
 */
export const HEAP_ROOM_MB = 2_048;

/** Tells when a thread's memory is larger than it may be. Works while the thread is busy, and only once it is online. */
export class HeapWatch {
  private timer: NodeJS.Timeout | null = null;
  private isOver = false;

  constructor(
    private readonly worker: Worker,
    private readonly maxBytes: number,
    private readonly onExceeded: () => void,
  ) {}

  start(): void {
    this.timer = setTimeout(() => void this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    this.isOver = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    try {
      const { used_heap_size: heap, external_memory: external } = await this.worker.getHeapStatistics();
      if (this.isOver) return;
      if (heap + external > this.maxBytes) this.onExceeded();
      else this.start();
    } catch {
      // The thread has ended, and says so itself.
    }
  }
}
