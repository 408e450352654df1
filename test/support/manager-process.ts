import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { Agent, request as tlsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

const ROOT = path.resolve(import.meta.dirname, '../..');
const START_LIMIT_MS = 60_000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly text: string;
  /** Parsed when it is JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read the wire as it is
  readonly body: any;
}

export interface WireRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function newDataDir(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'holdfast-process-'));
}

/** The program as it is shipped when the build is up to date, else straight from the sources. */
function program(): string[] {
  const built = path.join(ROOT, 'dist', 'main.js');
  if (existsSync(built) && statSync(built).mtimeMs > newestSource(path.join(ROOT, 'src'))) return [built];
  return ['--import', path.join(ROOT, 'test/support/typescript-hooks.mjs'), path.join(ROOT, 'src/main.ts')];
}

let newest: number | undefined;

function newestSource(folder: string): number {
  newest ??= Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
      .map((entry) => statSync(path.join(entry.parentPath, entry.name)).mtimeMs),
  );
  return newest;
}

/** Settings of the developer's own shell stay outside. */
function environment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(HOLDFAST_|DATABASE_|NODE_OPTIONS)/.test(name));
  return { ...Object.fromEntries(inherited), ...extra };
}

function launch(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  return spawn(process.execPath, [...program(), ...args], {
    cwd: tmpdir(),
    env: environment(env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A command that is under way. */
export interface RunningCommand {
  readonly ended: Promise<Finished>;
  kill(): void;
}

export function startHoldfast(args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const child = launch(args, options.env);
  const output = new Output(child);
  child.stdin.end(options.input ?? '');
  return {
    ended: output.ended.then((code) => ({ code, stdout: output.stdout, stderr: output.stderr })),
    kill: () => child.kill('SIGKILL'),
  };
}

/** Runs `holdfast ARGS` to its end. */
export function holdfast(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return startHoldfast(args, options).ended;
}

class Output {
  stdout = '';
  stderr = '';
  readonly ended: Promise<number | null>;

  constructor(child: Child) {
    child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString('utf8')));
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  }
}

/** A manager in a process of its own, with its own data folder, asked over TLS. */
export class ManagerProcess {
  private constructor(
    readonly dataDir: string,
    readonly url: string,
    /** From the launch to the line `ready`, in ms. */
    readonly startedInMs: number,
    private readonly child: Child,
    readonly output: Output,
    private readonly agent: Agent,
  ) {}

  /** @throws Error with all that the program said when it ends before it is ready */
  static async start(
    dataDir: string,
    options: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<ManagerProcess> {
    const begun = Date.now();
    const child = launch(['serve', '--data', dataDir, '--port', '0', '--internal-port', '0', ...(options.args ?? [])], {
      HOLDFAST_BIND_ADDRESS: '127.0.0.1',
      ...options.env,
    });
    child.stdin.end();
    const output = new Output(child);
    const url = await untilReady(child, output);
    const ca = await readFile(fieldOf(output.stdout, 'CA file'));
    return new ManagerProcess(dataDir, url, Date.now() - begun, child, output, new Agent({ ca, keepAlive: true }));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** A line of the greeting, such as `CA file`. */
  greeting(field: string): string {
    return fieldOf(this.output.stdout, field);
  }

  async adminPassword(): Promise<string> {
    const file = this.greeting('password').split(' ', 1)[0] ?? '';
    return (await readFile(file, 'utf8')).split('\n', 1)[0] ?? '';
  }

  request(target: string, { method = 'GET', headers = {}, body }: WireRequest = {}): Promise<WireAnswer> {
    const isText = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const payload = isText ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const isTls = this.url.startsWith('https:');
      const outgoing = (isTls ? tlsRequest : plainRequest)(
        `${this.url}${target}`,
        {
          method,
          headers: { 'content-type': 'application/json', ...headers },
          ...(isTls ? { agent: this.agent } : {}),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.once('error', reject);
          incoming.once('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const isJson = String(incoming.headers['content-type']).startsWith('application/json') && text !== '';
            resolve({ status: incoming.statusCode ?? 0, text, body: isJson ? (JSON.parse(text) as unknown) : null });
          });
        },
      );
      outgoing.once('error', reject);
      outgoing.end(payload);
    });
  }

  /** Asks to end, and answers the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    const code = await this.output.ended;
    this.agent.destroy();
    return code;
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    await this.stop('SIGKILL');
  }
}

function fieldOf(greeting: string, field: string): string {
  const line = greeting.split('\n').find((text) => text.trimStart().startsWith(field));
  if (line === undefined) throw new Error(`The greeting has no ${field}:\n${greeting}`);
  return line.trimStart().slice(field.length).trim();
}

function untilReady(child: Child, output: Output): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(new Error(`The manager ${reason}:\n${output.stdout}\n${output.stderr}`));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail('was not ready in time');
    }, START_LIMIT_MS);
    const look = (): void => {
      const url = /^ready (\S+)$/m.exec(output.stdout)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout.on('data', look);
    child.once('close', (code) => fail(`ended with ${code}`));
  });
}

/** The database servers that run on this data folder. */
export function databaseProcessesOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes('postgres') && command.includes(dataDir);
      } catch {
        return false; // it has ended meanwhile
      }
    });
}
