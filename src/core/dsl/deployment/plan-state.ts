import type { States } from '../functions/run.js';
import type { EvaluationInstance, EvaluationNode, EvaluationStore } from '../functions/store.js';
import { newest } from '../functions/descend.js';
import type { PlanNode } from '../plan.js';
import type { Dict, Key, Value } from '../values.js';
import { isDict, isList } from '../values.js';

/**
 * A plan while a deployment is made of it: what is evaluated already is seen by what comes later (dsl.md §14.5). Of
 * the questions of run time it can answer none; nobody asks them.
 */
export class PlanState implements EvaluationStore, States {
  private readonly nodes: Map<string, EvaluationNode>;
  private readonly inputsInPlace = new Map<string, Map<object, Value>>();
  private current: { readonly node: string; readonly states: Map<object, Value> } | null = null;

  constructor(
    nodes: readonly PlanNode[],
    private readonly inputs: Dict,
  ) {
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
  }

  input(name: string): Value | undefined {
    return this.inputs.get(name);
  }

  node(id: string): EvaluationNode | undefined {
    return this.nodes.get(id);
  }

  inputStates(name: string): Map<object, Value> {
    const states = this.inputsInPlace.get(name) ?? new Map<object, Value>();
    this.inputsInPlace.set(name, states);
    return states;
  }

  nodeStates(id: string): ReadonlyMap<object, Value> | null {
    return this.current?.node === id ? this.current.states : null;
  }

  /** From now on the properties of that node are evaluated; their states go into the answer. */
  beginNode(id: string): Map<object, Value> {
    this.current = { node: id, states: new Map() };
    return this.current.states;
  }

  endNode(node: EvaluationNode, properties: Dict): void {
    this.current = null;
    const { id, relationships } = node;
    this.nodes.set(id, { id, properties, relationships });
  }

  /** The inputs, those that somebody read evaluated in place. */
  finalInputs(): Dict {
    let copy: Map<Key, Value> | null = null;
    for (const [name, states] of this.inputsInPlace) {
      const value = this.inputs.get(name);
      if (states.size > 0 && value !== undefined) {
        copy ??= new Map(this.inputs);
        copy.set(name, settled(value, states));
      }
    }
    return copy ?? this.inputs;
  }

  instance(): EvaluationInstance | undefined {
    return undefined;
  }

  instancesOf(): readonly EvaluationInstance[] {
    return [];
  }

  secret(): undefined {
    return undefined;
  }

  capability(): undefined {
    return undefined;
  }

  groupCapability(): undefined {
    return undefined;
  }

  label(): undefined {
    return undefined;
  }

  system(): undefined {
    return undefined;
  }

  consumers(): ReadonlyMap<string, string> {
    return new Map();
  }
}

/** A value with all its parts in their newest states. */
function settled(value: Value, states: ReadonlyMap<object, Value>): Value {
  const state = newest(value, states);
  if (isList(state)) {
    const items = state.map((item) => settled(item, states));
    return items.every((item, index) => item === state[index]) ? state : items;
  }
  if (!isDict(state)) {
    return state;
  }
  const entries = [...state].map(([key, item]) => [key, settled(item, states)] as const);
  return entries.every(([key, item]) => item === state.get(key)) ? state : new Map(entries);
}
