import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { FuzzJob, FuzzNote } from './fuzz-worker.js';

/**
 * `fuzz/main.ts [--count N] [--seed S] [--from I] [--folder DIR]…`: parses and plans that many mutated blueprints, and says
 * whether any of them crashed, hung, or left memory behind. Needs `--expose-gc`. An input that did is kept in
 * `reports/fuzz`; `--seed S --from I --count 1` repeats it.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    folder: { type: 'string', multiple: true, default: [] },
  },
});

/** Without any progress for so long the worker hangs for good. */
const HANG_MS = 20_000;
const ROOT = resolve(import.meta.dirname, '../..');
const REPORTS = join(ROOT, 'reports', 'fuzz');

const job: FuzzJob = {
  seed: Number(values.seed),
  from: Number(values.from),
  count: Number(values.count),
  folders: values.folder.map((folder) => resolve(folder)),
  progress: new SharedArrayBuffer(4),
};
const progress = new Int32Array(job.progress);
const heaps: number[] = [];
const faults: string[] = [];
let result: Extract<FuzzNote, { kind: 'done' }> | undefined;

const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), { workerData: job });
worker.on('message', (note: FuzzNote) => {
  switch (note.kind) {
    case 'crash':
      return keep(note, `crashed: ${note.trace}`);
    case 'slow':
      return keep(note, `took ${note.ms.toFixed(0)} ms`);
    case 'memory':
      heaps.push(note.heapMib);
      if (process.stderr.isTTY) process.stderr.write(`\r${note.iteration - job.from} of ${job.count}`);
      return;
    case 'done':
      result = note;
      return;
  }
});

function keep({ iteration, text, name }: { iteration: number; text: string; name: string }, what: string): void {
  mkdirSync(REPORTS, { recursive: true });
  const file = join(REPORTS, `${job.seed}-${iteration}.yaml`);
  writeFileSync(file, text);
  faults.push(`input ${iteration} (${name}, kept as ${file}) ${what}`);
}

let seen = -1;
let since = performance.now();
const watchdog = setInterval(() => {
  const now = Atomics.load(progress, 0);
  if (now !== seen) {
    seen = now;
    since = performance.now();
  } else if (performance.now() - since > HANG_MS) {
    faults.push(`input ${now - 1} hangs`);
    void worker.terminate();
  }
}, 250);

const begun = performance.now();
await new Promise<void>((done) => {
  worker.on('error', (error) => {
    faults.push(
      `the worker failed at input ${Atomics.load(progress, 0) - 1}: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  worker.on('exit', () => done());
});
clearInterval(watchdog);
if (process.stderr.isTTY) process.stderr.write('\r');

/** The least of each quarter: what is left when nothing is at work. */
function quarterMib(quarter: number): number {
  const size = Math.max(1, Math.floor(heaps.length / 4));
  const samples = heaps.slice(quarter * size, (quarter + 1) * size);
  return Math.min(...(samples.length > 0 ? samples : heaps));
}
const [early, late] = [quarterMib(1), quarterMib(3)];
if (late > early * 1.1 + 4) faults.push(`memory grew from ${early.toFixed(1)} to ${late.toFixed(1)} MiB`);
if (result === undefined) faults.push('the run did not end');

for (const fault of faults) process.stdout.write(`${fault}\n`);
const seconds = ((performance.now() - begun) / 1000).toFixed(0);
process.stdout.write(
  `${job.count} inputs of seed ${job.seed} in ${seconds} s: ${result?.plans ?? 0} plans, slowest ${result?.slowestMs.toFixed(0) ?? '?'} ms, ` +
    `heap ${early.toFixed(1)} → ${late.toFixed(1)} MiB, ${faults.length} faults\n`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
