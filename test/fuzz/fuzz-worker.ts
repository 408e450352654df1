import { parentPort, workerData } from 'node:worker_threads';
import { exercise, FuzzInputs } from './fuzz-input.js';

/** What the worker is told. */
export interface FuzzJob {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly folders: readonly string[];
  /** The number of the input at work, so that somebody else can tell where it hangs. */
  readonly progress: SharedArrayBuffer;
}

export type FuzzNote =
  | {
      readonly kind: 'crash';
      readonly iteration: number;
      readonly text: string;
      readonly trace: string;
      readonly name: string;
    }
  | {
      readonly kind: 'slow';
      readonly iteration: number;
      readonly text: string;
      readonly ms: number;
      readonly name: string;
    }
  | { readonly kind: 'memory'; readonly iteration: number; readonly heapMib: number }
  | { readonly kind: 'done'; readonly plans: number; readonly slowestMs: number };

/** One input may take so long. */
const LIMIT_MS = 1_000;
const MEMORY_SAMPLES = 40;

const job = workerData as FuzzJob;
const progress = new Int32Array(job.progress);
const inputs = new FuzzInputs(job.folders);

function note(message: FuzzNote): void {
  parentPort?.postMessage(message, []);
}

/** How long something takes, in ms; what other programs do meanwhile does not count. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  const used = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(used);
  return Math.min(performance.now() - begun, (user + system) / 1000);
}

let plans = 0;
let slowestMs = 0;
const sampleEvery = Math.max(1, Math.floor(job.count / MEMORY_SAMPLES));
for (let iteration = job.from; iteration < job.from + job.count; iteration += 1) {
  Atomics.store(progress, 0, iteration + 1);
  const input = inputs.make(job.seed, iteration);
  const about = { iteration, text: input.text, name: `${input.seed.name}/${input.seed.path}` };
  try {
    let ms = await timed(async () => {
      if (await exercise(input)) plans += 1;
    });
    // A collection of garbage may have come between: only what is slow again is slow.
    for (let again = 0; again < 2 && ms > LIMIT_MS; again += 1) ms = Math.min(ms, await timed(() => exercise(input)));
    slowestMs = Math.max(slowestMs, ms);
    if (ms > LIMIT_MS) note({ kind: 'slow', ...about, ms });
  } catch (error) {
    note({ kind: 'crash', ...about, trace: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  if (iteration % sampleEvery === 0) {
    globalThis.gc?.();
    note({ kind: 'memory', iteration, heapMib: process.memoryUsage().heapUsed / 1024 ** 2 });
  }
}
note({ kind: 'done', plans, slowestMs });
