import { FairTurns } from '../../../platform/threads/fair-turns.js';
import type { ParseJob, ParseReply } from './parse-messages.js';
import { ParserThread, type Answerer, type ThreadBounds } from './parser-thread.js';

export interface PoolOptions extends ThreadBounds {
  /** Blueprints parsed at the same time. */
  readonly threads: number;
  /** Beyond this many that wait, further ones are refused. */
  readonly maxWaiting: number;
  /** A thread that has nothing to do goes after this long, in ms. */
  readonly idleMs: number;
}

/** A few parsing threads, made when they are needed and kept warm for a while. */
export class ParserPool {
  private readonly turns: FairTurns;
  private readonly idle = new Map<ParserThread, NodeJS.Timeout>();
  private readonly ending = new Set<Promise<void>>();
  private readonly closing = new AbortController();

  constructor(private readonly options: PoolOptions) {
    this.turns = new FairTurns(options.threads, options.maxWaiting);
  }

  /**
   * Parses when it is the tenant's turn: those for whom least is at work come first.
   * @throws ParseEndedError, QueueFullError, the signal's reason when it is aborted, what `answer` throws
   */
  async parse(tenantId: number, job: ParseJob, answer: Answerer, signal: AbortSignal): Promise<ParseReply> {
    const either = AbortSignal.any([signal, this.closing.signal]);
    return this.turns.take(tenantId, either, async () => {
      const thread = this.taken() ?? new ParserThread(this.options);
      const reply = await thread.parse(job, answer, either); // one that fails has ended its thread
      this.keep(thread);
      return reply;
    });
  }

  /** Ends every thread; what is at work fails. */
  async close(): Promise<void> {
    this.closing.abort(new Error('The manager stops.'));
    for (const thread of this.idle.keys()) this.retire(thread);
    await Promise.all(this.ending);
  }

  private taken(): ParserThread | null {
    for (const [thread, timer] of this.idle) {
      clearTimeout(timer);
      this.idle.delete(thread);
      if (thread.isReusable) return thread;
    }
    return null;
  }

  private keep(thread: ParserThread): void {
    if (!thread.isReusable || this.closing.signal.aborted) this.retire(thread);
    else this.idle.set(thread, setTimeout(() => this.retire(thread), this.options.idleMs).unref());
  }

  private retire(thread: ParserThread): void {
    clearTimeout(this.idle.get(thread));
    this.idle.delete(thread);
    const ended = thread.end().finally(() => this.ending.delete(ended));
    this.ending.add(ended);
  }
}
