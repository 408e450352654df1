import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, fetch, type Response } from 'undici';
import { heapFlags } from '../../scripts/run.mjs';

const PASSWORD = 'a bench Password 4711';

/** A manager of the bench's own, with its embedded database, on loopback. */
export class BenchManager {
  private readonly insecure = new Agent({ connect: { rejectUnauthorized: false } });

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
    readonly token: string,
  ) {}

  /** Starts what was built in `root`. */
  static async start(root: string, env: Readonly<Record<string, string>> = {}): Promise<BenchManager> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
    await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
    const logFile = join(folder, 'manager.log');
    await using log = await open(logFile, 'w');
    const serve = ['serve', '--data', join(folder, 'data'), '--port', '0', '--internal-port', '0'];
    const child = spawn(
      process.execPath,
      [...heapFlags, join(root, 'dist/main.js'), ...serve, '--admin-password-file', join(folder, 'password')],
      { stdio: ['ignore', 'pipe', log.fd], env: { ...process.env, NODE_ENV: 'production', ...env } },
    );
    const url = await readyAt(child);
    if (url === null) throw new Error(`The manager did not start: ${(await readFile(logFile, 'utf8')).slice(-4_000)}`);
    const insecure = new Agent({ connect: { rejectUnauthorized: false } });
    const answer = await fetch(`${url}/api/v3.1/tokens`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: '{}',
      dispatcher: insecure,
    });
    const { value } = (await expected(answer, 200).then((response) => response.json())) as { value: string };
    return new BenchManager(child, folder, url, value);
  }

  /** For other processes of the same manager. */
  get dataDir(): string {
    return join(this.folder, 'data');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Uploads as a body and waits for its end. Answers the size of the archive. */
  async upload(id: string, archive: Buffer): Promise<number> {
    const answer = await this.ask(`/blueprints/${id}?_include=state`, { method: 'PUT', body: archive });
    await expected(answer, 201).then((response) => response.text());
    return archive.length;
  }

  /** Reads a blueprint with its plan. Answers the size of the answer. */
  async read(id: string): Promise<number> {
    const answer = await expected(await this.ask(`/blueprints/${id}`), 200);
    let bytes = 0;
    if (answer.body !== null) for await (const chunk of answer.body) bytes += (chunk as Uint8Array).length;
    return bytes;
  }

  /** Asks to make something, and waits until the manager has taken it. */
  async make(method: 'PUT' | 'POST', path: string, body: object): Promise<void> {
    const answer = await this.ask(path, { method, body: JSON.stringify(body) });
    await expected(answer, 201).then((response) => response.text());
  }

  /** Reads an answer to its end. */
  async get(path: string): Promise<string> {
    return (await expected(await this.ask(path), 200)).text();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }

  private ask(path: string, options: Parameters<typeof fetch>[1] = {}): Promise<Response> {
    return fetch(`${this.url}/api/v3.1${path}`, {
      ...options,
      headers: {
        'authentication-token': this.token,
        tenant: 'default_tenant',
        'content-type': 'application/json',
        'accept-encoding': 'identity',
      },
      dispatcher: this.insecure,
    });
  }
}

async function expected(answer: Response, status: number): Promise<Response> {
  if (answer.status !== status) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer;
}

async function readyAt({ stdout }: ChildProcess): Promise<string | null> {
  if (stdout === null) throw new Error('The output of the manager is not piped.');
  for await (const line of createInterface({ input: stdout })) {
    const [word, url] = line.split(' ');
    if (word === 'ready' && url !== undefined) return url;
  }
  return null;
}
