import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../src/platform/database/embedded-postgres.js';
import { load, type LoadRequest, type LoadResult } from './load.js';
import { cpuMs, rssMib } from './process-cost.js';
import { heapFlags } from '../scripts/run.mjs';

const SECONDS = Number(process.argv[2] ?? 4);
/** Only scenarios whose name holds this; the report is then printed, not kept. */
const ONLY = process.argv[3];
/** Each scenario and its floor take turns this often; the best run of each counts. */
const ROUNDS = 3;
const CONNECTIONS = 16;
const POOL = 16;
const TENANT = 'bench';
const PASSWORD = 'a bench Password 4711';
const RSS_LIMIT_MIB = 250;

interface Scenario {
  readonly name: string;
  readonly manager: Omit<LoadRequest, 'url' | 'seconds' | 'connections'>;
  readonly floor: Omit<LoadRequest, 'url' | 'seconds' | 'connections' | 'headers'>;
  /** The ratio that the manager must reach, in per cent of its floor. */
  readonly atLeast?: number;
}

interface Measured extends LoadResult {
  readonly cpuUsPerRequest: number;
}

const root = new URL('..', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
const insecure = new Agent({ connect: { rejectUnauthorized: false } }); // the bench's own manager, on loopback

const database = await startEmbeddedPostgres({
  dataDir: join(folder, 'db'),
  log: { info: () => undefined, warn: () => undefined },
});
const children: ChildProcess[] = [];
try {
  await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
  const ownerUrl = urlOf({ ...database.owner, password: 'unused' });
  const manager = await start(
    [
      ...heapFlags,
      join(root, 'dist/main.js'),
      'serve',
      '--data',
      join(folder, 'data'),
      '--port',
      '0',
      '--internal-port',
      '0',
      '--admin-password-file',
      join(folder, 'password'),
    ],
    {
      DATABASE_URL: ownerUrl,
      HOLDFAST_DATABASE_POOL_SIZE: String(POOL),
      HOLDFAST_LOG_LEVEL: 'info',
    },
  );
  await asSuperuser('CREATE DATABASE floor', database.superuser.database);
  const pair = join(folder, 'data/tls/external/localhost.pem');
  const floor = await start(
    [
      '--import',
      join(root, 'test/support/typescript-hooks.mjs'),
      join(root, 'bench/floor.ts'),
      pair,
      pair,
      urlOf({ ...database.superuser, database: 'floor' }),
      String(POOL),
    ],
    {},
  );
  const token = await prepare(manager.url);
  const lines = await measureAll(manager, floor, token);
  const rss = await rssMib(manager.pid);
  const text = report(lines, rss);
  process.stdout.write(text);
  if (ONLY === undefined) await writeFile(join(root, 'docs/benchmarks.md'), text);
} finally {
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(
    children.map(
      (child) => new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(null))),
    ),
  );
  await database.stop();
  await rm(folder, { recursive: true, force: true });
}

function urlOf(connection: { host: string; port: number; user: string; database: string; password?: string }): string {
  const credentials = connection.password === undefined ? connection.user : `${connection.user}:${connection.password}`;
  return `postgresql://${credentials}@/${connection.database}?host=${encodeURIComponent(connection.host)}&port=${connection.port}&sslmode=disable`;
}

async function asSuperuser(statement: string, inDatabase: string): Promise<void> {
  const client = new Client({ ...database.superuser, database: inDatabase });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ url: string; pid: number }> {
  const logFile = join(folder, `${children.length}.log`);
  await using log = await open(logFile, 'w');
  const child = spawn(process.execPath, args, {
    // A file, as in service: to read a log line by line would take from the machine what is measured.
    stdio: ['ignore', 'pipe', log.fd],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
  children.push(child);
  if (child.stdout === null) throw new Error('The output of a process of the bench is not piped.');
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, url] = line.split(' ');
    if (word === 'ready' && url !== undefined && child.pid !== undefined) return { url, pid: child.pid };
  }
  throw new Error(`A process of the bench did not start: ${(await readFile(logFile, 'utf8')).slice(-4_000)}`);
}

async function call(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/api/v3.1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    dispatcher: insecure,
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>);
}

