import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres.js';
import { APP_ROLE } from '../../src/platform/database/roles.js';
import { BenchManager } from '../uploads/bench-manager.js';
import { pairsBlueprint } from './blueprint.js';
import { WorkerProcess } from './worker-process.js';
import { RowsAgain, writtenBetween, writtenUntilNow, type Written } from './written-rows.js';

/**
 * `npm run bench -- workflows`: what installing costs, in processes of their own as in service; writes
 * docs/benchmarks-workflows.md. `npm run bench -- workflows small` leaves out what takes long, and prints alone.
 */
const IS_SMALL = process.argv[2] === 'small';
const NODES = 100;
const SIZES = IS_SMALL ? [100, 1_000] : [100, 1_000, 10_000];
/** The one whose rows are counted, and installed more than once. */
const COUNTED = 1_000;
const ROUNDS = IS_SMALL ? 1 : 3;
const SCRIPTS = IS_SMALL ? 20 : 200;
const PARALLEL = IS_SMALL ? 20 : 100;
const MOST = { growth: 1.5, timesTheFloor: 4, rssMb: 400 };
/** Sessions report what they wrote when they have been idle for that long. */
const STATISTICS_MS = 11_000;
const PATIENCE_MS = 240_000;

interface Installed {
  /** Number of its row. */
  readonly execution: string;
  /** From the moment at which a worker began it. */
  readonly ms: number;
  readonly events: number;
}

const root = new URL('../..', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const database = await startEmbeddedPostgres({
  dataDir: join(folder, 'db'),
  log: { info: () => undefined, warn: () => undefined },
});
const { host, port, user } = database.owner;
const env = {
  DATABASE_URL: `postgresql://${user}:unused@/${database.owner.database}?host=${encodeURIComponent(host)}&port=${port}&sslmode=disable`,
};
const manager = await BenchManager.start(root, { ...env, HOLDFAST_ROLE: 'api' });
const client = new Client({ ...database.superuser, database: database.owner.database });
const workers: WorkerProcess[] = [];
try {
  await client.connect();
  const bySize = await installs();
  const rows = await beside();
  const peakMb = Math.max(...(await Promise.all(workers.map((each) => each.peakMb()))));
  say(`peak RSS of the worker ${peakMb.toFixed(0)} MB`);
  const together = await inParallel();
  const scripts = await withScripts();
  const text = report({ bySize, rows, peakMb, together, scripts });
  process.stdout.write(text);
  if (!IS_SMALL) await writeFile(join(root, 'docs/benchmarks-workflows.md'), text);
} finally {
  await Promise.all(workers.map((each) => each.stop()));
  await client.end();
  await manager.stop();
  await database.stop();
  await rm(folder, { recursive: true, force: true });
}

async function worker(does: 'nothing' | 'scripts'): Promise<void> {
  workers.push(
    await WorkerProcess.start(root, does, { dataDir: manager.dataDir, env, name: `worker-${workers.length}` }),
  );
}

async function stopWorkers(): Promise<void> {
  await Promise.all(workers.splice(0).map((each) => each.stop()));
}

/** Each size, the counted one several times; the best of each. */
async function installs(): Promise<ReadonlyMap<number, Installed>> {
  await worker('nothing');
  await deploy('warm-up', NODES, 1);
  await install('warm-up');
  const found = new Map<number, Installed>();
  for (const size of SIZES) {
    let best: Installed | null = null;
    for (let round = 0; round < (size === COUNTED ? ROUNDS : 1); round += 1) {
      const id = `size-${size}-${round}`;
      await deploy(id, NODES, size / NODES);
      const installed = await install(id);
      say(`${size} instances: ${installed.ms.toFixed(0)} ms`);
      if (best === null || installed.ms < best.ms) best = installed;
    }
    if (best !== null) found.set(size, best);
  }
  return found;
}

interface Beside {
  readonly written: Written;
  readonly steps: number;
  readonly oursMs: readonly number[];
  readonly floorMs: readonly number[];
}

/** Installs, and the rows that they wrote once more, in turns. Counted once: all of them write the same tables. */
async function beside(): Promise<Beside> {
  await deploy('counted', NODES, COUNTED / NODES);
  await pause(STATISTICS_MS);
  const before = await writtenUntilNow(client);
  const counted = await install('counted');
  await pause(STATISTICS_MS);
  const written = writtenBetween(before, await writtenUntilNow(client));
  const again = await RowsAgain.of(client, counted.execution, written);
  const [oursMs, floorMs] = [[counted.ms], [await again.write(APP_ROLE)]];
  for (let round = 1; round < ROUNDS; round += 1) {
    await deploy(`beside-${round}`, NODES, COUNTED / NODES);
    oursMs.push((await install(`beside-${round}`)).ms);
    floorMs.push(await again.write(APP_ROLE));
  }
  say(`installs ${oursMs.map(Math.round).join(', ')} ms, floor ${floorMs.map(Math.round).join(', ')} ms`);
  return { written, steps: again.steps, oursMs, floorMs };
}

interface Together {
  readonly ms: number;
  readonly byWorker: number;
}

/** Many small ones at once, two workers. */
async function inParallel(): Promise<Together> {
  await stopWorkers();
  await Promise.all([worker('nothing'), worker('nothing')]);
  const ids = Array.from({ length: PARALLEL }, (_, index) => `parallel-${index}`);
  await upload('ten', 10, 1);
  await inTurns(ids, (id) => manager.make('PUT', `/deployments/${id}`, { blueprint_id: 'ten' }));
  await untilNone(`status NOT IN ('terminated', 'failed', 'cancelled')`);
  const began = performance.now();
  await inTurns(ids, (id) => start(id));
  await untilNone(`status NOT IN ('terminated', 'failed', 'cancelled')`);
  const ms = performance.now() - began;
  const { rows } = await client.query<{ bad: number }>(
    `SELECT count(*)::int AS bad FROM execution WHERE workflow_id = 'install' AND status <> 'terminated'`,
  );
  if (rows[0]?.bad !== 0) throw new Error('Not all installs succeeded.');
  say(`${PARALLEL} executions: ${ms.toFixed(0)} ms`);
  return { ms, byWorker: workers.length };
}

async function withScripts(): Promise<Installed> {
  await stopWorkers();
  await worker('scripts');
  const nodes = Math.min(NODES, SCRIPTS);
  await deploy('scripts', nodes, SCRIPTS / nodes);
  const installed = await install('scripts');
  say(`${SCRIPTS} scripts: ${installed.ms.toFixed(0)} ms`);
  return installed;
}

/** Asks eight things at once until all are done. */
async function inTurns(ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
  const left = [...ids];
  const one = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) await work(id);
  };
  await Promise.all(Array.from({ length: 8 }, one));
}

