import type { Modification } from '../../dsl/instances/differences.js';
import { planModification } from '../../dsl/instances/modification.js';
import type { IdSource, TopologyGroup, TopologyNode } from '../../dsl/instances/topology.js';
import type { NodeInstance } from '../../dsl/plan.js';
import type { UpdateChanges } from '../sequences/phase.js';
import type { ComparedDeployment, ComparedNode, UpdateStep } from './steps.js';
import { differencesOf } from './steps.js';

type UpdatedNode = ComparedNode & TopologyNode;
interface Updated extends ComparedDeployment {
  readonly nodes: readonly UpdatedNode[];
  readonly scaling_groups: ReadonlyMap<string, TopologyGroup>;
}

/** A deployment before its update. */
export interface PresentDeployment extends Updated {
  readonly instances: readonly NodeInstance[];
  /** How many instances nodes and scaling groups have now, for each instance of what they are in. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface UpdatePlan {
  readonly steps: readonly UpdateStep[];
  readonly nodes: {
    readonly add: readonly string[];
    readonly remove: readonly string[];
    /** By node: which of its attributes the new plan has otherwise. */
    readonly modify_attributes: Readonly<Record<string, readonly string[]>>;
  };
  readonly instances: Modification & {
    /** Instances that stay, of nodes whose relationships change or come in another order. */
    readonly relationships_changed: readonly string[];
  };
  /** What the workflow needs of it: the data of the phase `update-prepare`. */
  readonly changes: UpdateChanges;
}

/** A change that no update can make; nothing was changed. */
export class UnsupportedUpdateError extends Error {
  constructor(readonly steps: readonly UpdateStep[]) {
    const listed = steps.map(({ action, entity_type: type, entity_id: id }) => `${action} ${type} ${id.join(':')}`);
    super(`The blueprint holds changes that an update cannot make: ${listed.join('; ')}`);
  }
}

/**
 * What an update does to a deployment (orchestration §11 step 1). Numbers of instances stay as they are now, whatever
 * the new plan begins with.
 * @param next the new plan: a `DeploymentPlan` fits
 * @throws UnsupportedUpdateError naming all unsupported changes; DslError like `planModification`
 */
export function planUpdate(present: PresentDeployment, next: Updated, ids: IdSource): UpdatePlan {
  const found = differencesOf(present, next);
  const steps = found.map(({ action, entity_type, entity_id }): UpdateStep => ({ action, entity_type, entity_id }));
  if (found.some(({ supported }) => !supported)) {
    throw new UnsupportedUpdateError(steps.filter((_step, place) => found[place]?.supported === false));
  }
  const attributes = attributesOf(steps);
  const instances = planModification(
    {
      nodes: next.nodes.map((node) => withCount(node, present.counts.get(node.id))),
      scalingGroups: new Map([...next.scaling_groups].map(([name, group]) => [name, groupWith(group, present, name)])),
      previousNodes: present.nodes,
      previousInstances: present.instances,
      modified: new Map(),
    },
    ids,
  );
  const gone = marked(instances.removed_and_related, 'removed');
  const leaving = new Set(gone);
  const stays = present.instances.filter(({ id }) => !leaving.has(id));
  const idsOf = (names: readonly string[]): readonly string[] =>
    stays
      .filter(({ node_id: node }) => names.some((name) => attributes[node]?.includes(name) === true))
      .map(({ id }) => id);
  return {
    steps,
    nodes: {
      add: nodesOf(steps, 'add'),
      remove: nodesOf(steps, 'remove'),
      modify_attributes: attributes,
    },
    instances: { ...instances, relationships_changed: idsOf(['relationships']) },
    changes: {
      added: marked(instances.added_and_related, 'added'),
      added_related: marked(instances.added_and_related, undefined),
      removed: gone,
      removed_related: marked(instances.removed_and_related, undefined),
      extended: targetsOf(instances.extended_and_related, 'extended'),
      reduced: targetsOf(instances.reduced_and_related, 'reduced'),
      changed: idsOf(['properties', 'operations']),
    },
  };
}

type Listed = Modification['added_and_related'];
type Mark = NonNullable<Listed[number]['modification']>;

function marked(list: Listed, mark: Mark | undefined): readonly string[] {
  return list.filter(({ modification }) => modification === mark).map(({ id }) => id);
}

function targetsOf(list: Listed, mark: Mark): Readonly<Record<string, readonly string[]>> {
  const changed = list.filter(({ modification }) => modification === mark);
  return Object.fromEntries(changed.map(({ id, relationships }) => [id, relationships.map((each) => each.target_id)]));
}

function nodesOf(steps: readonly UpdateStep[], wanted: 'add' | 'remove'): readonly string[] {
  return steps
    .filter(({ action, entity_type: type }) => action === wanted && type === 'node')
    .map(({ entity_id: [, node = ''] }) => node);
}

function attributesOf(steps: readonly UpdateStep[]): Readonly<Record<string, readonly string[]>> {
  const attributes = new Map<string, Set<string>>();
  for (const { entity_id: path } of steps) {
    const [whole, node = '', attribute] = path;
    const name = whole === 'plugins' ? 'plugins' : whole === 'nodes' ? attribute : undefined;
    if (name !== undefined) {
      attributes.set(node, (attributes.get(node) ?? new Set()).add(name));
    }
  }
  return Object.fromEntries([...attributes].map(([node, names]) => [node, [...names]]));
}

function withCount(node: UpdatedNode, count: number | undefined): TopologyNode {
  const { id, host_id: host, relationships, capabilities } = node;
  const scalable = { properties: { current_instances: count ?? capabilities.scalable.properties.current_instances } };
  return { id, relationships, capabilities: { scalable }, ...(host === undefined ? {} : { host_id: host }) };
}

function groupWith(group: TopologyGroup, { counts }: PresentDeployment, name: string): TopologyGroup {
  return {
    members: group.members,
    properties: { current_instances: counts.get(name) ?? group.properties.current_instances },
  };
}
