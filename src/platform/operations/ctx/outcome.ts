import type { Result } from '../../../core/graph/state.js';
import type { Json } from '../../../core/graph/task.js';

/** The operation is to stop here; the command that asked for it fails with this text (script-plugin §4). */
export class StopOperation extends Error {}

type Slot =
  | { readonly kind: 'returned'; readonly value: Json }
  | { readonly kind: 'aborted'; readonly message: string }
  | { readonly kind: 'retry'; readonly message: string; readonly after: number | null }
  | { readonly kind: 'twice' };

/** What an operation says about its own end: one slot that may be filled once (script-plugin §5). */
export class Outcome {
  private slot: Slot | null = null;
  private asked: { readonly message: string; readonly after: number | null } | null = null;

  returns(value: Json): void {
    this.put({ kind: 'returned', value });
  }

  abort(message: string): never {
    this.put({ kind: 'aborted', message });
    throw new StopOperation(message);
  }

  retry(message: string, after: Json): never {
    this.put({ kind: 'retry', message, after: secondsOf(after) });
    throw new StopOperation(message);
  }

  /** `ctx operation retry`: the script goes on. */
  retryWhenDone(message: string, after: Json): void {
    this.asked = { message, after: secondsOf(after) };
  }

  /** @param failure what the process itself says, null when it ended well */
  result(failure: Result | null): Result {
    const { slot } = this;
    if (slot?.kind === 'twice') return { kind: 'non-recoverable', cause: ONCE };
    if (slot?.kind === 'aborted') return { kind: 'non-recoverable', cause: slot.message };
    if (slot?.kind === 'retry') return { kind: 'retry', cause: slot.message, after: slot.after };
    if (failure !== null) return failure;
    if (this.asked !== null) return { kind: 'retry', cause: this.asked.message, after: this.asked.after };
    return { kind: 'success', value: slot?.value ?? null };
  }

  private put(slot: Slot): void {
    if (this.slot !== null) {
      this.slot = { kind: 'twice' };
      throw new Error(ONCE);
    }
    this.slot = slot;
  }
}

const ONCE = 'ctx may only abort or return once';

/** Shells say `"7"`; what is no number of seconds is the task's own interval. */
export function secondsOf(value: Json): number | null {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