async function upload(id: string, nodes: number, instancesEach: number): Promise<void> {
  await manager.upload(id, pairsBlueprint(nodes, instancesEach));
}

async function deploy(id: string, nodes: number, instancesEach: number): Promise<void> {
  await upload(id, nodes, instancesEach);
  await manager.make('PUT', `/deployments/${id}`, { blueprint_id: id });
  await untilNone(`deployment_name = '${id}' AND status NOT IN ('terminated', 'failed', 'cancelled')`);
}

async function start(deployment: string): Promise<void> {
  await manager.make('POST', '/executions', { deployment_id: deployment, workflow_id: 'install', queue: true });
}

async function install(deployment: string): Promise<Installed> {
  await start(deployment);
  const ofIt = `deployment_name = '${deployment}' AND workflow_id = 'install'`;
  await untilNone(`${ofIt} AND status NOT IN ('terminated', 'failed', 'cancelled')`);
  const { rows } = await client.query<{
    execution: string;
    status: string;
    error: string | null;
    ms: number;
    events: number;
  }>(
    `SELECT storage_id::text AS execution, status, error, extract(epoch FROM ended_at - started_at)::float8 * 1000 AS ms,
            (SELECT count(*)::int FROM event e WHERE e.execution_storage_id = x.storage_id) AS events
       FROM execution x WHERE ${ofIt}`,
  );
  const [found] = rows;
  if (found?.status !== 'terminated')
    throw new Error(`The install of ${deployment} ended badly: ${String(found?.error)}`);
  return found;
}

