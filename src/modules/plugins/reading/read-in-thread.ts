import { Worker } from 'node:worker_threads';
import { PluginFault } from '../../../core/plugins/plugin-fault.js';
import { HEAP_ROOM_MB, HeapWatch } from '../../../platform/threads/heap-watch.js';
import { threadEntry } from '../../../platform/threads/thread-entry.js';
import type { ReadingJob, ReadingReply } from './reading-messages.js';

const ENTRY = threadEntry(import.meta.url, './read-plugin.worker');
/** Honest plugins take a fraction of both. */
const TIMEOUT_MS = 60_000;
const MEMORY_MB = 512;

/**
 * Reads the YAMLs and the metadata of plugins in a thread of its own: strangers wrote them, and a large one would hold
 * the event loop.
 * @throws PluginFault also when it takes too long or too much memory; Error when the reader itself fails
 */
export function readInThread(job: ReadingJob): Promise<ReadingReply> {
  const { promise, resolve, reject } = Promise.withResolvers<ReadingReply>();
  const worker = new Worker(ENTRY, {
    workerData: job,
    env: {}, // the thread that reads what strangers sent has no use for our settings
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB + HEAP_ROOM_MB },
  });
  let answer: ReadingReply | null = null;
  let failure: unknown = new Error('The thread that reads plugins ended without an answer.');
  const end = (reason: string): void => {
    failure = new PluginFault(reason);
    void worker.terminate();
  };
  const tooHungry = `The plugin needs more than ${MEMORY_MB} MiB of memory to read`;
  const heap = new HeapWatch(worker, MEMORY_MB * 1024 ** 2, () => end(tooHungry));
  const timer = setTimeout(() => end(`The plugin takes longer than ${TIMEOUT_MS / 1000} seconds to read`), TIMEOUT_MS);
  worker.once('online', () => heap.start());
  worker.once('message', (reply: ReadingReply) => {
    answer = reply;
  });
  worker.once('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new PluginFault(tooHungry) : error;
  });
  worker.once('exit', () => {
    clearTimeout(timer);
    heap.stop();
    if (answer === null) reject(failure);
    else if (answer.kind === 'refused') reject(new PluginFault(answer.message));
    else if (answer.kind === 'broken') reject(new Error(answer.trace));
    else resolve(answer);
  });
  return promise;
}
