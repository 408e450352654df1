import { Worker } from 'node:worker_threads';
import { HEAP_ROOM_MB, HeapWatch } from '../../../platform/threads/heap-watch.js';
import { threadEntry } from '../../../platform/threads/thread-entry.js';
import { PlanningEndedError } from './planning-error.js';
import type {
  FromPlanner,
  PlanningAnswer,
  PlanningQuestion,
  PlanningReply,
  PlanningRequest,
  ToPlanner,
} from './planning-messages.js';

const ENTRY = threadEntry(import.meta.url, './plan.worker');

export interface PlanningBounds {
  /** Memory of the thread, in MiB. */
  readonly memoryMb: number;
  /** What one request may take, its questions included, in ms. */
  readonly timeoutMs: number;
}

/** Answers a question of the thread from the database. */
export type PlanningAnswerer = (question: PlanningQuestion) => Promise<PlanningAnswer>;

/** On a machine under load that is seconds, and no plan's fault. */
const LOADING_MS = 60_000;
const RETIRE_ABOVE_BYTES = 192 * 1024 * 1024;

/** A thread that plans one deployment after another (ADR 0014). What goes wrong in it stays in it. */
export class PlanningThread {
  private readonly worker: Worker;
  private readonly loaded: Promise<void>;
  private heapBytes = 0;
  private isGone = false;

  constructor(private readonly bounds: PlanningBounds) {
    this.worker = new Worker(ENTRY, {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: bounds.memoryMb + HEAP_ROOM_MB },
    });
    this.worker.once('exit', () => (this.isGone = true));
    this.worker.on('error', () => undefined); // whoever waits for an answer is told; between requests nobody is
    this.worker.unref();
    this.loaded = new Promise((resolve) => {
      this.worker.once('message', () => resolve()); // its first one is `ready`
    });
  }

  get isReusable(): boolean {
    return !this.isGone && this.heapBytes < RETIRE_ABOVE_BYTES;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  /**
   * One at a time. After an error the thread is of no use any more.
   * @throws PlanningEndedError, the signal's reason when it is aborted, what `answer` throws
   */
  async ask(request: PlanningRequest, answer: PlanningAnswerer, signal: AbortSignal): Promise<PlanningReply> {
    this.worker.ref();
    try {
      const { reply, heapBytes } = await this.run(request, answer, signal);
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

  private async run(
    request: PlanningRequest,
    answer: PlanningAnswerer,
    signal: AbortSignal,
  ): Promise<Extract<FromPlanner, { kind: 'reply' }>> {
    signal.throwIfAborted();
    const done = Promise.withResolvers<Extract<FromPlanner, { kind: 'reply' }>>();
    const end = (error: PlanningEndedError): void => done.reject(error);
    const onAbort = (): void => done.reject(signal.reason);
    const onMessage = (message: FromPlanner): void => {
      if (message.kind === 'reply') done.resolve(message);
      else if (message.kind === 'question') {
        answer(message.question).then((given) => this.tell({ kind: 'answer', answer: given }), done.reject);
      }
    };
    const onError = (error: NodeJS.ErrnoException): void =>
      end(new PlanningEndedError(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash', { cause: error }));
    const onExit = (): void => end(new PlanningEndedError('crash'));
    const heap = new HeapWatch(this.worker, this.bounds.memoryMb * 1024 ** 2, () =>
      end(new PlanningEndedError('memory')),
    );
    let timer = setTimeout(() => end(new PlanningEndedError('crash')), LOADING_MS);
    let isOver = false;
    signal.addEventListener('abort', onAbort, { once: true });
    this.worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    void this.loaded.then(() => {
      if (isOver) return;
      clearTimeout(timer);
      timer = setTimeout(() => end(new PlanningEndedError('timeout')), this.bounds.timeoutMs);
      heap.start();
      const moved = 'encoded' in request ? [request.encoded.buffer] : [];
      this.tell({ kind: 'request', request }, moved);
    });
    try {
      return await done.promise;
    } finally {
      isOver = true;
      clearTimeout(timer);
      heap.stop();
      signal.removeEventListener('abort', onAbort);
      this.worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    }
  }

  private tell(message: ToPlanner, moved: readonly ArrayBuffer[] = []): void {
    this.worker.postMessage(message, moved);
  }
}
