import type { Dict, Value } from '../values.js';

/** Six random characters of a–z0–9, another one at each call. */
export type IdSource = () => string;

/** What the making of instances needs of a relationship: of a plan's, or of a stored node's. */
export interface TopologyRelationship {
  readonly type: string;
  readonly type_hierarchy: readonly string[];
  readonly target_id: string;
  readonly properties: Dict;
}

/** What it needs of a node: a `PlanNode` fits, and so does a stored one. */
export interface TopologyNode {
  readonly id: string;
  readonly host_id?: string;
  readonly capabilities: { readonly scalable: { readonly properties: { readonly current_instances: Value } } };
  readonly relationships: readonly TopologyRelationship[];
}

/** What it needs of a scaling group. */
export interface TopologyGroup {
  readonly members: readonly string[];
  readonly properties: { readonly current_instances: Value };
}
