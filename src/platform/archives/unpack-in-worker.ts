import { Worker } from 'node:worker_threads';
import { storageError } from '../files/storage-error.js';
import { HEAP_ROOM_MB, HeapWatch } from '../threads/heap-watch.js';
import { ArchiveRefusedError } from './archive-refused-error.js';
import { emptyFolder } from './empty-folder.js';
import type { UnpackJob, UnpackOutcome } from './unpack-job.js';
import type { UnpackReport } from './unpack.js';

export interface WorkerBounds {
  /** How long one archive may take, in ms. */
  readonly timeoutMs: number;
  /** Memory of the thread, buffers included, in MiB. */
  readonly memoryMb: number;
  /** Ends the work; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const IS_SOURCE = import.meta.url.endsWith('.ts');
const WORKER_FILE = new URL(IS_SOURCE ? './unpack.worker.ts' : './unpack.worker.js', import.meta.url);

/**
 * How the thread is found. Compiled, `unpack.worker.js` lies beside this file. Run from source, as tests do, it is
 * `unpack.worker.ts`: Node takes the types off itself, and only has to be told that an import of `./x.js` means `./x.ts`.
 * That is why the files which run in the thread keep to syntax that can be erased.
 */
const ENTRY = IS_SOURCE
  ? new URL(
      `data:text/javascript,${encodeURIComponent(`
      import { registerHooks } from 'node:module';
      registerHooks({ resolve: (specifier, context, next) =>
        next(/^\\.{1,2}\\/.*\\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')
          ? specifier.slice(0, -3) + '.ts' : specifier, context) });
      await import(${JSON.stringify(WORKER_FILE.href)});`)}`,
    )
  : WORKER_FILE;

/**
 * Unpacks an untrusted archive into an empty folder, in a thread of its own: decompression is pure CPU, and a crafted
 * archive could hold it for long. A thread that takes too long or too much memory is ended, its folder emptied.
 *
 * @throws ArchiveRefusedError when the archive is refused, StorageFullError when the disk is full
 */
export async function unpackInWorker(job: UnpackJob, bounds: WorkerBounds): Promise<UnpackReport> {
  bounds.signal?.throwIfAborted();
  try {
    const outcome = await runWorker(job, bounds);
    switch (outcome.kind) {
      case 'unpacked':
        return outcome.report;
      case 'refused':
        throw new ArchiveRefusedError(outcome.reason, outcome.message);
      case 'failed':
        throw storageError(Object.assign(new Error(outcome.message), { code: outcome.code }));
    }
  } catch (error) {
    // The thread empties the folder itself, unless it was ended.
    await emptyFolder(job.targetDir);
    throw error;
  }
}

function runWorker(job: UnpackJob, { timeoutMs, memoryMb, signal }: WorkerBounds): Promise<UnpackOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<UnpackOutcome>();
  const worker = new Worker(ENTRY, {
    workerData: job,
    env: {}, // the thread that reads what strangers sent has no use for our settings
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb + HEAP_ROOM_MB },
  });
  let answer: UnpackOutcome | null = null;
  let failure: unknown = new Error('The unpacking thread ended without an answer.');
  const end = (reason: unknown): void => {
    failure = reason;
    void worker.terminate();
  };
  const onAbort = (): void => end(signal?.reason);
  const heap = new HeapWatch(worker, memoryMb * 1024 ** 2, () => end(tooHungry()));
  const seconds = Math.round(timeoutMs / 1000);
  const timer = setTimeout(() => {
    end(new ArchiveRefusedError('timeout', `The archive takes longer than ${seconds} seconds to unpack`));
  }, timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });

  worker.once('online', () => heap.start());
  worker.once('message', (outcome: UnpackOutcome) => {
    answer = outcome;
  });
  worker.once('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooHungry(error) : error;
  });
  // Only when the thread is gone does nobody write into the folder any more.
  worker.once('exit', () => {
    clearTimeout(timer);
    heap.stop();
    signal?.removeEventListener('abort', onAbort);
    if (answer === null) reject(failure);
    else resolve(answer);
  });
  return promise;
}

function tooHungry(cause?: unknown): ArchiveRefusedError {
  return new ArchiveRefusedError('memory', 'The archive needs too much memory to unpack', { cause });
}
