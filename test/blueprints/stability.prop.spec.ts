import fc from 'fast-check';
import type { ImportResolver, Location, Opened } from '../../src/core/dsl/imports/resolver.js';
import { parseBlueprint } from '../../src/core/dsl/parse.js';
import type { DeploymentPlan, Plan } from '../../src/core/dsl/plan.js';
import { decodePlan, encodePlan, jsonPieces } from '../../src/core/dsl/plan-codec.js';
import { numberText } from '../../src/core/dsl/plan-sharing.js';
import { Bytes, DateValue, Float, isDict, isList, type Value } from '../../src/core/dsl/values.js';
import type { DslVersion } from '../../src/core/dsl/versions.js';
import { loadYaml } from '../../src/core/dsl/yaml/load.js';
import { valueOf } from '../../src/core/dsl/yaml/tree.js';
import { readBuiltInResource } from '../../src/platform/language/built-in-resources.js';
import type { GeneratedBlueprint } from '../support/generated-blueprints.js';
import { largeBlueprint, machinesBlueprint } from '../support/generated-blueprints.js';
import { BLUEPRINT_NAMES, deployReal, parseReal, resolverFor } from './real-blueprints.js';

const SEED = 4711;

function textOf(plan: Plan | DeploymentPlan): string {
  return [...jsonPieces(plan, { dates: 'marked' })].join('');
}

async function planOf(name: string, resolver?: ImportResolver): Promise<Plan> {
  const { plan, errors } = await parseReal(name, resolver);
  expect(errors).toEqual([]);
  if (plan === null) throw new Error('no plan');
  return plan;
}

/** A value as YAML of another spelling: one line, everything quoted that can be. */
function printed(value: Value): string {
  if (isList(value)) return `[${value.map((item) => printed(item)).join(', ')}]`;
  if (isDict(value)) {
    // A key that is quoted may be followed by its colon at once; others may not.
    return `{${[...value].map(([key, item]) => `? ${printed(key)} : ${printed(item)}`).join(', ')}}`;
  }
  if (value instanceof DateValue) return value.iso;
  if (value instanceof Bytes) return `!!binary ${Buffer.from(value.hex, 'hex').toString('base64')}`;
  if (value instanceof Float || typeof value === 'bigint') return numberText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? '.nan' : '.inf';
  return JSON.stringify(value);
}

/** Opens what another resolver opens, each file read and printed again. */
class PrintingResolver implements ImportResolver {
  constructor(private readonly inner: ImportResolver) {}

  async open(location: Location, version: DslVersion): Promise<Opened> {
    const opened = await this.inner.open(location, version);
    if (opened.kind === 'absent' || location.kind === 'resource') return opened;
    const root = loadYaml(opened.text, 'a file');
    return { kind: 'text', text: root === null ? '' : printed(valueOf(root)) };
  }

  plugins(name: string): ReturnType<ImportResolver['plugins']> {
    return this.inner.plugins(name);
  }

  blueprint(id: string): ReturnType<ImportResolver['blueprint']> {
    return this.inner.blueprint(id);
  }
}

async function generatedPlan(files: GeneratedBlueprint): Promise<Plan> {
  const { plan, errors } = await parseBlueprint(
    { mainFile: 'blueprint.yaml', validateVersions: true, hasFile: (path) => files.has(path), rules: [] },
    {
      open: async (location) => {
        const path = location.kind === 'archive' || location.kind === 'resource' ? location.path : '';
        const text = location.kind === 'resource' ? readBuiltInResource(path) : (files.get(path) ?? null);
        return text === null ? { kind: 'absent', reason: 'not here' } : { kind: 'text', text };
      },
      plugins: async () => [],
      blueprint: async () => null,
    },
  );
  expect(errors).toEqual([]);
  if (plan === null) throw new Error('no plan');
  return plan;
}

describe('plans', () => {
  it.each(BLUEPRINT_NAMES)('%s: are the same every time', async (name) => {
    const [first, second] = [await planOf(name), await planOf(name)];
    expect(textOf(second)).toBe(textOf(first));
    expect(textOf(deployReal(name, second))).toBe(textOf(deployReal(name, first)));
    expect(Buffer.compare(encodePlan(second), encodePlan(first))).toBe(0);
  });

  it.each(BLUEPRINT_NAMES)('%s: do not depend on how the source is spelled', async (name) => {
    const plan = await planOf(name);
    const again = await planOf(name, new PrintingResolver(resolverFor(name)));
    expect(textOf(again)).toBe(textOf(plan));
  });

  it.each(BLUEPRINT_NAMES)('%s: make the same deployment after they were stored', async (name) => {
    const plan = await planOf(name);
    const stored = decodePlan(encodePlan(plan));
    expect(textOf(stored)).toBe(textOf(plan));
    expect(textOf(deployReal(name, stored))).toBe(textOf(deployReal(name, plan)));
  });

  it('of generated blueprints are the same every time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.integer({ min: 1, max: 80 }).map((nodes) => largeBlueprint(nodes)),
          fc.integer({ min: 1, max: 20 }).map((machines) => machinesBlueprint(machines)),
        ),
        async (files) => {
          expect(textOf(await generatedPlan(files))).toBe(textOf(await generatedPlan(files)));
        },
      ),
      { seed: SEED, numRuns: 10 },
    );
  });
});
