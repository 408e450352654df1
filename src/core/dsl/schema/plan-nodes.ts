import type { At } from '../diagnostics.js';
import type { PlanNode, PlanPlugin, PlanRelationship, RelationshipTypePlan, ScalableProperties } from '../plan.js';
import type { Dict } from '../values.js';
import { hostsOf } from './hosts.js';
import type { NodeType } from './node-types.js';
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
  const used = pluginsInUse(templates);
  const onHost = new Map<string, Set<PlanPlugin>>();
  for (const template of templates) {
    const host = hosts.get(template.name);
    const plugin = used.get(template.name)?.find(({ executor }) => executor === HOST);
    if (host === undefined && plugin !== undefined) {
      const message = `Node template '${template.name}' has no host, but plugin '${plugin.name}' needs one to run on`;
      reading.report(24, template.at, message);
    } else if (host !== undefined) {
      collect(onHost, host, withExecutor(used.get(template.name), HOST));
    }
  }
  const lists = new SharedLists();
  const nodes = templates.map((template): PlanNode => {
    const { name, typeName, type, bound } = template;
    const host = hosts.get(name);
    const plugins = lists.of(used.get(name));
    return {
      id: name,
      name,
      type: typeName,
      type_hierarchy: type.hierarchy,
      properties: template.properties,
      capabilities: lists.capabilities(template.scalable),
      instances: template.deploy === undefined ? {} : { deploy: template.deploy },
      interfaces: bound.interfaces,
      operations: bound.operations,
      relationships: template.relationships.length === 0 ? NO_RELATIONSHIPS : template.relationships.map(planned),
      ...(host === undefined ? {} : { host_id: host }),
      plugins,
      deployment_plugins_to_install: lists.of(withExecutor(plugins, CENTRAL)),
      ...(type.isHost ? { plugins_to_install: lists.of(onHost.get(name)) } : {}),
    };
  });
  return {
    nodes,
    deploymentPlugins: [...new Set(nodes.flatMap((node) => node.deployment_plugins_to_install))],
    hostAgentPlugins: [...new Set(nodes.flatMap((node) => node.plugins_to_install ?? []))],
  };
}

const NO_RELATIONSHIPS: readonly PlanRelationship[] = [];

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
function pluginsInUse(templates: readonly Template[]): ReadonlyMap<string, readonly PlanPlugin[]> {
  const used = new Map<string, Set<PlanPlugin>>();
  for (const { name, bound, relationships } of templates) {
    collect(used, name, bound.plugins);
    for (const { source, target, targetSide } of relationships) {
      collect(used, name, source.plugins);
      collect(used, target, targetSide.plugins);
    }
  }
  return new Map([...used].map(([name, plugins]) => [name, [...plugins]] as const));
}

function collect(into: Map<string, Set<PlanPlugin>>, name: string, plugins: readonly PlanPlugin[]): void {
  if (plugins.length === 0) {
    return;
  }
  const known = into.get(name) ?? new Set();
  for (const plugin of plugins) {
    known.add(plugin);
  }
  into.set(name, known);
}

function withExecutor(plugins: readonly PlanPlugin[] | undefined, executor: string): readonly PlanPlugin[] {
  return plugins?.filter((plugin) => plugin.executor === executor) ?? [];
}

/** Equal lists of plugins, and equal numbers of instances, as one object: thousands of nodes have the same. */
class SharedLists {
  private readonly numbers = new Map<PlanPlugin, number>();
  private readonly lists = new Map<string, readonly PlanPlugin[]>();
  private readonly scalable = new Map<ScalableProperties, PlanNode['capabilities']>();

  of(plugins: Iterable<PlanPlugin> | undefined): readonly PlanPlugin[] {
    const list = [...(plugins ?? [])];
    const key = list.map((plugin) => this.numberOf(plugin)).join();
    const known = this.lists.get(key) ?? list;
    this.lists.set(key, known);
    return known;
  }

  capabilities(properties: ScalableProperties): PlanNode['capabilities'] {
    const known = this.scalable.get(properties) ?? { scalable: { properties } };
    this.scalable.set(properties, known);
    return known;
  }

  private numberOf(plugin: PlanPlugin): number {
    const number = this.numbers.get(plugin) ?? this.numbers.size;
    this.numbers.set(plugin, number);
    return number;
  }
}
