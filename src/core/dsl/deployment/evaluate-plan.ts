import { Path } from '../diagnostics.js';
import type { Frame, Keyword, Meaning } from '../functions/definition.js';
import { equalValues } from '../functions/equal.js';
import { contents, evaluate } from '../functions/evaluate.js';
import { holdsCalls, measure } from '../functions/measure.js';
import type { FunctionHomes } from '../functions/places.js';
import { below, operationsWithCalls, placesOf, scalableEntries } from '../functions/places.js';
import type { Limits } from '../functions/run.js';
import { Run } from '../functions/run.js';
import { runNow } from '../functions/steps.js';
import type {
  Interfaces,
  LabelValues,
  OutputDefinition,
  PlanNode,
  PlanRelationship,
  ResolvedOperation,
  ResolvedOperations,
  ScalableProperties,
} from '../plan.js';
import type { Dict, Value } from '../values.js';
import { PlanState } from './plan-state.js';

/** The parts of a plan that creation evaluates. */
export type EvaluatedParts = Omit<FunctionHomes, 'inputs'>;

/** As large as a plan may become by what its functions produce, in characters. */
const PRODUCED = 256 * 1024 * 1024;

/** A function's argument, evaluated with the inputs known so far; for constraints (dsl.md §8.2). */
export function evaluateArgument(argument: Value, inputs: Dict, nodes: readonly PlanNode[]): Value {
  const evaluation = new PlanEvaluation(new PlanState(nodes, inputs), { calls: 10_000, weight: 1024 * 1024 });
  return evaluation.value(argument, NO_KEYWORDS, ['inputs']);
}

/**
 * Evaluates the functions of class H everywhere (dsl.md §14.4, §15), in the order of the walk; what holds none is
 * shared with the plan.
 * @throws FunctionFailure
 */
export function evaluatePlan(plan: EvaluatedParts, inputs: Dict): { parts: EvaluatedParts; inputs: Dict } {
  const state = new PlanState(plan.nodes, inputs);
  const evaluation = new PlanEvaluation(state, { calls: 200_000 + 50 * callsIn(plan), weight: PRODUCED });
  const parts = evaluation.parts(plan);
  return { parts, inputs: evaluation.finalInputs(inputs) };
}

/** The parts with operations marked that hold functions (plan.md §1.3), nothing evaluated. */
export function markPlan(plan: EvaluatedParts): EvaluatedParts {
  return { ...plan, nodes: plan.nodes.map((node) => markNode(node)) };
}

function callsIn(plan: EvaluatedParts): number {
  let calls = 0;
  for (const place of placesOf(plan)) {
    for (const [, value] of place.entries) {
      calls += measure(value).calls;
    }
  }
  return calls;
}

const NO_KEYWORDS: ReadonlyMap<Keyword, Meaning> = new Map();

class PlanEvaluation {
  private readonly run: Run;

  constructor(
    private readonly state: PlanState,
    limits: Limits,
  ) {
    this.run = new Run({ mode: 'creation', limits, states: state });
  }

  parts(plan: EvaluatedParts): EvaluatedParts {
    const nodes = plan.nodes.map((node) => this.node(node));
    const outputs = this.outputs(plan.outputs, 'outputs');
    const policies = this.scaled(plan.policies, 'policies');
    const groups = this.scaled(plan.scaling_groups, 'scaling_groups');
    const capabilities = this.outputs(plan.capabilities, 'capabilities');
    const labels = this.labels(plan.labels);
    const settings = this.entries(plan.deployment_settings, NO_KEYWORDS, ['deployment_settings']);
    return { nodes, outputs, policies, scaling_groups: groups, capabilities, labels, deployment_settings: settings };
  }

  /** Inputs that were read are evaluated in place; the parts of one may be reached from another, so they count. */
  finalInputs(inputs: Dict): Dict {
    const final = this.state.finalInputs();
    if (final !== inputs) {
      this.run.produce(measure(final).weight, Path.ROOT.child('inputs'));
    }
    return final;
  }

  value(value: Value, keywords: ReadonlyMap<Keyword, Meaning>, path: readonly string[]): Value {
    if (!holdsCalls(value)) {
      return value;
    }
    const frame = this.frame(keywords, path, null);
    const result = runNow(evaluate(value, frame));
    this.run.produce(measure(result).weight, frame.path);
    return result;
  }

