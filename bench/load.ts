import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface LoadRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'PUT' | 'POST';
  /** `%d` becomes a number that no other request of the run has. */
  readonly path: string;
  readonly body?: string;
  readonly seconds: number;
  readonly connections: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and broken connections. */
  readonly failed: number;
}

/** Sends requests with wrk from one thread: it takes less of the machine than any generator in Node. Loopback only. */
export async function load(request: LoadRequest): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const script = join(folder, 'request.lua');
    await writeFile(script, scriptOf(request));
    const output = await run('wrk', [
      '-t1',
      `-c${request.connections}`,
      `-d${request.seconds}s`,
      '--latency',
      '-s',
      script,
      request.url,
    ]);
    return JSON.parse(output.slice(output.lastIndexOf('\n{'))) as LoadResult;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function scriptOf({ method = 'GET', path, headers, body }: LoadRequest): string {
  const set = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  const prefix = Date.now().toString(36);
  return `
wrk.method = ${JSON.stringify(method)}
${set.join('\n')}
${body === undefined ? '' : `wrk.body = ${JSON.stringify(body)}`}
local n = 0
request = function()
  n = n + 1
  local path = string.gsub(${JSON.stringify(path)}, "%%d", "${prefix}" .. n)
  return wrk.format(nil, path)
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%d,"perSecond":%.1f,"p50Ms":%.3f,"p99Ms":%.3f,"failed":%d}',
    summary.requests, summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    e.connect + e.read + e.write + e.status + e.timeout))
end
`;
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = Promise.withResolvers<void>();
  child.on('error', () => ended.reject(new Error('wrk is not there: apt-get install wrk')));
  child.on('close', (code) =>
    code === 0 ? ended.resolve() : ended.reject(new Error(`wrk ended with ${code}: ${errors}`)),
  );
  await ended.promise;
  return output;
}
