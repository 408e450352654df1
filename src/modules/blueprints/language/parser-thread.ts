import { Worker } from 'node:worker_threads';
import { WORKER_ENTRY } from './worker-entry.js';
import { HEAP_ROOM_MB, HeapWatch } from '../../../platform/threads/heap-watch.js';
import type { Answer, FromThread, ParseJob, ParseReply, Question, ToThread } from './parse-messages.js';

export interface ThreadBounds {
  /** Memory of the thread, in MiB. */
  readonly memoryMb: number;
  /** What one parse may take without the time in which it waits for answers, in ms. */
  readonly timeoutMs: number;
  /** What all answers of one parse may take together, in ms: a server that hardly answers must not hold a thread. */
  readonly waitingMs: number;
}

/** How a parse ended without a reply: what it cost was too much, or the thread broke. */
export class ParseEndedError extends Error {
  constructor(
    readonly reason: 'timeout' | 'waiting' | 'memory' | 'crash',
    options?: ErrorOptions,
  ) {
    super(`A parsing thread was ended: ${reason}.`, options);
    this.name = new.target.name;
  }
}

/** How long a thread may take to load, in ms; on a machine under load that is seconds. It is no blueprint's fault. */
const LOADING_MS = 60_000;
/** Beyond this a thread that is done is not used again: its memory goes back. */
const RETIRE_ABOVE_BYTES = 192 * 1024 * 1024;
/** So that whatever a parse might leave behind does not stay for ever. */
const MAX_JOBS = 200;

/** Answers a question of the thread; must not throw for what a blueprint can cause. */
export type Answerer = (question: Question, signal: AbortSignal) => Promise<Answer>;

/** A thread that parses one blueprint after another. What goes wrong in it stays in it. */
export class ParserThread {
  private readonly worker: Worker;
  /** Resolves when it may be given jobs. */
  private readonly loaded: Promise<void>;
  private jobs = 0;
  private heapBytes = 0;
  private isGone = false;

  constructor(private readonly bounds: ThreadBounds) {
    this.worker = new Worker(WORKER_ENTRY, {
      env: {}, // what reads a stranger's files has no use for our settings
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: bounds.memoryMb + HEAP_ROOM_MB },
    });
    this.worker.once('exit', () => (this.isGone = true));
    this.worker.on('error', () => undefined); // whoever waits for an answer is told; between jobs nobody is
    this.worker.unref();
    this.loaded = new Promise((resolve) => {
      this.worker.once('message', () => resolve()); // its first one is `ready`
    });
  }

  get isReusable(): boolean {
    return !this.isGone && this.jobs < MAX_JOBS && this.heapBytes < RETIRE_ABOVE_BYTES;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  /**
   * One at a time. After an error the thread is of no use any more.
   * @throws ParseEndedError, the signal's reason when it is aborted, what `answer` throws
   */
  async parse(job: ParseJob, answer: Answerer, signal: AbortSignal): Promise<ParseReply> {
    this.jobs += 1;
    this.worker.ref();
    const parse = new RunningParse(this.worker, this.bounds, answer);
    try {
      const { reply, heapBytes } = await parse.run(job, this.loaded, signal);
      this.heapBytes = heapBytes;
      return reply;
    } catch (error) {
      this.isGone = true;
      await this.worker.terminate();
      throw error;
    } finally {
      this.worker.unref();
    }
  }
}

type Outcome = Extract<FromThread, { kind: 'reply' }>;

/** One parse: its questions, its two clocks, its end. */
class RunningParse {
  private readonly done = Promise.withResolvers<Outcome>();
  private readonly asking = new AbortController();
  private readonly clock: PausingTimer;
  private readonly waitingClock: PausingTimer;
  private readonly loadingClock: PausingTimer;
  private readonly heap: HeapWatch;
  private open = 0;
  private isOver = false;

  constructor(
    private readonly worker: Worker,
    bounds: ThreadBounds,
    private readonly answer: Answerer,
  ) {
    this.clock = new PausingTimer(bounds.timeoutMs, () => this.fail(new ParseEndedError('timeout')));
    this.heap = new HeapWatch(worker, bounds.memoryMb * 1024 ** 2, () => this.fail(new ParseEndedError('memory')));
    this.loadingClock = new PausingTimer(LOADING_MS, () => this.fail(new ParseEndedError('crash')));
    this.waitingClock = new PausingTimer(bounds.waitingMs, () => this.fail(new ParseEndedError('waiting')));
  }

  async run(job: ParseJob, loaded: Promise<void>, signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted();
    const onAbort = (): void => this.fail(signal.reason);
    const onMessage = (message: FromThread): void => this.hear(message);
    const onError = (error: NodeJS.ErrnoException): void => {
      const reason = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash';
      this.fail(new ParseEndedError(reason, { cause: error }));
    };
    const onExit = (): void => this.fail(new ParseEndedError('crash'));
    signal.addEventListener('abort', onAbort, { once: true });
    this.worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    try {
      this.loadingClock.start();
      void loaded.then(() => this.begin(job));
      return await this.done.promise;
    } finally {
      this.isOver = true;
      signal.removeEventListener('abort', onAbort);
      this.worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      this.clock.stop();
      this.waitingClock.stop();
      this.loadingClock.stop();
      this.heap.stop();
      this.asking.abort();
    }
  }

  private begin(job: ParseJob): void {
    if (this.isOver) return;
    this.loadingClock.stop();
    this.clock.start();
    this.heap.start();
    this.tell({ kind: 'job', job });
  }

  private hear(message: FromThread): void {
    if (message.kind === 'reply') this.done.resolve(message);
    else if (message.kind === 'question') void this.reply(message.number, message.question);
  }

  private async reply(number: number, question: Question): Promise<void> {
    if (this.open === 0) {
      this.clock.stop();
      this.waitingClock.start();
    }
    this.open += 1;
    try {
      this.tell({ kind: 'answer', number, answer: await this.answer(question, this.asking.signal) });
    } catch (error) {
      this.fail(error);
    } finally {
      this.open -= 1;
      if (this.open === 0 && !this.asking.signal.aborted) {
        this.waitingClock.stop();
        this.clock.start();
      }
    }
  }

  private tell(message: ToThread): void {
    this.worker.postMessage(message, []);
  }

  private fail(error: unknown): void {
    this.done.reject(error);
  }
}

/** A timer that counts only while it runs. */
class PausingTimer {
  private timer: NodeJS.Timeout | null = null;
  private startedAt = 0;

  constructor(
    private leftMs: number,
    private readonly onEnd: () => void,
  ) {}

  start(): void {
    if (this.timer !== null) return;
    this.startedAt = performance.now();
    this.timer = setTimeout(this.onEnd, Math.max(this.leftMs, 0));
  }

  stop(): void {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.leftMs -= performance.now() - this.startedAt;
  }
}
