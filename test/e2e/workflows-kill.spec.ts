import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { blueprintOf } from '../support/blueprints.js';
import { basicHeader } from '../support/client.js';
import { ManagerProcess, newDataDir, type WireAnswer, type WireRequest } from '../support/manager-process.js';
import { isLongRun, Random, seedOfRun } from '../support/random.js';

/*
 * kill -9 at random moments of running installs. Every execution ends well; the scripts' ledger shows that no operation
 * was lost, and that only what was under way when its process died began twice.
 *
 * Each deployment is a chain: an operation begins when the state with its predecessor's success is stored. So once it has
 * begun, nothing before it may begin again.
 */

const KILLS = isLongRun ? 500 : 20;
const SEED = seedOfRun();
/** From the start of an install to the kill; an install of the chain takes about as long. */
const LONGEST_MS = 2_500;
const CHAIN = ['a', 'b', 'c'];
const STEPS = ['create', 'start'];
const EACH_KILL = 2;
const END_LIMIT_MS = 180_000;

const SCRIPT = `#!/bin/bash
echo "$DEPLOYMENT begin $ID $STEP" >> "$LEDGER"
sleep 0.1
echo "$DEPLOYMENT end $ID $STEP" >> "$LEDGER"
`;

let folder: string;
let dataDir: string;
let database: TestDatabase | undefined;
let processes: ManagerProcess[] = [];
let headers: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-ledger-'));
  await chmod(folder, 0o777);
  dataDir = await newDataDir();
  if (isLongRun) database = await createTestDatabase();
});
afterAll(async () => {
  await Promise.all(processes.map((each) => each.stop()));
  await database?.drop();
  for (const each of [folder, dataDir]) await rm(each, { recursive: true, force: true, maxRetries: 5 });
}, 120_000);

const ledger = (): string => path.join(folder, 'ledger');

/** One process for everything, or one that answers and two that work. */
async function start(role: string): Promise<ManagerProcess> {
  const env: Record<string, string> =
    database === undefined ? {} : { DATABASE_URL: database.ownerUrl, DATABASE_APP_URL: database.appUrl };
  return ManagerProcess.start(dataDir, { args: ['--role', role], env });
}

function operation(step: string): string {
  return `{implementation: step.sh, inputs: {process: {default: {env: {STEP: ${step}, LEDGER: '${ledger()}', ID: {get_property: [SELF, name]}, DEPLOYMENT: {get_sys: [deployment, id]}}}}}}`;
}

function blueprint(): string {
  const nodes = CHAIN.map((name, index) => {
    const target = CHAIN[index - 1];
    const links =
      target === undefined ? '' : `, relationships: [{type: cloudify.relationships.depends_on, target: ${target}}]`;
    return `  ${name}: {type: step, properties: {name: ${name}}${links}}`;
  });
  return `tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
node_types:
  step:
    derived_from: cloudify.nodes.Root
    properties: {name: {type: string}}
    interfaces:
      cloudify.interfaces.lifecycle:
${STEPS.map((step) => `        ${step}: ${operation(step)}`).join('\n')}
node_templates:
${nodes.join('\n')}
`;
}

/** By the process that answers. */
function asked(target: string, options: Omit<WireRequest, 'headers'> = {}): Promise<WireAnswer> {
  const [manager] = processes;
  if (manager === undefined) throw new Error('No manager runs.');
  return manager.request(`/api/v3.1${target}`, { ...options, headers });
}

async function upload(): Promise<void> {
  const [manager] = processes;
  const archive = blueprintOf({ 'blueprint.yaml': blueprint(), 'step.sh': SCRIPT });
  const answer = await manager?.request('/api/v3.1/blueprints/chain?async_upload=false', {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: archive,
  });
  expect([answer?.status, answer?.text]).toEqual([201, expect.any(String)]);
}

/** The deployment is made before the kill; the install is what is interrupted. */
async function install(deployment: string): Promise<string> {
  const made = await asked(`/deployments/${deployment}`, { method: 'PUT', body: { blueprint_id: 'chain' } });
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
  const body = { deployment_id: deployment, workflow_id: 'install' };
  const started = await asked('/executions', { method: 'POST', body });
  expect([started.status, started.text]).toEqual([201, expect.any(String)]);
  return started.body.id as string;
}

async function ends(executions: readonly string[]): Promise<Record<string, number>> {
  const until = Date.now() + END_LIMIT_MS;
  for (;;) {
    const counts: Record<string, number> = {};
    for (const id of executions) {
      const answer = await asked(`/executions/${id}?_include=status,error`);
      const { status, error } = answer.body as { readonly status: string; readonly error: string | null };
      const told = status === 'failed' ? `failed: ${error ?? ''}` : status;
      counts[told] = (counts[told] ?? 0) + 1;
    }
    if (Date.now() > until || Object.keys(counts).every((told) => told === 'terminated' || told.startsWith('failed')))
      return counts;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** What is wrong with the ledger of a deployment. */
function faults(lines: readonly string[], deployment: string): string[] {
  const order = CHAIN.flatMap((node) => STEPS.map((step) => `${node} ${step}`));
  const own = lines
    .filter((line) => line.startsWith(`${deployment} `))
    .map((line) => line.slice(deployment.length + 1));
  const begun = own.filter((line) => line.startsWith('begin ')).map((line) => order.indexOf(line.slice(6)));
  const found = order.filter((step) => !own.includes(`end ${step}`)).map((step) => `${deployment}: ${step} was lost`);
  begun.forEach((place, index) => {
    const before = begun[index - 1] ?? -1;
    if (place !== before && place !== before + 1)
      found.push(`${deployment}: ${order[place] ?? '?'} began after ${order[before] ?? 'nothing'}`);
  });
  return found;
}

it(
  `survives ${KILLS} kills of running installs (seed ${SEED}; HOLDFAST_TEST_SEED repeats one)`,
  async () => {
    const random = new Random(SEED);
    const roles = isLongRun ? ['api', 'worker', 'worker'] : ['all'];
    for (const role of roles) processes.push(await start(role));
    const [first] = processes;
    const authorization = basicHeader('admin', (await first?.adminPassword()) ?? '');
    headers = { authorization, tenant: 'default_tenant' };
    await upload();
    const deployments: string[] = [];
    const executions: string[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      for (let each = 0; each < EACH_KILL; each += 1) {
        const deployment = `d${kill}x${each}`;
        deployments.push(deployment);
        executions.push(await install(deployment));
      }
      await new Promise((resolve) => setTimeout(resolve, random.below(LONGEST_MS)));
      const victim = random.below(processes.length);
      await processes[victim]?.kill();
      processes[victim] = await start(roles[victim] ?? 'all');
    }
    expect(await ends(executions)).toEqual({ terminated: executions.length });
    const lines = (await readFile(ledger(), 'utf8')).trimEnd().split('\n');
    expect(deployments.flatMap((deployment) => faults(lines, deployment))).toEqual([]);
    const begun = lines.filter((line) => line.includes(' begin ')).length;
    const operations = deployments.length * CHAIN.length * STEPS.length;
    // Some were interrupted, or the kills came at moments that prove nothing; each kill interrupts one of a chain at most.
    expect(begun).toBeGreaterThan(operations);
    expect(begun).toBeLessThanOrEqual(operations + KILLS * executions.length);
    processes = await stopped(processes);
  },
  KILLS * 60_000,
);

async function stopped(all: readonly ManagerProcess[]): Promise<ManagerProcess[]> {
  for (const each of all) expect(await each.stop()).toBe(0);
  return [];
}