/** A tenant, a user with a token, 1,000 secrets through the API, and 100,000 blueprints straight into the table. */
async function prepare(url: string): Promise<string> {
  const admin = {
    authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`,
    tenant: 'default_tenant',
  };
  await call(url, 'POST', `/tenants/${TENANT}`, admin, {});
  await call(url, 'PUT', '/users', admin, { username: 'bench', password: PASSWORD });
  await call(url, 'PUT', '/tenants/users', admin, { tenant_name: TENANT, username: 'bench', role: 'user' });
  const user = { authorization: `Basic ${Buffer.from(`bench:${PASSWORD}`).toString('base64')}` };
  const { value } = await call(url, 'POST', '/tokens', user, {});
  const headers = { 'authentication-token': String(value), tenant: TENANT };
  for (let n = 1; n <= 1_000; n += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        call(url, 'PUT', `/secrets/key_${n + index}`, headers, { value: 'value' }),
      ),
    );
  }
  await asSuperuser(
    `INSERT INTO blueprint (id, tenant_id, creator_id, visibility, state, main_file_name, files_key, created_at, updated_at)
     SELECT 'bp_' || n, t.id, u.id, 'tenant', 'uploaded', 'blueprint.yaml', gen_random_uuid(), now() - make_interval(secs => n), now()
       FROM generate_series(1, 100000) n, tenant t, user_account u WHERE t.name = '${TENANT}' AND u.username = 'bench'`,
    database.owner.database,
  );
  await asSuperuser('VACUUM ANALYZE', database.owner.database);
  return String(value);
}

async function measureAll(
  manager: { url: string; pid: number },
  floor: { url: string; pid: number },
  token: string,
): Promise<string[]> {
  const byToken = { 'authentication-token': token, tenant: TENANT, 'content-type': 'application/json' };
  const byBasic = {
    authorization: `Basic ${Buffer.from(`bench:${PASSWORD}`).toString('base64')}`,
    tenant: TENANT,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ value: 'a value' });
  const scenarios: Scenario[] = [
    {
      name: 'GET /user by token',
      manager: { path: '/api/v3.1/user', headers: byToken },
      floor: { path: '/user' },
      atLeast: 60,
    },
    {
      name: 'GET /secrets/{key} by token',
      manager: { path: '/api/v3.1/secrets/key_7', headers: byToken },
      floor: { path: '/secrets/key_7' },
      atLeast: 60,
    },
    { name: 'GET /user by Basic', manager: { path: '/api/v3.1/user', headers: byBasic }, floor: { path: '/user' } },
    {
      name: 'GET /secrets/{key} by Basic',
      manager: { path: '/api/v3.1/secrets/key_7', headers: byBasic },
      floor: { path: '/secrets/key_7' },
    },
    {
      name: 'list of 1,000 secrets',
      manager: { path: '/api/v3.1/secrets?_size=1000', headers: byToken },
      floor: { path: '/secrets' },
      atLeast: 50,
    },
    {
      name: 'page of 50 out of 100,000 blueprints',
      manager: { path: '/api/v3.1/blueprints?_size=50&_sort=-created_at', headers: byToken },
      floor: { path: '/blueprints' },
    },
    {
      name: 'PUT /secrets/{key}',
      manager: { method: 'PUT', path: '/api/v3.1/secrets/new_%d', headers: byToken, body },
      floor: { method: 'PUT', path: '/secrets/new_%d', body },
    },
    {
      name: 'POST /tokens',
      manager: { method: 'POST', path: '/api/v3.1/tokens', headers: byToken, body: '{}' },
      floor: { method: 'POST', path: '/tokens', body: '{}' },
    },
  ];
  const lines: string[] = [];
  for (const scenario of scenarios.filter(({ name }) => ONLY === undefined || name.includes(ONLY))) {
    process.stderr.write(`${scenario.name} …\n`);
    const common = { seconds: SECONDS, connections: CONNECTIONS };
    // A short run first, then each in turn: what the machine does besides hits both alike.
    await load({ ...scenario.floor, headers: {}, url: floor.url, connections: CONNECTIONS, seconds: 1 });
    await load({ ...scenario.manager, url: manager.url, connections: CONNECTIONS, seconds: 2 });
    const floors: Measured[] = [];
    const managers: Measured[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      floors.push(
        await measured(floor.pid, {
          ...scenario.floor,
          headers: { 'content-type': 'application/json' },
          url: floor.url,
          ...common,
        }),
      );
      managers.push(await measured(manager.pid, { ...scenario.manager, url: manager.url, ...common }));
    }
    lines.push(lineOf(scenario, best(managers), best(floors)));
  }
  return lines;
}

/** The run that the rest of the machine disturbed least. */
function best(runs: readonly Measured[]): Measured {
  return runs.reduce((one, two) => (one.perSecond >= two.perSecond ? one : two));
}

async function measured(pid: number, request: LoadRequest): Promise<Measured> {
  const before = await cpuMs(pid);
  const result = await load(request);
  return { ...result, cpuUsPerRequest: (((await cpuMs(pid)) - before) * 1000) / Math.max(result.requests, 1) };
}

function lineOf({ name, atLeast }: Scenario, ours: Measured, floor: Measured): string {
  const ratio = (100 * ours.perSecond) / floor.perSecond;
  const verdict =
    atLeast === undefined ? '' : ratio >= atLeast ? ` (wanted ${atLeast}: yes)` : ` (wanted ${atLeast}: NO)`;
  const tail = ours.p99Ms / ours.p50Ms;
  const failed = ours.failed + floor.failed;
  return `| ${name} | ${ours.perSecond.toFixed(0)} | ${floor.perSecond.toFixed(0)} | **${ratio.toFixed(0)} %**${verdict} | ${ours.p50Ms.toFixed(2)} | ${ours.p99Ms.toFixed(2)} (${tail.toFixed(1)}×) | ${ours.cpuUsPerRequest.toFixed(0)} / ${floor.cpuUsPerRequest.toFixed(0)} | ${failed} |`;
}

function report(lines: readonly string[], rss: number): string {
  return `# Benchmarks

Written by \`npm run bench\`; each scenario beside its floor in the same run: a bare Fastify handler behind the same TLS, with the
same database server, pool and connections, that runs only the statements that cannot be spared (for the value of a secret one
prepared select and one committed audit insert, which concurrent requests share). The floor checks no credentials, opens no
envelope and logs nothing. The blueprint language has a bench of its own: [benchmarks-dsl.md](benchmarks-dsl.md).

${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}) shared by wrk, the server and PostgreSQL; Node ${process.version}; ${CONNECTIONS} connections, ${SECONDS} s a run,
${ROUNDS} runs of each in turn, the best of each.

| scenario | req/s | floor req/s | ratio | p50 ms | p99 ms (of p50) | CPU µs per request, ours / floor | failed |
| --- | --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}

RSS of the manager after all runs: ${rss.toFixed(0)} MiB (limit ${RSS_LIMIT_MIB}).
`;
}