  /** Evaluates each entry; the whole is no function even if it looks like one. */
  private entries(
    entries: Dict,
    keywords: ReadonlyMap<Keyword, Meaning>,
    path: readonly string[],
    copies: Map<object, Value> | null = null,
  ): Dict {
    if (!holdsCalls(entries)) {
      return entries;
    }
    const frame = this.frame(keywords, path, copies);
    const result = runNow(contents(entries, frame));
    if (result !== entries) {
      this.run.produce(measure(result).weight, frame.path);
    }
    return result as Dict;
  }

  private frame(
    keywords: ReadonlyMap<Keyword, Meaning>,
    keys: readonly string[],
    copies: Map<object, Value> | null,
  ): Frame {
    const path = below(Path.ROOT, keys);
    this.run.begin();
    return {
      run: this.run,
      store: this.state,
      evaluate,
      keywords,
      asking: {},
      hint: null,
      selfBecomes: null,
      copies,
      written: true,
      path,
    };
  }

  private node(node: PlanNode): PlanNode {
    const keywords = new Map<Keyword, Meaning>([['SELF', { kind: 'node', node: node.id }]]);
    const path = ['nodes', node.id];
    const properties = this.properties(node, keywords);
    const before = node.capabilities.scalable.properties;
    const scalable = this.scalable(before, keywords, [...path, 'capabilities', 'scalable', 'properties']);
    const operations = this.operations(node.operations, keywords, [...path, 'operations']);
    const relationships = this.relationships(node);
    if (
      properties === node.properties &&
      scalable === before &&
      operations === node.operations &&
      relationships === node.relationships
    ) {
      return node;
    }
    const interfaces = interfacesLike(node.interfaces, node.operations, operations);
    const capabilities = scalable === before ? node.capabilities : { scalable: { properties: scalable } };
    return { ...node, properties, capabilities, interfaces, operations, relationships };
  }

  private properties(node: PlanNode, keywords: ReadonlyMap<Keyword, Meaning>): Dict {
    if (!holdsCalls(node.properties)) {
      return node.properties;
    }
    const states = this.state.beginNode(node.id);
    const properties = this.entries(node.properties, keywords, ['nodes', node.id, 'properties'], states);
    this.state.endNode(node, properties);
    return properties;
  }

  private relationships(node: PlanNode): readonly PlanRelationship[] {
    let changed = false;
    const evaluated = node.relationships.map((relationship) => {
      const keywords = new Map<Keyword, Meaning>([
        ['SOURCE', { kind: 'node', node: node.id }],
        ['TARGET', { kind: 'node', node: relationship.target_id }],
      ]);
      const path = ['nodes', node.id, relationship.type];
      const source = this.operations(relationship.source_operations, keywords, path);
      const target = this.operations(relationship.target_operations, keywords, path);
      if (source === relationship.source_operations && target === relationship.target_operations) {
        return relationship;
      }
      changed = true;
      return withOperations(relationship, source, target);
    });
    return changed ? evaluated : node.relationships;
  }

  /** A short name has the very inputs of the full one, so they are evaluated once. */
  private operations(
    operations: ResolvedOperations,
    keywords: ReadonlyMap<Keyword, Meaning>,
    path: readonly string[],
  ): ResolvedOperations {
    const holding = operationsWithCalls(operations);
    if (holding.size === 0) {
      return operations;
    }
    const done = new Map<Dict, Dict>();
    const evaluated = new Map(operations);
    let changed = false;
    for (const name of holding.keys()) {
      const operation = operations.get(name);
      if (operation !== undefined) {
        const inputs =
          done.get(operation.inputs) ?? this.entries(operation.inputs, keywords, [...path, name, 'inputs']);
        done.set(operation.inputs, inputs);
        evaluated.set(name, markOperation({ ...operation, inputs }));
        changed ||= inputs !== operation.inputs;
      }
    }
    return changed ? evaluated : markOperations(operations);
  }

