import { parse } from 'yaml';
import { planDeployment } from '../../src/core/dsl/deployment/plan-deployment.js';
import { encodePlan, planJsonSize } from '../../src/core/dsl/plan-codec.js';
import type { ImportResolver } from '../../src/core/dsl/imports/resolver.js';
import { parseBlueprint } from '../../src/core/dsl/parse.js';
import type { Plan } from '../../src/core/dsl/plan.js';
import type { Node } from '../../src/core/dsl/yaml/tree.js';
import { readBuiltInResource } from '../../src/platform/language/built-in-resources.js';
import type { GeneratedBlueprint } from '../../test/support/generated-blueprints.js';
import {
  largeBlueprint,
  machinesBlueprint,
  smallestBlueprint,
  typicalBlueprint,
} from '../../test/support/generated-blueprints.js';

/**
 * One scenario in a process of its own: `scenario.ts NAME`, run with --expose-gc; prints its measures as JSON. Both sides
 * are warm, and take turns.
 */
const SCENARIOS: Readonly<Record<string, () => GeneratedBlueprint>> = {
  smallest: smallestBlueprint,
  typical: typicalBlueprint,
  '1,000 nodes': () => largeBlueprint(1_000),
  '10,000 nodes': () => largeBlueprint(10_000),
  '2,000 machines': () => machinesBlueprint(2_000),
};

/** How long each side is measured at least, in ms, and how often. */
const BUDGET_MS = 4_000;
const LEAST_RUNS = 5;

export interface Measures {
  readonly textBytes: number;
  readonly nodes: number;
  readonly parseMs: number;
  readonly yamlMs: number;
  readonly deployMs: number;
  readonly storedBytes: number;
  readonly jsonBytes: number;
  /** What the plan keeps, in MiB. */
  readonly heldMib: number;
  /** The most that the process had after the first parse, in MiB; about 110 of it is Node with its compiler of TypeScript. */
  readonly peakMib: number;
}

const [name = ''] = process.argv.slice(2);
const make = SCENARIOS[name];
if (make === undefined) throw new Error(`no scenario ${name}`);
const files = make();
const texts = [...files.values()];
const sources = new Map<string, Node | null>();

const resolver: ImportResolver = {
  open: async (location) => {
    const text =
      location.kind === 'archive'
        ? files.get(location.path)
        : location.kind === 'resource'
          ? readBuiltInResource(location.path)
          : undefined;
    return text === undefined || text === null ? { kind: 'absent', reason: 'not here' } : { kind: 'text', text };
  },
  plugins: async () => [],
  blueprint: async () => null,
};

async function ours(): Promise<Plan> {
  const { plan, errors } = await parseBlueprint(
    { mainFile: 'blueprint.yaml', validateVersions: true, hasFile: (path) => files.has(path), rules: [] },
    resolver,
    { sources },
  );
  if (plan === null) throw new Error(`${name}: ${errors[0]?.message ?? ''}`);
  return plan;
}

function theirs(): void {
  for (const text of texts) parse(text);
}

function deployment(plan: Plan): void {
  let count = 0;
  planDeployment(plan, {
    inputs: new Map(),
    secrets: () => true,
    runtimeOnly: false,
    autoCorrectTypes: false,
    ids: () => (count += 1).toString(36).padStart(6, '0'),
  });
}

async function timed(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? 0;
}

function heapMib(): number {
  // What was promoted meanwhile goes with the second.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 ** 2;
}

/** In a function, so that nothing of it stays behind. */
async function warmUp(): Promise<number> {
  await ours();
  const peak = process.resourceUsage().maxRSS / 1024;
  theirs();
  return peak;
}

const peakMib = await warmUp();
const before = heapMib();
const plan = await ours();
const heldMib = heapMib() - before;

const parseTimes: number[] = [];
const yamlTimes: number[] = [];
const begun = performance.now();
while (parseTimes.length < LEAST_RUNS || performance.now() - begun < 2 * BUDGET_MS) {
  yamlTimes.push(await timed(theirs));
  parseTimes.push(await timed(ours));
}
deployment(plan);
const deployTimes: number[] = [];
for (let run = 0; run < LEAST_RUNS; run += 1) deployTimes.push(await timed(() => deployment(plan)));

const measures: Measures = {
  textBytes: texts.reduce((sum, text) => sum + text.length, 0),
  nodes: plan.nodes.length,
  parseMs: median(parseTimes),
  yamlMs: median(yamlTimes),
  deployMs: median(deployTimes),
  storedBytes: encodePlan(plan).length,
  jsonBytes: planJsonSize(plan),
  heldMib,
  peakMib,
};
process.stdout.write(`${JSON.stringify(measures)}\n`);
