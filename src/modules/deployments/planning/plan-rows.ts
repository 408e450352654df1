import { jsonPieces } from '../../../core/dsl/plan-codec.js';
import type { DeploymentPlan, NodeInstance, PlanNode } from '../../../core/dsl/plan.js';
import { isInteger, numberOf, type Value } from '../../../core/dsl/values.js';

/** A batch ends with the row that reaches this, in characters: one statement's parameter. */
const BATCH_LENGTH = 256 * 1024;
const BATCH_ROWS = 500;

/** A list of rows as JSON text, and where the next one begins; null after the last. */
export interface RowBatch {
  readonly text: string;
  readonly next: number | null;
}

/** Columns of `node`, for `json_to_recordset`. */
export function nodeRows({ nodes }: DeploymentPlan, from: number): RowBatch {
  return batchOf(nodes.length, from, (at) => nodeText(nodes[at] as PlanNode, at));
}

/** Columns of `node_instance`; the index counts among the instances of a node (plan.md §2). */
export function instanceRows(
  { node_instances: instances }: DeploymentPlan,
  indexes: readonly number[],
  from: number,
): RowBatch {
  return batchOf(instances.length, from, (at) => instanceText(instances[at] as NodeInstance, indexes[at] ?? 1));
}

/** 1, 2, 3… for each node, in the order of the instances. */
export function indexesOf(instances: readonly NodeInstance[]): readonly number[] {
  const counts = new Map<string, number>();
  return instances.map(({ node_id: node }) => {
    const index = (counts.get(node) ?? 0) + 1;
    counts.set(node, index);
    return index;
  });
}

export function batchOf(total: number, from: number, textOf: (at: number) => string): RowBatch {
  const rows: string[] = [];
  let length = 0;
  let at = from;
  while (at < total && rows.length < BATCH_ROWS && length < BATCH_LENGTH) {
    const row = textOf(at);
    rows.push(row);
    length += row.length;
    at += 1;
  }
  return { text: `[${rows.join()}]`, next: at < total ? at : null };
}

function nodeText(node: PlanNode, position: number): string {
  const { properties: scalable } = node.capabilities.scalable;
  return jsonText({
    id: node.id,
    position,
    type: node.type,
    type_hierarchy: node.type_hierarchy,
    host_id: node.host_id ?? null,
    properties: node.properties,
    operations: node.operations,
    relationships: node.relationships.map((relationship) => ({
      target_id: relationship.target_id,
      type: relationship.type,
      type_hierarchy: relationship.type_hierarchy,
      properties: relationship.properties,
      source_operations: relationship.source_operations,
      target_operations: relationship.target_operations,
    })),
    plugins: node.plugins,
    plugins_to_install: node.plugins_to_install ?? null,
    number_of_instances: count(scalable.current_instances, 1),
    planned_number_of_instances: count(scalable.planned_instances, 1),
    deploy_number_of_instances: count(scalable.default_instances, 1),
    min_number_of_instances: count(scalable.min_instances, 0),
    max_number_of_instances: count(scalable.max_instances, -1),
  });
}

function instanceText(instance: NodeInstance, index: number): string {
  return jsonText({
    id: instance.id,
    node_name: instance.node_id,
    host_id: instance.host_id ?? null,
    index,
    relationships: instance.relationships,
    scaling_groups: instance.scaling_groups ?? [],
  });
}

export function jsonText(value: unknown): string {
  return [...jsonPieces(value)].join('');
}

/** Numbers beyond the column are as good as none: nobody makes that many. */
function count(value: Value, fallback: number): number {
  if (!isInteger(value)) return fallback;
  return Math.max(-1, Math.min(numberOf(value), 2_147_483_647));
}
