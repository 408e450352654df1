import type { TopologyGroup, TopologyNode } from '../../../core/dsl/instances/topology.js';
import { readJson } from '../../../core/dsl/json-values.js';
import type { NodeInstance, PlanPlugin, PlanRelationship, ResolvedOperations } from '../../../core/dsl/plan.js';
import {
  isDict,
  isInteger,
  isList,
  isNumeric,
  keyText,
  numberOf,
  type Dict,
  type Value,
} from '../../../core/dsl/values.js';
import type { ComparedNode } from '../../../core/graph/update/steps.js';

/** A node as its row has it, in the terms of an update; `row` is the row itself. */
export type StoredNode = ComparedNode &
  TopologyNode & { readonly row: Dict; readonly relationshipRows: readonly Dict[] };

/** A deployment's own columns in the terms of an update. */
export interface StoredAttributes {
  readonly description: string | null;
  readonly workflows: ReadonlyMap<string, unknown>;
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly groups: ReadonlyMap<string, unknown>;
  readonly scaling_groups: ReadonlyMap<string, TopologyGroup>;
}

/* Old and new are read by the same code from the same form, so that nothing differs but what was changed. Structures become
   objects, in which an absent key is as good as null: what an older version stored may lack one. */

/** @param text a row, in the shape of `plan-rows.ts` */
export function storedNode(row: Dict): StoredNode {
  const relationships = listOf(row.get('relationships')).map(dictOf);
  const host = row.get('host_id');
  return {
    row,
    relationshipRows: relationships,
    id: textOf(row.get('id')),
    ...(typeof host === 'string' ? { host_id: host } : {}),
    type: textOf(row.get('type')),
    properties: dictOf(row.get('properties')),
    operations: structuresOf(row.get('operations')) as ResolvedOperations,
    plugins: listOf(row.get('plugins')).map((plugin) => structureOf(plugin) as unknown as PlanPlugin),
    relationships: relationships.map(relationshipOf),
    capabilities: { scalable: { properties: { current_instances: row.get('number_of_instances') ?? 1 } } },
  };
}

export function storedInstance(row: Dict): NodeInstance {
  const host = row.get('host_id');
  const node = textOf(row.get('node_name'));
  const groups = listOf(row.get('scaling_groups')).map((group) => structureOf(group));
  return {
    id: textOf(row.get('id')),
    name: node,
    node_id: node,
    relationships: listOf(row.get('relationships')).map(
      (each) => structureOf(each) as unknown as NodeInstance['relationships'][number],
    ),
    ...(typeof host === 'string' ? { host_id: host } : {}),
    ...(groups.length === 0
      ? {}
      : { scaling_groups: groups as unknown as NonNullable<NodeInstance['scaling_groups']> }),
  };
}

export function storedAttributes(columns: Dict): StoredAttributes {
  const description = columns.get('description');
  const workflows = listOf(columns.get('workflows')).map(structureOf);
  return {
    description: typeof description === 'string' ? description : null,
    workflows: new Map(workflows.map(({ name, ...rest }) => [String(name), rest])),
    outputs: structuresOf(columns.get('outputs')),
    groups: structuresOf(columns.get('groups')),
    scaling_groups: new Map([...entriesOf(columns.get('scaling_groups'))].map(([name, each]) => [name, groupOf(each)])),
  };
}

/** How many instances nodes and scaling groups have; for each instance of what they are in. */
export function countsOf(
  nodes: readonly StoredNode[],
  groups: StoredAttributes['scaling_groups'],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [name, { properties }] of groups) counts.set(name, countOf(properties.current_instances));
  for (const { id, capabilities } of nodes) counts.set(id, countOf(capabilities.scalable.properties.current_instances));
  return counts;
}

/** The rows of a JSON list. */
export function rowsOf(text: string): readonly Dict[] {
  return listOf(readJson(text)).map(dictOf);
}

function dictOf(value: Value | undefined): Dict {
  return isDict(value) ? value : new Map();
}

function relationshipOf(row: Dict): Omit<PlanRelationship, 'source_interfaces' | 'target_interfaces'> {
  return {
    type: textOf(row.get('type')),
    type_hierarchy: listOf(row.get('type_hierarchy')).map(textOf),
    target_id: textOf(row.get('target_id')),
    properties: dictOf(row.get('properties')),
    source_operations: structuresOf(row.get('source_operations')) as ResolvedOperations,
    target_operations: structuresOf(row.get('target_operations')) as ResolvedOperations,
  };
}

function groupOf(value: Value): TopologyGroup {
  const group = dictOf(value);
  const properties = dictOf(group.get('properties'));
  const current = properties.get('current_instances');
  return {
    members: listOf(group.get('members')).map(textOf),
    properties: { current_instances: isInteger(current) ? current : (properties.get('default_instances') ?? 1) },
  };
}

function structuresOf(value: Value | undefined): ReadonlyMap<string, unknown> {
  return new Map([...entriesOf(value)].map(([name, each]) => [name, isDict(each) ? structureOf(each) : each]));
}

function structureOf(value: Value): Readonly<Record<string, unknown>> {
  return Object.fromEntries(entriesOf(value));
}

function entriesOf(value: Value | undefined): ReadonlyMap<string, Value> {
  return new Map([...dictOf(value)].map(([key, each]) => [keyText(key), each]));
}

function listOf(value: Value | undefined): readonly Value[] {
  return isList(value) ? value : [];
}

function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

function countOf(value: Value): number {
  return isNumeric(value) ? numberOf(value) : 1;
}