  private scalable(
    properties: ScalableProperties,
    keywords: ReadonlyMap<Keyword, Meaning>,
    path: readonly string[],
  ): ScalableProperties {
    const entries = new Map(scalableEntries(properties));
    const evaluated = this.entries(entries, keywords, path);
    return evaluated === entries
      ? properties
      : (Object.fromEntries(evaluated as ReadonlyMap<string, Value>) as unknown as ScalableProperties);
  }

  private scaled<T extends { readonly properties: ScalableProperties }>(
    all: ReadonlyMap<string, T>,
    section: string,
  ): ReadonlyMap<string, T> {
    return new Map(
      [...all].map(([name, one]) => {
        const properties = this.scalable(one.properties, NO_KEYWORDS, [section, name, 'properties']);
        return [name, properties === one.properties ? one : { ...one, properties }];
      }),
    );
  }

  private outputs(
    outputs: ReadonlyMap<string, OutputDefinition>,
    section: string,
  ): ReadonlyMap<string, OutputDefinition> {
    return new Map(
      [...outputs].map(([name, output]) =>
        output.value === undefined
          ? [name, output]
          : [name, { ...output, value: this.value(output.value, NO_KEYWORDS, [section, name, 'value']) }],
      ),
    );
  }

  private labels(labels: ReadonlyMap<string, LabelValues>): ReadonlyMap<string, LabelValues> {
    return new Map(
      [...labels].map(([key, label]) => {
        const values = this.value(label.values, NO_KEYWORDS, ['labels', key, 'values']);
        return [key, { ...label, values: values as readonly Value[] }];
      }),
    );
  }
}

function markNode(node: PlanNode): PlanNode {
  const operations = markOperations(node.operations);
  let changed = operations !== node.operations;
  const relationships = node.relationships.map((relationship) => {
    const source = markOperations(relationship.source_operations);
    const target = markOperations(relationship.target_operations);
    if (source === relationship.source_operations && target === relationship.target_operations) {
      return relationship;
    }
    changed = true;
    return { ...relationship, source_operations: source, target_operations: target };
  });
  return changed ? { ...node, operations, relationships } : node;
}

const marked = new WeakMap<ResolvedOperations, ResolvedOperations>();

/** Nodes of a type that adds nothing share their operations, so they share the marked ones, too. */
function markOperations(operations: ResolvedOperations): ResolvedOperations {
  if (operationsWithCalls(operations).size === 0) {
    return operations;
  }
  let found = marked.get(operations);
  if (found === undefined) {
    found = new Map([...operations].map(([name, operation]) => [name, markOperation(operation)]));
    marked.set(operations, found);
  }
  return found;
}

/** Says whether functions are left in the inputs (plan.md §1.3). */
function markOperation(operation: ResolvedOperation): ResolvedOperation {
  const left = [...operation.inputs.values()].some((value) => holdsCalls(value));
  return left === operation.has_intrinsic_functions ? operation : { ...operation, has_intrinsic_functions: left };
}

function withOperations(
  relationship: PlanRelationship,
  source: ResolvedOperations,
  target: ResolvedOperations,
): PlanRelationship {
  return {
    ...relationship,
    source_operations: source,
    target_operations: target,
    source_interfaces: interfacesLike(relationship.source_interfaces, relationship.source_operations, source),
    target_interfaces: interfacesLike(relationship.target_interfaces, relationship.target_operations, target),
  };
}

/**
 * Interfaces in which operations have the evaluated inputs, as far as they are the inputs of the resolved operation;
 * those of a script are not, since the resolved operation has its path in addition.
 */
function interfacesLike(interfaces: Interfaces, before: ResolvedOperations, after: ResolvedOperations): Interfaces {
  if (before === after) {
    return interfaces;
  }
  return new Map(
    [...interfaces].map(([name, operations]) => [
      name,
      new Map(
        [...operations].map(([short, operation]) => {
          const old = before.get(`${name}.${short}`);
          const evaluated = after.get(`${name}.${short}`);
          return old !== undefined &&
            evaluated !== undefined &&
            old.inputs !== evaluated.inputs &&
            equalValues(old.inputs, operation.inputs)
            ? [short, { ...operation, inputs: evaluated.inputs }]
            : [short, operation];
        }),
      ),
    ]),
  );
}
