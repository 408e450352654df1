import { parentPort, workerData } from 'node:worker_threads';
import { ArchiveProblem } from './archive-problem.js';
import type { UnpackJob, UnpackOutcome } from './unpack-job.js';
import { unpack } from './unpack.js';

/** The thread that unpacks one archive and ends. */
async function run(job: UnpackJob): Promise<UnpackOutcome> {
  try {
    return { kind: 'unpacked', report: await unpack(job.archivePath, job.targetDir, job.limits, job.only) };
  } catch (error) {
    if (error instanceof ArchiveProblem) return { kind: 'refused', reason: error.reason, message: error.message };
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : null;
    return { kind: 'failed', code, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

const outcome = await run(workerData as UnpackJob); // what unpackInWorker passes
parentPort?.postMessage(outcome, []);
