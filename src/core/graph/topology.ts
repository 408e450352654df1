import type { PlanNode, PlanRelationship, ResolvedOperation } from '../dsl/plan.js';
import type { Json } from './task.js';

/** What workflows need of a node: a `PlanNode` fits, and so does a stored one. */
export type WorkflowNode = Pick<PlanNode, 'id' | 'type_hierarchy' | 'properties' | 'operations'> & {
  readonly relationships: readonly WorkflowRelationship[];
};
type WorkflowRelationship = Pick<
  PlanRelationship,
  'type' | 'target_id' | 'type_hierarchy' | 'properties' | 'source_operations' | 'target_operations'
>;

export interface WorkflowInstance {
  readonly id: string;
  readonly node_id: string;
  readonly state: string;
  readonly host_id?: string | null;
  readonly relationships: readonly {
    readonly type: string;
    readonly target_name: string;
    readonly target_id: string;
  }[];
  /** The runtime property `cloudify_agent.install_method`, when there is one. */
  readonly install_method?: string;
}

/** A relationship of an instance with both ends. */
export interface Link {
  readonly source: WorkflowInstance;
  readonly target: WorkflowInstance;
  readonly relationship: WorkflowRelationship;
}

export interface Selection {
  readonly type_names?: readonly string[];
  readonly node_ids?: readonly string[];
  readonly node_instance_ids?: readonly string[];
}

/** Of configuration scope `workflow` (orchestration §7). Seconds. */
export interface RetrySettings {
  readonly taskRetries: number;
  readonly taskRetryInterval: number;
  readonly subgraphRetries: number;
}

export const HOST = 'cloudify.nodes.Compute';
export const CONTAINED_IN = 'cloudify.relationships.contained_in';

/** The nodes and node instances of a deployment as they are when a graph is made. */
export class WorkflowTopology {
  private readonly nodes: ReadonlyMap<string, WorkflowNode>;
  private readonly byId: ReadonlyMap<string, WorkflowInstance>;

  constructor(
    nodes: readonly WorkflowNode[],
    readonly instances: readonly WorkflowInstance[],
    readonly retries: RetrySettings,
  ) {
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
    this.byId = new Map(instances.map((instance) => [instance.id, instance]));
  }

  instance(id: string): WorkflowInstance | undefined {
    return this.byId.get(id);
  }

  nodeOf(id: string): WorkflowNode | undefined {
    return this.nodes.get(id);
  }

  /** @throws TypeError for an instance without its node */
  node(instance: WorkflowInstance): WorkflowNode {
    const node = this.nodes.get(instance.node_id);
    if (node === undefined) {
      throw new TypeError('a node instance is of a node that is not there');
    }
    return node;
  }

  /** In the order of declaration; those to instances that are gone are left out. */
  links(source: WorkflowInstance): readonly Link[] {
    const declared = this.node(source).relationships;
    return source.relationships.flatMap(({ type, target_id: id, target_name: name }) => {
      const target = this.byId.get(id);
      const relationship =
        declared.find((each) => each.target_id === name && each.type === type) ??
        declared.find((each) => each.target_id === name);
      return target === undefined || relationship === undefined ? [] : [{ source, target, relationship }];
    });
  }

  /** All given lists must fit; an empty one is none (orchestration §9.5). */
  select({
    type_names: types = [],
    node_ids: nodes = [],
    node_instance_ids: ids = [],
  }: Selection): readonly WorkflowInstance[] {
    const [wantedNodes, wantedIds] = [new Set(nodes), new Set(ids)];
    return this.instances.filter((instance) => {
      const { type_hierarchy: hierarchy } = this.node(instance);
      return (
        (types.length === 0 || types.some((type) => hierarchy.includes(type))) &&
        (nodes.length === 0 || wantedNodes.has(instance.node_id)) &&
        (ids.length === 0 || wantedIds.has(instance.id))
      );
    });
  }

  isHost(instance: WorkflowInstance): boolean {
    return this.node(instance).type_hierarchy.includes(HOST);
  }

  /** Of the agent of a host; the runtime property overrides the node's (agent-protocol §8). */
  installMethod(instance: WorkflowInstance): string {
    if (instance.install_method !== undefined) {
      return instance.install_method;
    }
    const { properties } = this.node(instance);
    const install = properties.get('install_agent');
    const config = properties.get('agent_config');
    const method = config instanceof Map ? (config as ReadonlyMap<string, unknown>).get('install_method') : undefined;
    return install === false ? 'none' : typeof method === 'string' ? method : 'remote';
  }
}

/** The operation, unless there is nothing to run. */
export function implemented(
  operations: ReadonlyMap<string, ResolvedOperation>,
  name: string,
): ResolvedOperation | null {
  const operation = operations.get(name);
  return operation === undefined || operation.operation === '' ? null : operation;
}

export interface OperationCall {
  readonly kwargs?: Readonly<Record<string, Json>>;
  readonly override?: boolean | null;
}
