import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DslError } from '../../src/core/dsl/diagnostics.js';
import { planDeployment } from '../../src/core/dsl/deployment/plan-deployment.js';
import type { ImportResolver, Location, Opened } from '../../src/core/dsl/imports/resolver.js';
import { parseBlueprint } from '../../src/core/dsl/parse.js';
import type { Plan } from '../../src/core/dsl/plan.js';
import { decodePlan, encodePlan, jsonPieces, planJson, planJsonSize } from '../../src/core/dsl/plan-codec.js';
import type { DslVersion } from '../../src/core/dsl/versions.js';
import type { Node } from '../../src/core/dsl/yaml/tree.js';
import { FolderResolver } from '../../src/platform/language/folder-resolver.js';
import { BLUEPRINT_NAMES, folderOf, resolverFor } from '../blueprints/real-blueprints.js';
import { Random } from '../support/random.js';
import { mutated } from './mutations.js';

/** What is mutated: one file of a blueprint. */
interface Seed {
  readonly name: string;
  readonly resolver: FolderResolver;
  readonly mainFile: string;
  readonly path: string;
  readonly text: string;
}

export interface FuzzInput {
  readonly seed: Seed;
  readonly text: string;
}

/** A plan whose JSON is longer is measured, not printed. */
const PRINTED_BELOW = 200_000;

const sources = new Map<string, Node | null>();

/** The project's own blueprints, and every YAML file of the folders that are named. */
export class FuzzInputs {
  private readonly seeds: readonly Seed[];
  private readonly texts: readonly string[];

  constructor(folders: readonly string[]) {
    this.seeds = [
      ...BLUEPRINT_NAMES.flatMap((name) => seedsIn(folderOf(name), resolverFor(name), name)),
      ...folders.flatMap((folder) => filesIn(folder).map((path) => foreignSeed(folder, path))),
    ];
    this.texts = this.seeds.map(({ text }) => text);
  }

  /** The same for the same numbers, however many were made before. */
  make(seed: number, iteration: number): FuzzInput {
    const random = new Random((Math.imul(seed, 0x9e3779b1) ^ Math.imul(iteration + 1, 0x85ebca6b)) >>> 0);
    const chosen = random.pick(this.seeds);
    return { seed: chosen, text: mutated(chosen.text, random, this.texts) };
  }
}

function seedsIn(folder: string, resolver: FolderResolver, name: string): readonly Seed[] {
  return filesIn(folder)
    .filter((path) => !/^(?:plan|inputs)\.yaml$/.test(path))
    .map((path) => ({
      name,
      resolver,
      mainFile: 'blueprint.yaml',
      path,
      text: readFileSync(join(folder, path), 'utf8'),
    }));
}

function foreignSeed(folder: string, path: string): Seed {
  const own = join(folder, dirname(path));
  const mainFile = path.slice(path.lastIndexOf('/') + 1);
  const text = readFileSync(join(folder, path), 'utf8');
  return { name: path, resolver: new FolderResolver(own), mainFile, path: mainFile, text };
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted();
}

/** Opens one file changed. */
class ChangedResolver implements ImportResolver {
  constructor(
    private readonly inner: ImportResolver,
    private readonly path: string,
    private readonly text: string,
  ) {}

  async open(location: Location, version: DslVersion): Promise<Opened> {
    return location.kind === 'archive' && location.blueprint === null && location.path === this.path
      ? { kind: 'text', text: this.text }
      : this.inner.open(location, version);
  }

  plugins(name: string): ReturnType<ImportResolver['plugins']> {
    return this.inner.plugins(name);
  }

  blueprint(id: string): ReturnType<ImportResolver['blueprint']> {
    return this.inner.blueprint(id);
  }
}

/**
 * All that a manager does with a blueprint before anything runs.
 * @returns whether there was a plan
 * @throws whatever is a bug: anything but a diagnostic
 */
export async function exercise({ seed, text }: FuzzInput): Promise<boolean> {
  const { plan, errors, warnings } = await parseBlueprint(
    { mainFile: seed.mainFile, validateVersions: true, hasFile: seed.resolver.hasFile, rules: [] },
    new ChangedResolver(seed.resolver, seed.path, text),
    { sources, clock: { now: Date.UTC(2030, 0, 1), timeZone: 'UTC' } },
  );
  if ((plan === null) !== errors.length > 0) throw new Error('there must be a plan, or errors');
  for (const { message, line, column } of [...errors, ...warnings]) {
    if (message === '' || message.length > 10_000 || (line ?? 1) < 1 || (column ?? 1) < 1) {
      throw new Error(`a diagnostic that helps nobody: ${message.slice(0, 200)}`);
    }
  }
  if (plan === null) return false;
  checkStored(plan);
  deploy(plan);
  return true;
}

function checkStored(plan: Plan): void {
  const size = planJsonSize(plan);
  const stored = decodePlan(encodePlan(plan));
  if (planJsonSize(stored) !== size) throw new Error('a stored plan differs');
  if (size < PRINTED_BELOW && [...planJson(plan)].join('') !== [...planJson(stored)].join('')) {
    throw new Error('a stored plan says something else');
  }
}

function deploy(plan: Plan): void {
  let count = 0;
  try {
    const deployment = planDeployment(plan, {
      inputs: new Map(),
      secrets: () => true,
      runtimeOnly: false,
      autoCorrectTypes: true,
      ids: () => (count++).toString(36).padStart(6, '0'),
      catalogue: { holds: () => true },
    });
    if (planJsonSize(deployment) < PRINTED_BELOW) Array.from(jsonPieces(deployment));
  } catch (error) {
    if (!(error instanceof DslError)) throw error;
  }
}
