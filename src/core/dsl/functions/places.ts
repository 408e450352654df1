import type { Path } from '../diagnostics.js';
import type { Plan, PlanNode, PlanRelationship, ResolvedOperations, ScalableProperties } from '../plan.js';
import type { Key, Value } from '../values.js';
import type { Keyword } from './definition.js';
import { holdsCalls } from './measure.js';

/** The parts of a plan in which functions are looked for (dsl.md §14.4), and what their checks refer to. */
export type FunctionHomes = Pick<
  Plan,
  'inputs' | 'nodes' | 'outputs' | 'policies' | 'scaling_groups' | 'capabilities' | 'labels' | 'deployment_settings'
>;

/** What may hold functions: each entry is looked at, but the whole is never itself a function. */
export interface Place {
  readonly entries: Iterable<readonly [Key, Value]>;
  /** Nodes that keywords mean here (dsl.md §14.3). */
  readonly keywords: ReadonlyMap<Keyword, string>;
  readonly node?: PlanNode;
  readonly relationship?: PlanRelationship;
  /** Where it stands in the plan, `nodes.vm.operations.create.inputs`: part of identifiers (dsl.md §15). */
  readonly inPlan: readonly (string | number)[];
  /** Where its user wrote it. */
  readonly inDocument: readonly (string | number)[];
  /** True for an operation's short name: the same inputs are at another place, too. */
  readonly repeated?: true;
}

const NO_KEYWORDS: ReadonlyMap<Keyword, string> = new Map();

/**
 * All places of a plan in which a function stands, in the order of the walk (dsl.md §14.4). Operations appear under
 * their full and their short names, as in the plan.
 */
export function* placesOf(plan: Omit<FunctionHomes, 'inputs'>): Generator<Place> {
  for (const node of plan.nodes) {
    yield* placesOfNode(node);
  }
  for (const [name, { value }] of plan.outputs) {
    yield* withCalls(value === undefined ? [] : [['value', value]], ['outputs', name]);
  }
  for (const [name, { properties }] of plan.policies) {
    yield* withCalls(scalableEntries(properties), ['policies', name, 'properties']);
  }
  for (const [name, { properties }] of plan.scaling_groups) {
    yield* withCalls(scalableEntries(properties), ['scaling_groups', name, 'properties']);
  }
  for (const [name, { value }] of plan.capabilities) {
    yield* withCalls(value === undefined ? [] : [['value', value]], ['capabilities', name]);
  }
  for (const [key, { values }] of plan.labels) {
    yield* withCalls([['values', values]], ['labels', key]);
  }
  yield* withCalls(plan.deployment_settings, ['deployment_settings']);
}

/** `path` with the keys added. */
export function below(path: Path, keys: readonly (string | number)[]): Path {
  return keys.reduce<Path>((longer, key) => longer.child(key), path);
}

/** The instance numbers as entries. */
export function scalableEntries(properties: ScalableProperties): readonly (readonly [string, Value])[] {
  return Object.entries(properties) as [string, Value][];
}

function* withCalls(entries: Iterable<readonly [Key, Value]>, path: readonly string[]): Generator<Place> {
  if (anyCalls(entries)) {
    yield { entries, keywords: NO_KEYWORDS, inPlan: path, inDocument: path };
  }
}

function* placesOfNode(node: PlanNode): Generator<Place> {
  const keywords = new Map<Keyword, string>([['SELF', node.id]]);
  const inPlan = ['nodes', node.id];
  const inDocument = ['node_templates', node.id];
  if (anyCalls(node.properties)) {
    const at = { inPlan: [...inPlan, 'properties'], inDocument: [...inDocument, 'properties'] };
    yield { entries: node.properties, keywords, node, ...at };
  }
  const scalable = scalableEntries(node.capabilities.scalable.properties);
  if (anyCalls(scalable)) {
    const rest = ['capabilities', 'scalable', 'properties'];
    const at = { inPlan: [...inPlan, ...rest], inDocument: [...inDocument, ...rest] };
    yield { entries: scalable, keywords, node, ...at };
  }
  for (const [name, repeated] of operationsWithCalls(node.operations)) {
    const at = {
      inPlan: [...inPlan, 'operations', name, 'inputs'],
      inDocument: [...inDocument, 'interfaces', name, 'inputs'],
    };
    const entries = node.operations.get(name)?.inputs ?? [];
    yield { entries, keywords, node, ...at, ...(repeated ? { repeated } : {}) };
  }
  for (const [index, relationship] of node.relationships.entries()) {
    yield* placesOfRelationship(node, relationship, index);
  }
}

function* placesOfRelationship(node: PlanNode, relationship: PlanRelationship, index: number): Generator<Place> {
  const keywords = new Map<Keyword, string>([
    ['SOURCE', node.id],
    ['TARGET', relationship.target_id],
  ]);
  for (const side of ['source', 'target'] as const) {
    const operations = relationship[`${side}_operations`];
    for (const [name, repeated] of operationsWithCalls(operations)) {
      yield {
        entries: operations.get(name)?.inputs ?? [],
        keywords,
        node,
        relationship,
        inPlan: ['nodes', node.id, relationship.type, name, 'inputs'],
        inDocument: ['node_templates', node.id, 'relationships', index, `${side}_interfaces`, name, 'inputs'],
        ...(repeated ? { repeated } : {}),
      };
    }
  }
}

const known = new WeakMap<ResolvedOperations, ReadonlyMap<string, boolean>>();

/** Operations whose inputs hold functions → whether that is only a shorter name of another one. */
export function operationsWithCalls(operations: ResolvedOperations): ReadonlyMap<string, boolean> {
  let found = known.get(operations);
  if (found === undefined) {
    const full = new Set<string>();
    const holding = [...operations].filter(([, { inputs }]) => anyCalls(inputs)).map(([name]) => name);
    for (const name of holding) {
      for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        full.add(name.slice(dot + 1));
      }
    }
    found = new Map(holding.map((name) => [name, full.has(name)]));
    known.set(operations, found);
  }
  return found;
}

function anyCalls(entries: Iterable<readonly [Key, Value]>): boolean {
  for (const [, value] of entries) {
    if (holdsCalls(value)) {
      return true;
    }
  }
  return false;
}
