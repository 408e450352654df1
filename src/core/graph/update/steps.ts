import type { PlanNode, PlanRelationship } from '../../dsl/plan.js';
import { CONTAINED_IN } from '../topology.js';
import { same } from './same.js';

/** One difference between a deployment and its new plan (rest-api §3.5). */
export interface UpdateStep {
  readonly action: 'add' | 'modify' | 'remove';
  readonly entity_type:
    'node' | 'relationship' | 'property' | 'operation' | 'workflow' | 'output' | 'description' | 'plugin' | 'group';
  readonly entity_id: readonly string[];
}

/** A step that can be taken, or cannot. */
interface Found extends UpdateStep {
  readonly supported: boolean;
}

type Relationship = Pick<
  PlanRelationship,
  'type' | 'type_hierarchy' | 'target_id' | 'properties' | 'source_operations' | 'target_operations'
>;
/** A node as far as updates compare it: a `PlanNode` fits, and so does a stored one. */
export type ComparedNode = Pick<PlanNode, 'id' | 'type' | 'properties' | 'operations' | 'plugins'> & {
  readonly relationships: readonly Relationship[];
};

/** What a deployment has besides nodes, as far as updates compare it: a `DeploymentPlan` fits. */
export interface ComparedDeployment {
  readonly nodes: readonly ComparedNode[];
  readonly description: string | null;
  readonly workflows: ReadonlyMap<string, unknown>;
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly groups: ReadonlyMap<string, unknown>;
  /** Their numbers may change. */
  readonly scaling_groups: ReadonlyMap<string, { readonly members: readonly string[] }>;
}

/** All differences, in the order of the new plan, then what is gone. */
export function differencesOf(before: ComparedDeployment, after: ComparedDeployment): readonly Found[] {
  const [old, now] = [nodesById(before), nodesById(after)];
  return [
    ...(same(before.description, after.description)
      ? []
      : [step(changeOf(before.description, after.description), 'description', ['description'])]),
    ...entrySteps('workflow', ['workflows'], before.workflows, after.workflows),
    ...entrySteps('output', ['outputs'], before.outputs, after.outputs),
    ...entrySteps('group', ['groups'], before.groups, after.groups, false),
    ...entrySteps('group', ['scaling_groups'], membersOf(before), membersOf(after), false),
    ...[...now.values()].flatMap((node) => {
      const known = old.get(node.id);
      return known === undefined ? [step('add', 'node', ['nodes', node.id])] : nodeSteps(known, node);
    }),
    ...[...old.keys()].filter((id) => !now.has(id)).map((id) => step('remove', 'node', ['nodes', id])),
  ];
}

function nodesById({ nodes }: ComparedDeployment): ReadonlyMap<string, ComparedNode> {
  return new Map(nodes.map((node) => [node.id, node]));
}

function membersOf({ scaling_groups: groups }: ComparedDeployment): ReadonlyMap<string, unknown> {
  return new Map([...groups].map(([name, group]) => [name, group.members]));
}

function nodeSteps(before: ComparedNode, after: ComparedNode): readonly Found[] {
  const path = ['nodes', after.id];
  return [
    ...(before.type === after.type ? [] : [step('modify', 'node', [...path, 'type'], false)]),
    ...(containerOf(before) === containerOf(after) ? [] : [step('modify', 'node', [...path, 'contained_in'], false)]),
    ...entrySteps('property', [...path, 'properties'], textKeys(before.properties), textKeys(after.properties)),
    ...operationSteps([...path, 'operations'], before.operations, after.operations),
    ...relationshipSteps([...path, 'relationships'], before.relationships, after.relationships),
    ...entrySteps('plugin', ['plugins', after.id], pluginsOf(before), pluginsOf(after)),
  ];
}

/** Matched by type and target; of several alike the first that is left. Places are of where the relationship is. */
function relationshipSteps(
  path: readonly string[],
  before: readonly Relationship[],
  after: readonly Relationship[],
): readonly Found[] {
  const places = new Map<string, number[]>();
  before.forEach((each, place) => places.set(keyOf(each), [...(places.get(keyOf(each)) ?? []), place]));
  const steps: Found[] = [];
  const matched = new Set<number>();
  after.forEach((now, place) => {
    const known = places.get(keyOf(now))?.shift();
    const old = known === undefined ? undefined : before[known];
    const here = [...path, at(place)];
    if (known === undefined || old === undefined) {
      steps.push(step('add', 'relationship', here));
      return;
    }
    matched.add(known);
    if (known !== place) {
      steps.push(step('modify', 'relationship', [...path, at(known), at(place)]));
    }
    const properties = [...here, 'properties'];
    steps.push(
      ...entrySteps('property', properties, textKeys(old.properties), textKeys(now.properties), false),
      ...operationSteps([...here, 'source_operations'], old.source_operations, now.source_operations),
      ...operationSteps([...here, 'target_operations'], old.target_operations, now.target_operations),
    );
  });
  before.forEach((_, place) => {
    if (!matched.has(place)) {
      steps.push(step('remove', 'relationship', [...path, at(place)]));
    }
  });
  return steps;
}

/** Each operation is there under its short name as well where that is clear; once is enough. */
function operationSteps(
  path: readonly string[],
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): readonly Found[] {
  return entrySteps('operation', path, fullNames(before), fullNames(after));
}

function fullNames(operations: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> {
  return new Map([...operations].filter(([name]) => name.includes('.')));
}

function pluginsOf({ plugins }: ComparedNode): ReadonlyMap<string, unknown> {
  return new Map(plugins.map((plugin) => [plugin.name, plugin]));
}

function entrySteps(
  type: UpdateStep['entity_type'],
  path: readonly string[],
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
  supported = true,
): readonly Found[] {
  const steps: Found[] = [];
  for (const [name, now] of after) {
    if (!before.has(name)) {
      steps.push(step('add', type, [...path, name], supported));
    } else if (!same(before.get(name), now)) {
      steps.push(step('modify', type, [...path, name], supported));
    }
  }
  for (const name of before.keys()) {
    if (!after.has(name)) {
      steps.push(step('remove', type, [...path, name], supported));
    }
  }
  return steps;
}

function step(
  action: UpdateStep['action'],
  type: UpdateStep['entity_type'],
  path: readonly string[],
  supported = true,
): Found {
  return { action, entity_type: type, entity_id: path, supported };
}

function changeOf(before: unknown, after: unknown): UpdateStep['action'] {
  return before === null ? 'add' : after === null ? 'remove' : 'modify';
}

function containerOf({ relationships }: ComparedNode): string | undefined {
  return relationships.find(({ type_hierarchy: types }) => types.includes(CONTAINED_IN))?.target_id;
}

function keyOf({ type, target_id: target }: Relationship): string {
  return `${type}\0${target}`;
}

function at(place: number): string {
  return `[${String(place)}]`;
}

function textKeys(dictionary: ReadonlyMap<unknown, unknown>): ReadonlyMap<string, unknown> {
  return new Map([...dictionary].map(([key, value]) => [String(key), value]));
}
