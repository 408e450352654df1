import type { EventRecord } from '../events/event-writer.service.js';
import type { Timers } from './timers.js';

/** Lines that wait to be written before an operation that prints more is held back. */
const MANY = 2_000;
/** Lines alone are no hurry: they are gathered for that long. */
const GATHER_MS = 50;

/** Lines and events of operations, on their way into the next step. */
export class RecordBuffer {
  private records: EventRecord[] = [];
  private readonly waiters: (() => void)[] = [];
  private isClosed = false;
  /** Whether they should be written now, even when nothing else is to be. */
  isDue = false;

  constructor(
    private readonly timers: Timers,
    private readonly wake: () => void,
  ) {}

  get isEmpty(): boolean {
    return this.records.length === 0;
  }

  /** Resolves when there is room for more. */
  async add(record: EventRecord): Promise<void> {
    if (this.isClosed) return;
    this.records.push(record);
    if (this.records.length === 1) this.timers.after(GATHER_MS, () => this.flush());
    if (this.records.length < MANY) return;
    this.flush();
    await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  take(): readonly EventRecord[] {
    this.isDue = false;
    return this.records.splice(0);
  }

  flush(): void {
    this.isDue = this.records.length > 0;
    this.wake();
  }

  makeRoom(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }

  /** Nothing is taken any more. */
  close(): void {
    this.isClosed = true;
    this.makeRoom();
  }
}
