import type { At } from '../diagnostics.js';
import type { PlanNode, PlanPlugin, PlanRelationship, RelationshipTypePlan, ScalableProperties } from '../plan.js';
import type { Dict } from '../values.js';
import { hostsOf } from './hosts.js';
import type { NodeType } from './node-types.js';
import { GatheredPlugins, NO_PLUGINS, PluginLists } from './plugin-lists.js';
import { CENTRAL, HOST } from './plugins.js';
import type { Reading } from './reading.js';
import type { BoundOperations } from './resolved-operations.js';

/** A relationship of a node template, its operations resolved. */
interface BoundRelationship {
  readonly type: RelationshipTypePlan;
  readonly target: string;
  readonly properties: Dict;
  readonly source: BoundOperations;
  readonly targetSide: BoundOperations;
}

/** A node template over its type, everything resolved that concerns it alone. */
export interface Template {
  readonly name: string;
  readonly at: At;
  readonly typeName: string;
  readonly type: NodeType;
  readonly properties: Dict;
  readonly scalable: ScalableProperties;
  /** `instances.deploy` */
  readonly deploy: number | undefined;
  readonly bound: BoundOperations;
  readonly relationships: readonly BoundRelationship[];
  /** The node template that it is contained in. */
  readonly container: string | null;
}

export interface AssembledNodes {
  readonly nodes: readonly PlanNode[];
  /** plan.md §1: one entry per plugin that nodes use centrally. */
  readonly deploymentPlugins: readonly PlanPlugin[];
  /** Likewise for agents on hosts. */
  readonly hostAgentPlugins: readonly PlanPlugin[];
}

/** Nodes of the plan, hosts and plugins worked out (plan.md §1.1): 24. */
export function assembleNodes(reading: Reading, templates: readonly Template[]): AssembledNodes {
  const hosts = hostsOf(
    new Map(templates.map(({ name, type, container }) => [name, { isHost: type.isHost, container }] as const)),
  );
  const lists = new PluginLists();
  const used = pluginsInUse(templates).in(lists);
  const onHosts = new GatheredPlugins();
  for (const { name, at } of templates) {
    const host = hosts.get(name);
    const needed = lists.only(used.get(name) ?? NO_PLUGINS, HOST);
    const [plugin] = needed;
    if (host === undefined && plugin !== undefined) {
      const message = `Node template '${name}' has no host, but plugin '${plugin.name}' needs one to run on`;
      reading.report(24, at, message);
    } else if (host !== undefined) {
      onHosts.add(host, needed);
    }
  }
  const onHost = onHosts.in(lists);
  const capabilities = new Map<ScalableProperties, PlanNode['capabilities']>();
  const nodes = templates.map((template): PlanNode => {
    const { name, typeName, type, bound, scalable } = template;
    const host = hosts.get(name);
    const plugins = used.get(name) ?? NO_PLUGINS;
    const capability = capabilities.get(scalable) ?? { scalable: { properties: scalable } };
    capabilities.set(scalable, capability);
    return {
      id: name,
      name,
      type: typeName,
      type_hierarchy: type.hierarchy,
      properties: template.properties,
      capabilities: capability,
      instances: template.deploy === undefined ? NO_INSTANCES : { deploy: template.deploy },
      interfaces: bound.interfaces,
      operations: bound.operations,
      relationships: template.relationships.length === 0 ? NO_RELATIONSHIPS : template.relationships.map(planned),
      ...(host === undefined ? {} : { host_id: host }),
      plugins,
      deployment_plugins_to_install: lists.only(plugins, CENTRAL),
      ...(type.isHost ? { plugins_to_install: onHost.get(name) ?? NO_PLUGINS } : {}),
    };
  });
  return {
    nodes,
    deploymentPlugins: [...new Set(nodes.flatMap((node) => node.deployment_plugins_to_install))],
    hostAgentPlugins: [...new Set(nodes.flatMap((node) => node.plugins_to_install ?? NO_PLUGINS))],
  };
}

const NO_RELATIONSHIPS: readonly PlanRelationship[] = [];
const NO_INSTANCES: PlanNode['instances'] = {};

function planned({ type, target, properties, source, targetSide }: BoundRelationship): PlanRelationship {
  return {
    type: type.name,
    type_hierarchy: type.type_hierarchy,
    target_id: target,
    properties,
    source_interfaces: source.interfaces,
    target_interfaces: targetSide.interfaces,
    source_operations: source.operations,
    target_operations: targetSide.operations,
  };
}

/** What each node uses: by its operations, its relationships' source operations, and targets of others' (plan.md §1.1). */
function pluginsInUse(templates: readonly Template[]): GatheredPlugins {
  const used = new GatheredPlugins();
  for (const { name, bound, relationships } of templates) {
    used.add(name, bound.plugins);
    for (const { source, target, targetSide } of relationships) {
      used.add(name, source.plugins);
      used.add(target, targetSide.plugins);
    }
  }
  return used;
}
