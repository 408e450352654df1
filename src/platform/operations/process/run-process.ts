import { delimiter } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { OperationRun } from '../operation-run.js';
import { forwardLines, type OutputBudget } from '../output-lines.js';
import type { Command } from './contained-process.js';

const STILL_WAITING_MS = 20_000;
/** What is still to be written to the log when an operation was killed is not waited for any longer. */
const LAST_LINES_MS = 1_000;

export interface Ended {
  /** Negative for a signal. */
  readonly code: number;
  /** Ends of the outputs, masked. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly logsOutput?: boolean;
  readonly logsErrors?: boolean;
}

/**
 * What a child process has of the worker: where programs are, and nothing else (script-plugin §3.4; none of the server's
 * own environment).
 */
export function baseEnvironment(run: OperationRun): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: process.env['LANG'] ?? 'C.UTF-8',
    HOME: run.folder,
    TMPDIR: run.folder,
  };
}

/** Runs a command of an operation to its end, its lines going to the log; an abort of the run kills it. */
export async function runProcess(
  run: OperationRun,
  command: Omit<Command, 'own'>,
  options: RunOptions = {},
): Promise<Ended> {
  const { log, signal, worker } = run;
  const path = [command.environment['PATH'] ?? '', worker.folders.tools].join(delimiter);
  const started = await worker.starter.start({
    ...command,
    own: run.folder,
    environment: { ...command.environment, PATH: path },
  });
  const kill = (): void => started.kill();
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const done = new AbortController();
  try {
    await log.written('info', `Process created, PID: ${started.pid}`);
    void tellWhileWaiting(run, started.pid, done.signal);
    const budget: OutputBudget = { left: worker.settings.outputBytes, isTold: false };
    const forward = (output: AsyncIterable<Buffer>, isLogged: boolean, prefix: string): Promise<string> =>
      forwardLines(output, log.mask, budget, async (line) => {
        if (isLogged) await log.written('info', `${prefix} ${line}`);
      }).then(
        ({ text }) => text,
        () => '', // it was cut off by a kill
      );
    const outputs = Promise.all([
      forward(started.stdout as AsyncIterable<Buffer>, options.logsOutput ?? true, '<out>'),
      forward(started.stderr as AsyncIterable<Buffer>, options.logsErrors ?? true, '<err>'),
    ]);
    const code = await started.ended;
    done.abort();
    const [stdout, stderr] = await orWhenAborted(outputs, signal, () => {
      started.stdout.destroy();
      started.stderr.destroy();
    });
    await orWhenAborted(log.written('info', `Execution done (PID: ${started.pid}, exit_code: ${code})`), signal);
    return { code, stdout, stderr };
  } finally {
    done.abort();
    signal.removeEventListener('abort', kill);
  }
}

async function tellWhileWaiting({ log }: OperationRun, pid: number, done: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await wait(STILL_WAITING_MS, undefined, { signal: done, ref: false });
      await log.written('info', `Waiting for process ${pid} to end...`);
    }
  } catch {
    // It has ended.
  }
}

/** After an abort, a moment is all that there is. */
async function orWhenAborted<T>(work: Promise<T>, signal: AbortSignal, giveUp?: () => void): Promise<T> {
  const late = Promise.withResolvers<T>();
  const timer = new AbortController();
  const onAbort = (): void => {
    void wait(LAST_LINES_MS, undefined, { signal: timer.signal, ref: false }).then(
      () => {
        giveUp?.();
        late.reject(new Error('the operation was ended'));
      },
      () => undefined,
    );
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timer.abort();
    signal.removeEventListener('abort', onAbort);
  }
}
