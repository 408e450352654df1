import type {
  IdSource,
  TopologyGroup,
  TopologyNode,
  TopologyRelationship,
} from '../../src/core/dsl/instances/topology.js';
import type { NodeInstance } from '../../src/core/dsl/plan.js';
import type { Value } from '../../src/core/dsl/values.js';

const BASE = 'cloudify.relationships.';

interface LinkSketch {
  readonly to: string;
  readonly kind?: Value;
  /** The part after `cloudify.relationships.`; `connected_to` unless it is given. */
  readonly type?: string;
}

/** A node in a line; one instance, no relationships unless given. */
export interface NodeSketch {
  readonly id: string;
  readonly count?: Value;
  readonly in?: string;
  readonly host?: string;
  readonly links?: readonly LinkSketch[];
}

export interface TopologySketch {
  readonly nodes: readonly TopologyNode[];
  readonly scaling_groups: ReadonlyMap<string, TopologyGroup>;
}

export function topologyOf(
  nodes: readonly NodeSketch[],
  groups: Readonly<Record<string, { readonly members: readonly string[]; readonly count?: Value }>> = {},
): TopologySketch {
  return {
    nodes: nodes.map(nodeOf),
    scaling_groups: new Map(
      Object.entries(groups).map(([name, { members, count = 1 }]) => [
        name,
        { members, properties: { current_instances: count } },
      ]),
    ),
  };
}

function nodeOf({ id, count = 1, in: container, host, links = [] }: NodeSketch): TopologyNode {
  const containment = container === undefined ? [] : [containedIn(container)];
  return {
    id,
    ...(host === undefined ? {} : { host_id: host }),
    capabilities: { scalable: { properties: { current_instances: count } } },
    relationships: [...containment, ...links.map(linkOf)],
  };
}

export function containedIn(target: string): TopologyRelationship {
  return {
    type: `${BASE}contained_in`,
    type_hierarchy: [`${BASE}depends_on`, `${BASE}contained_in`],
    target_id: target,
    properties: new Map([['connection_type', 'all_to_all']]),
  };
}

function linkOf({ to, kind = 'all_to_all', type = 'connected_to' }: LinkSketch): TopologyRelationship {
  const hierarchy = type === 'depends_on' ? [type] : ['depends_on', type];
  return {
    type: `${BASE}${type}`,
    type_hierarchy: hierarchy.map((name) => `${BASE}${name}`),
    target_id: to,
    properties: new Map(kind === null ? [] : [['connection_type', kind]]),
  };
}

/** 000001, 000002, …; the same at each run. */
export function countedIds(from = 0): IdSource {
  let count = from;
  return () => {
    count += 1;
    return count.toString(36).padStart(6, '0');
  };
}

export function instancesOf(instances: readonly NodeInstance[], node: string): readonly NodeInstance[] {
  return instances.filter(({ node_id: id }) => id === node);
}

/** The targets of an instance's relationships, in order. */
export function targetsOf(instance: NodeInstance | undefined): readonly string[] {
  return (instance?.relationships ?? []).map(({ target_id: id }) => id);
}
