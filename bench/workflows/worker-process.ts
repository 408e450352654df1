import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { heapFlags } from '../../scripts/run.mjs';

/** A worker of a manager in a process of its own, with the flags that it is shipped with. */
export class WorkerProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** @param does `nothing`: operations that succeed at once; `scripts`: what is shipped */
  static async start(
    root: string,
    does: 'nothing' | 'scripts',
    of: { readonly dataDir: string; readonly env: Readonly<Record<string, string>>; readonly name: string },
  ): Promise<WorkerProcess> {
    const entry = does === 'scripts' ? 'dist/main.js' : 'bench/workflows/no-op-worker.mjs';
    const serve = ['serve', '--data', of.dataDir, '--port', '0', '--internal-port', '0', '--role', 'worker'];
    const logFile = join(of.dataDir, `${of.name}.log`);
    await using log = await open(logFile, 'w');
    const child = spawn(process.execPath, [...heapFlags, join(root, entry), ...serve], {
      stdio: ['ignore', 'pipe', log.fd],
      env: { ...process.env, NODE_ENV: 'production', ...of.env },
    });
    for await (const line of createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })) {
      if (line.startsWith('ready ')) return new WorkerProcess(child);
    }
    throw new Error(`A worker did not start: ${(await readFile(logFile, 'utf8')).slice(-4_000)}`);
  }

  /** The most memory that it ever had, in MB. */
  async peakMb(): Promise<number> {
    const status = await readFile(`/proc/${String(this.child.pid)}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1.024e-3;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}
