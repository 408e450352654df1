import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface Latency {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

/** One client, in a process of its own, that asks the same again and again and notes how long each answer takes. */
export class Pulse {
  private constructor(
    private readonly child: ChildProcess,
    private readonly output: Promise<string>,
  ) {}

  /** Beats once it has had a first answer. */
  static async start(root: string, url: string, token: string): Promise<Pulse> {
    const hooks = ['--import', `${root}test/support/typescript-hooks.mjs`];
    const child = spawn(
      process.execPath,
      [...hooks, fileURLToPath(new URL('pulse-client.ts', import.meta.url)), url, token],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    if (child.stdout === null) throw new Error('The output of the pulse is not piped.');
    await once(child.stdout, 'data');
    return new Pulse(child, text(child.stdout));
  }

  async stop(): Promise<Latency> {
    this.child.stdin?.end();
    const tookMs = JSON.parse(await this.output) as readonly number[];
    const sorted = tookMs.toSorted((one, other) => one - other);
    const at = (share: number): number => sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
    return { requests: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
  }
}
