import type { Dict, Value } from '../values.js';

/** What a store that has everything at hand returns at once, and one that must ask a database later. */
export type MaybeAsync<T> = T | Promise<T>;

/** What evaluation needs of a node; a `PlanNode` fits, and so does a stored one. */
export interface EvaluationNode {
  readonly id: string;
  readonly properties: Dict;
  readonly relationships: readonly { readonly target_id: string; readonly type_hierarchy: readonly string[] }[];
}

/** What evaluation needs of a node instance. */
export interface EvaluationInstance {
  readonly id: string;
  readonly node_id: string;
  /** 1, 2, 3 … among the instances of its node; null where none was given. */
  readonly index: number | null;
  readonly runtime_properties: Dict;
  /** `target_id` is an instance, `target_name` its node. */
  readonly relationships: readonly { readonly target_name: string; readonly target_id: string }[];
  /** Direct memberships, innermost group first. */
  readonly scaling_groups: readonly { readonly name: string; readonly id: string }[];
}

/** A capability's value; with a store it is a definition that is still to be evaluated in that deployment. */
export interface FoundCapability {
  readonly value: Value;
  readonly store?: EvaluationStore;
}

/**
 * One deployment, as functions see it at run time (dsl.md §16). Whoever gives it decides what its user may see; what
 * may not be seen is absent. `undefined` always means that there is no such thing; null is a value.
 */
export interface EvaluationStore {
  /** The final value of an input. */
  input(name: string): MaybeAsync<Value | undefined>;
  node(id: string): MaybeAsync<EvaluationNode | undefined>;
  instance(id: string): MaybeAsync<EvaluationInstance | undefined>;
  /** In a stable order; empty for a node that does not exist. */
  instancesOf(node: string): MaybeAsync<readonly EvaluationInstance[]>;
  secret(key: string): MaybeAsync<Value | undefined>;
  /** A capability of any deployment, this one included. */
  capability(deployment: string, name: string): MaybeAsync<FoundCapability | undefined>;
  /** The answer to `[group, capability or [capabilities], part…]`; `groupCapability` of group-capability.ts makes it. */
  groupCapability(path: readonly Value[]): MaybeAsync<Value | undefined>;
  /** The values of this deployment's label, by time of creation, then value. */
  label(key: string): MaybeAsync<readonly string[] | undefined>;
  /** An allowed pair of `get_sys`: `tenant name`, `deployment id|name|blueprint|owner`. */
  system(entity: string, property: string): MaybeAsync<Value | undefined>;
  /** Deployments that depend on this one: id → display name. */
  consumers(): MaybeAsync<ReadonlyMap<string, string>>;
}
