import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import { shellQuoted } from '../process/first-shell.js';
import type { Containment } from '../process/containment.js';

/** What a path names is looked up as the operation does it: as its user, in its view of the files. The worker may do more. */
export class AsUser {
  constructor(
    private readonly containment: Containment,
    /** Where relative paths begin. */
    private readonly folder: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Writes a file and the folders above it. @throws Error with what the system says */
  async write(path: string, content: NodeJS.ReadableStream): Promise<void> {
    const child = this.shell('mkdir -p -- "$(dirname -- "$1")" && exec cat > "$1"', path);
    const ended = exitOf(child);
    // A shell that gives up early does not read to the end; its own words say why.
    await pipeline(content, child.stdin, { signal: this.signal }).catch(() => undefined);
    await ended;
  }

  /** @throws Error with what the system says, or when it is larger */
  async read(path: string, maxBytes: number): Promise<Buffer> {
    const child = this.shell('exec head -c "$2" -- "$1"', path, String(maxBytes + 1));
    child.stdin.end();
    const ended = exitOf(child);
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
    await ended;
    const content = Buffer.concat(chunks);
    if (content.length > maxBytes) throw new Error(`${path} is larger than ${maxBytes} bytes`);
    return content;
  }

  private shell(script: string, ...args: string[]): ReturnType<typeof spawnShell> {
    return spawnShell(this.containment, this.folder, [script, 'sh', ...args], this.signal);
  }
}

function spawnShell({ prefix, user }: Containment, folder: string, [script, ...args]: string[], signal: AbortSignal) {
  const inFolder = `cd -- ${shellQuoted(folder)} && ${script}`;
  const [command = '', ...words] = [...prefix(folder), '/bin/sh', '-c', inFolder, ...args];
  const child = spawn(command, words, {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
    ...user,
  });
  child.stdin.on('error', () => undefined);
  return child;
}

async function exitOf(child: ReturnType<typeof spawnShell>): Promise<void> {
  const ended = Promise.withResolvers<void>();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(0, 1_000)));
  child.once('error', () => ended.reject(new Error('the file could not be reached')));
  child.once('close', (code) => {
    if (code === 0) ended.resolve();
    else ended.reject(new Error(said.trim() === '' ? 'the file could not be reached' : said.trim()));
  });
  return ended.promise;
}
