import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { blueprintOf } from '../../test/support/blueprints.js';
import {
  largeBlueprint,
  machinesBlueprint,
  typicalBlueprint,
  type GeneratedBlueprint,
} from '../../test/support/generated-blueprints.js';
import { cpuMs, rssMib } from '../process-cost.js';
import { BenchManager } from './bench-manager.js';
import { Pulse, type Latency } from './pulse.js';

/**
 * `npm run bench -- uploads`: what somebody else's requests feel while a large blueprint is uploaded, and while its plan is
 * read; writes docs/benchmarks-uploads.md.
 */
const P99_AT_MOST_MS = 50;
const UPLOADS = 5;
const READERS = 4;

interface Line {
  readonly what: string;
  /** Of one upload or reading, in ms. */
  readonly eachMs: number;
  /** Of the manager, all its threads, with what the other client asks. */
  readonly cpuEachMs: number;
  readonly user: Latency;
  readonly rssMib: number;
  readonly mibEach: number;
}

const root = new URL('../..', import.meta.url).pathname;
const manager = await BenchManager.start(root);
try {
  const lines = [await quiet(), ...(await rowsOf('10,000 nodes', largeBlueprint(10_000)))];
  lines.push(...(await rowsOf('2,000 machines', machinesBlueprint(2_000))));
  lines.push(...(await rowsOf('typical, 50 nodes', typicalBlueprint())));
  const text = report(lines);
  process.stdout.write(text);
  await writeFile(join(root, 'docs/benchmarks-uploads.md'), text);
} finally {
  await manager.stop();
}

async function quiet(): Promise<Line> {
  return measured('nothing else', () => pause(3_000).then(() => 0), 1);
}

async function rowsOf(name: string, files: GeneratedBlueprint): Promise<readonly Line[]> {
  const archive = blueprintOf(Object.fromEntries(files));
  let count = 0;
  const id = (): string => `${name.replaceAll(/\W+/g, '-').replace(/^-?\d/, 'n')}-${(count += 1)}`;
  const uploaded = await measured(`upload: ${name}`, () => manager.upload(id(), archive), UPLOADS);
  const last = `${name.replaceAll(/\W+/g, '-').replace(/^-?\d/, 'n')}-${count}`;
  const read = await measured(
    `GET with its plan, ${READERS} readers: ${name}`,
    async () => {
      const sizes = await Promise.all(Array.from({ length: READERS }, () => manager.read(last)));
      return sizes[0] ?? 0;
    },
    UPLOADS,
  );
  return [uploaded, read];
}

/** Does the work several times while another client asks for its user. */
async function measured(what: string, work: () => Promise<number>, times: number): Promise<Line> {
  process.stderr.write(`${what} …\n`);
  const pulse = await Pulse.start(root, manager.url, manager.token);
  const cpuBefore = await cpuMs(manager.pid);
  const begun = performance.now();
  let bytes = 0;
  for (let time = 0; time < times; time += 1) bytes = await work();
  const eachMs = (performance.now() - begun) / times;
  const cpuEachMs = ((await cpuMs(manager.pid)) - cpuBefore) / times;
  const rss = await rssMib(manager.pid);
  return { what, eachMs, cpuEachMs, user: await pulse.stop(), rssMib: rss, mibEach: bytes / 1024 ** 2 };
}

function report(lines: readonly Line[]): string {
  const rows = lines.map(({ what, eachMs, cpuEachMs, user, rssMib: rss, mibEach }) => {
    const verdict = !what.startsWith('upload') ? '' : user.p99Ms < P99_AT_MOST_MS ? ' (yes)' : ' (NO)';
    return `| ${what} | ${eachMs.toFixed(0)} | ${cpuEachMs.toFixed(0)} | ${mibEach.toFixed(1)} | ${user.requests} | ${user.p50Ms.toFixed(1)} | **${user.p99Ms.toFixed(1)}**${verdict} | ${user.mostMs.toFixed(1)} | ${rss.toFixed(0)} |`;
  });
  return `# Benchmarks: uploads

Written by \`npm run bench -- uploads\`. One client uploads a blueprint, or several read its plan, while another asks for
\`GET /user\` over one connection, again and again, ten milliseconds after each answer. During uploads its p99 is to
stay below ${P99_AT_MOST_MS} ms.

${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}) shared by the clients, the manager and PostgreSQL; Node ${process.version}.

| meanwhile | ms each | CPU ms each | MiB each | requests | p50 ms | p99 ms | most ms | RSS MiB |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}

CPU is that of the manager with all its threads, the other client's requests included; MiB each are the archive's, or one
answer's. RSS is the manager's after the work; parsing threads that have nothing to do end after 30 s.
`;
}