/** Waits until there are no such executions. @param condition of the bench's own making */
async function untilNone(condition: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const { rows } = await client.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM execution WHERE ${condition}`,
    );
    if (rows[0]?.left === 0) return;
    await pause(50);
  }
  throw new Error(`Executions have not ended in ${PATIENCE_MS / 1_000} s: ${condition}`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function verdict(value: number, most: number): string {
  return value <= most ? 'yes' : 'NO';
}

interface Figures {
  readonly bySize: ReadonlyMap<number, Installed>;
  readonly rows: Beside;
  readonly peakMb: number;
  readonly together: Together;
  readonly scripts: Installed;
}

function report({ bySize, rows, peakMb, together, scripts }: Figures): string {
  const costs = [...bySize].map(([size, { ms, events }]) => ({
    size,
    ms,
    each: ms / size,
    perSecond: (events * 1_000) / ms,
  }));
  const counted = costs.find(({ size }) => size === COUNTED);
  const largest = costs.at(-1);
  const growth = (largest?.each ?? 0) / (counted?.each ?? 1);
  const ratio = median(rows.oursMs.map((ms, round) => ms / (rows.floorMs[round] ?? ms)));
  return `# Benchmarks: workflows

Written by \`npm run bench -- workflows\`. Generated deployments of ${NODES} nodes, half of them contained in the others, each
instance with one operation, are installed: by an API process and a worker process with the flags that they are shipped with, and an
embedded database. The worker of the bench is the manager as built, but its operations do nothing and succeed at once, save where scripts
are said. Times run from the moment at which a worker begins an execution until its end is written.

${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}) shared by the client, the manager, its workers and PostgreSQL; Node ${process.version}.

| node instances | install ms | ms per instance | events per second |
| ---: | ---: | ---: | ---: |
${costs.map(({ size, ms, each, perSecond }) => `| ${number(size)} | ${number(ms)} | ${each.toFixed(2)} | ${number(perSecond)} |`).join('\n')}
| ${SCRIPTS}, a script each | ${number(scripts.ms)} | ${(scripts.ms / SCRIPTS).toFixed(1)} | ${number((scripts.events * 1_000) / scripts.ms)} |

Per instance, ${number(largest?.size ?? 0)} cost **${growth.toFixed(2)}** times what ${number(COUNTED)} cost (at most ${MOST.growth}: ${verdict(growth, MOST.growth)}). The best of
${ROUNDS} installs of ${number(COUNTED)}.

Peak RSS of the worker, which also read the blueprints and made the deployments: **${peakMb.toFixed(0)} MB** (limit ${MOST.rssMb}: ${verdict(peakMb, MOST.rssMb)}).

## Beside the very rows

What an install of ${number(COUNTED)} instances wrote, by \`pg_stat_user_tables\`, in ${rows.steps} steps of the engine:

| table | inserted | updated |
| --- | ---: | ---: |
${[...rows.written]
  .toSorted(([one], [two]) => one.localeCompare(two))
  .map(([table, { inserted, updated }]) => `| ${table} | ${number(inserted)} | ${number(updated)} |`)
  .join('\n')}

The floor writes the rows of event, node_instance, operation, tasks_graph, tasks_graph_chunk and execution once more: prepared
statements, one for each table and step, in as many transactions as there were steps, in the same database, under the same role and
row-level security. In turns, ${ROUNDS} times:

| install ms | floor ms |
| ---: | ---: |
${rows.oursMs.map((ms, round) => `| ${number(ms)} | ${number(rows.floorMs[round] ?? 0)} |`).join('\n')}

An install takes **${ratio.toFixed(2)}** times its floor (at most ${MOST.timesTheFloor}: ${verdict(ratio, MOST.timesTheFloor)}).

## In parallel

${PARALLEL} installs of 10 instances each, started at once, by ${together.byWorker} workers, 20 at a time as the settings are shipped: ${number(together.ms)} ms, ${((PARALLEL * 1_000) / together.ms).toFixed(1)} executions per second.
`;
}
