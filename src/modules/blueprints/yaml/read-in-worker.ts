import { Worker } from 'node:worker_threads';
import type { YamlHead, YamlLimits } from './yaml-head.js';

export interface YamlJob {
  readonly bytes: Uint8Array;
  readonly limits: YamlLimits;
}

/** A file of 5 MiB that is nothing but short items becomes a tree of some hundred megabytes. */
const MEMORY_MB = 768;
const TIMEOUT_MS = 60_000;

const IS_SOURCE = import.meta.url.endsWith('.ts');
const WORKER_FILE = new URL(IS_SOURCE ? './yaml-head.worker.ts' : './yaml-head.worker.js', import.meta.url);

/** Compiled or from source, as for the unpacking thread (platform/archives/unpack-in-worker.ts). */
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
 * Reads an untrusted YAML file in a thread of its own: parsing is pure CPU, and a crafted file could hold it for long.
 * A file that needs more time or memory than any honest one is invalid.
 * @throws the signal's reason when it is aborted
 */
export async function readYamlInWorker(job: YamlJob, signal: AbortSignal): Promise<YamlHead> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<YamlHead>();
  const worker = new Worker(ENTRY, {
    workerData: job,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const invalid = (message: string): void => resolve({ kind: 'invalid', message });
  const onAbort = (): void => reject(signal.reason);
  const timer = setTimeout(() => invalid('the file takes too long to read'), TIMEOUT_MS);
  signal.addEventListener('abort', onAbort, { once: true });
  worker.once('message', resolve);
  worker.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') invalid('the file needs too much memory to read');
    else reject(error);
  });
  worker.once('exit', () => reject(new Error('The reading thread ended without an answer.')));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}
