import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres.js';
import { APP_ROLE } from '../../src/platform/database/roles.js';
import { BenchManager } from '../uploads/bench-manager.js';

/**
 * `npm run bench -- events`: pages of 50 out of a million events, by the manager and, as the floor, in hand-written SQL that
 * reads the same page and the exact count under the same role and row-level security, in the same run; writes
 * docs/benchmarks-events.md.
 */
const EVENTS = 1_000_000;
const EXECUTIONS = 100;
const ROUNDS = 15;
const AT_MOST = 3;

const PAGE = `SELECT r.storage_id, r.timestamp, r.reported_timestamp, x.blueprint_name, x.deployment_name,
    x.deployment_display_name, x.id, x.workflow_id, r.node_id, r.node_name, r.message, r.operation, r.source_id, r.target_id,
    r.manager_name, r.agent_name, r.error_causes, r.type, r.event_type, r.logger, r.level
  FROM event r LEFT JOIN execution x ON x.storage_id = r.execution_storage_id`;
const OF_ONE = `r.execution_storage_id = (SELECT storage_id FROM execution WHERE id = 'bench-7')`;

interface Scenario {
  readonly what: string;
  readonly path: string;
  readonly page: string;
  readonly count: string;
}

const SCENARIOS: readonly Scenario[] = [
  {
    what: 'oldest 50 of all',
    path: '/events?_size=50',
    page: `${PAGE} ORDER BY r.timestamp, r.storage_id LIMIT 50`,
    count: 'SELECT count(*)::int FROM event r',
  },
  {
    what: 'newest 50 of all',
    path: '/events?_size=50&_sort=-timestamp',
    page: `${PAGE} ORDER BY r.timestamp DESC, r.storage_id DESC LIMIT 50`,
    count: 'SELECT count(*)::int FROM event r',
  },
  {
    what: '50 of one execution’s 10,000',
    path: '/events?_size=50&execution_id=bench-7',
    page: `${PAGE} WHERE ${OF_ONE} ORDER BY r.timestamp, r.storage_id LIMIT 50`,
    count: `SELECT count(*)::int FROM event r WHERE ${OF_ONE}`,
  },
  {
    what: 'newest 50 of one deployment, errors alone',
    path: '/events?_size=50&deployment_id=dep-7&level=error&_sort=-timestamp',
    page: `${PAGE} WHERE ${OF_ONE} AND r.level = 'error' ORDER BY r.timestamp DESC, r.storage_id DESC LIMIT 50`,
    count: `SELECT count(*)::int FROM event r WHERE ${OF_ONE} AND r.level = 'error'`,
  },
];

const root = new URL('../..', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const database = await startEmbeddedPostgres({
  dataDir: join(folder, 'db'),
  log: { info: () => undefined, warn: () => undefined },
});
const { host, port, user } = database.owner;
const manager = await BenchManager.start(root, {
  DATABASE_URL: `postgresql://${user}:unused@/${database.owner.database}?host=${encodeURIComponent(host)}&port=${port}&sslmode=disable`,
});
const floor = new Client({ ...database.superuser, database: database.owner.database });
try {
  await floor.connect();
  const insertMs = await fill();
  await floor.query(`SET ROLE ${APP_ROLE}`);
  const lines: string[] = [];
  for (const scenario of SCENARIOS) lines.push(await measured(scenario));
  const text = report(lines, insertMs);
  process.stdout.write(text);
  await writeFile(join(root, 'docs/benchmarks-events.md'), text);
} finally {
  await floor.end();
  await manager.stop();
  await database.stop();
  await rm(folder, { recursive: true, force: true });
}

/** A million events of a hundred executions in the order of time; answers how long the events took. */
async function fill(): Promise<number> {
  await floor.query(
    `INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, engine, deployment_name, deployment_display_name, blueprint_name, created_at)
     SELECT 'bench-' || n, 0, 0, 'tenant', 'install', 'terminated', 'graph', 'dep-' || n, 'Deployment ' || n, 'bp', now() FROM generate_series(1, $1::int) n`,
    [EXECUTIONS],
  );
  const began = performance.now();
  await floor.query(
    `INSERT INTO event (tenant_id, creator_id, visibility, type, timestamp, reported_timestamp, execution_storage_id,
            event_type, logger, level, message, operation, node_id, node_name)
     SELECT 0, 0, 'tenant', CASE WHEN n % 3 = 0 THEN 'cloudify_log' ELSE 'cloudify_event' END,
            now() - make_interval(secs => ($1::int - n) / 100.0), now(), e.storage_id,
            CASE WHEN n % 3 = 0 THEN NULL ELSE 'task_started' END, CASE WHEN n % 3 = 0 THEN 'ctx' END,
            CASE WHEN n % 3 = 0 THEN CASE WHEN n % 30 = 0 THEN 'error' ELSE 'info' END END,
            'Task started ''script_runner.tasks.run'' of node instance number ' || n,
            'cloudify.interfaces.lifecycle.create', 'node_' || n % 1000, 'node'
       FROM generate_series(1, $1::int) n JOIN execution e ON e.id = 'bench-' || (1 + n % $2::int) ORDER BY n`,
    [EVENTS, EXECUTIONS],
  );
  const took = performance.now() - began;
  await floor.query('VACUUM ANALYZE event');
  await floor.query('VACUUM ANALYZE execution');
  return took;
}

async function measured({ what, path, page, count }: Scenario): Promise<string> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await timed(() => manager.get(path)));
    theirs.push(await timed(() => byHand(page, count)));
  }
  const ratio = median(ours) / median(theirs);
  const verdict = ratio <= AT_MOST ? 'yes' : 'NO';
  return `| ${what} | ${median(theirs).toFixed(1)} | ${median(ours).toFixed(1)} | **${ratio.toFixed(2)}** (${verdict}) |`;
}

async function byHand(page: string, count: string): Promise<void> {
  await floor.query('BEGIN');
  await floor.query(
    `SELECT set_config('holdfast.tenant', '0', true), set_config('holdfast.tenants', '{0}', true),
            set_config('holdfast.administered', '{0}', true), set_config('holdfast.user', '0', true)`,
  );
  await floor.query(page);
  await floor.query(count);
  await floor.query('COMMIT');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

function report(lines: readonly string[], insertMs: number): string {
  return `# Benchmarks: events

Written by \`npm run bench -- events\`. Pages of 50 out of ${EVENTS.toLocaleString('en')} events of ${EXECUTIONS} executions, with the exact total: by the
manager over HTTPS, and as the floor by hand-written SQL under the same role and row-level security over one connection
to the same database, in turns. Medians of ${ROUNDS}; the manager may take ${AT_MOST} times its floor.

${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}) shared by the client, the manager and PostgreSQL; Node ${process.version}.

| page | floor ms | manager ms | times the floor |
| --- | ---: | ---: | ---: |
${lines.join('\n')}

The events themselves were inserted in one statement, with all indexes: ${Math.round(EVENTS / (insertMs / 1_000)).toLocaleString('en')} events per second.
`;
}
