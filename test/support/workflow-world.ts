import type { PlanNode, ResolvedOperation } from '../../src/core/dsl/plan.js';
import type { Value } from '../../src/core/dsl/values.js';
import type { WorkflowInstance, WorkflowNode } from '../../src/core/graph/topology.js';
import { WorkflowTopology } from '../../src/core/graph/topology.js';

export interface NodeShape {
  readonly name: string;
  readonly types?: readonly string[];
  readonly operations?: readonly string[];
  readonly properties?: ReadonlyMap<string, Value>;
  readonly retries?: number;
  readonly links?: readonly LinkShape[];
}
interface LinkShape {
  readonly to: string;
  readonly type?: string;
  readonly operations?: readonly string[];
  readonly properties?: ReadonlyMap<string, Value>;
}

const LIFECYCLE = 'cloudify.interfaces.lifecycle.';
const RELATIONSHIP = 'cloudify.interfaces.relationship_lifecycle.';
const nodeOf = (instance: string): string => instance.split('_')[0] ?? instance;
const full = (name: string): string => (name.includes('.') ? name : LIFECYCLE + name);

function operations(names: readonly string[], retries: number | null): ReadonlyMap<string, ResolvedOperation> {
  return new Map(
    names.map((name) => [
      name,
      {
        plugin: 'p',
        operation: `p.${name}`,
        executor: 'central_deployment_agent',
        inputs: new Map(),
        has_intrinsic_functions: false,
        max_retries: retries,
        retry_interval: null,
        timeout: null,
        timeout_recoverable: null,
      },
    ]),
  );
}

/** Short operation names are of the lifecycle interfaces. */
function workflowNode(shape: NodeShape): WorkflowNode {
  const { name, types = [], properties = new Map(), retries = null, links = [] } = shape;
  return {
    id: name,
    type_hierarchy: ['cloudify.nodes.Root', ...types],
    properties,
    operations: operations((shape.operations ?? []).map(full), retries),
    relationships: links.map((link): PlanNode['relationships'][number] => {
      const found = operations(
        (link.operations ?? []).map((each) => RELATIONSHIP + each),
        null,
      );
      return {
        type: 'r',
        type_hierarchy: [link.type ?? 'r'],
        target_id: link.to,
        properties: link.properties ?? new Map(),
        source_interfaces: new Map(),
        target_interfaces: new Map(),
        source_operations: found,
        target_operations: found,
      };
    }),
  };
}

export function workflowInstance(
  id: string,
  targets: readonly string[] = [],
  state = 'uninitialized',
): WorkflowInstance {
  const relationships = targets.map((target) => ({ type: 'r', target_name: nodeOf(target), target_id: target }));
  return { id, node_id: nodeOf(id), state, relationships };
}

export function workflowTopology(
  shapes: readonly NodeShape[],
  instances: readonly WorkflowInstance[],
  subgraphRetries = 0,
): WorkflowTopology {
  const settings = { taskRetries: 0, taskRetryInterval: 15, subgraphRetries };
  return new WorkflowTopology(shapes.map(workflowNode), instances, settings);
}
