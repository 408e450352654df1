import { Document, Scalar, isCollection, visit } from 'yaml';
import type {
  DeploymentPlan,
  InputSchema,
  NodeInstance,
  Plan,
  PlanNode,
  PlanRelationship,
  ResolvedOperations,
} from '../../src/core/dsl/plan.js';
import { jsonPieces } from '../../src/core/dsl/plan-codec.js';
import { isComposite, partsOf } from '../../src/core/dsl/plan-sharing.js';
import { Bytes, DateValue, Float } from '../../src/core/dsl/values.js';

const WIDTH = 110;

/**
 * A plan in few words, for people to review: what the built-in types bring to every node is left out, and so is what is
 * empty. What a deployment changes stands beside it.
 */
export function compactPlan(plan: Plan, deployment: DeploymentPlan): string {
  const compact = {
    version: plan.version.raw,
    description: plan.description,
    inputs: mapped(plan.inputs, (input) => short(input)),
    'inputs given': deployment.inputs,
    nodes: mapped(new Map(plan.nodes.map((node) => [node.name, node])), (node) => nodeOf(node, deployment)),
    'node instances': instancesOf(deployment.node_instances),
    relationships: ownNames(plan.relationships),
    workflows: mapped(own(plan.workflows), (workflow) => ({
      runs: `${workflow.plugin}: ${workflow.operation}`,
      parameters: workflow.parameters,
      cascading: workflow.is_cascading || undefined,
      available: workflow.availability_rules,
    })),
    'data types': ownNames(plan.data_types),
    'policy types': ownNames(plan.policy_types),
    groups: mapped(plan.groups, (group) => ({
      members: group.members,
      policies: mapped(group.policies, (policy) => policy),
    })),
    policies: plan.policies,
    'scaling groups': mapped(deployment.scaling_groups, (group) => ({
      members: [...group.members].toSorted(),
      instances: group.properties.current_instances,
    })),
    outputs: evaluated(plan.outputs, deployment.outputs),
    capabilities: evaluated(plan.capabilities, deployment.capabilities),
    labels: mapped(deployment.labels, ({ values }) => values),
    'blueprint labels': mapped(plan.blueprint_labels, ({ values }) => values),
    'resource tags': plan.resource_tags,
    settings: deployment.deployment_settings,
    'imported blueprints': plan.imported_blueprints,
    namespaces: plan.namespaces_mapping,
    requirements: plan.requirements,
    'plugins of workflows': plan.workflow_plugins_to_install.map(({ name }) => name),
    'plugins of the deployment': plan.deployment_plugins_to_install.map((plugin) =>
      plugin.properties.size === 0 ? plugin.name : { [plugin.name]: plugin.properties },
    ),
    'plugins of hosts': plan.host_agent_plugins_to_install.map(({ name }) => name),
    'other deployments': deployment.inter_deployment_functions.map(({ function_identifier, target_deployment }) => [
      function_identifier,
      ...target_deployment,
    ]),
  };
  return printed(pruned(plainOf(compact)));
}

/** YAML in which what fits into a line stands in one. */
function printed(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, (_key, node, path) => {
    if (isCollection(node) && path.length > 3 && JSON.stringify(node).length < WIDTH - path.length) node.flow = true;
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** What the YAML library prints: floats with their fraction, dates and bytes by their names. */
function plainOf(value: unknown): unknown {
  if (value instanceof Float) {
    const scalar = new Scalar(value.value);
    scalar.minFractionDigits = 1;
    return scalar;
  }
  if (value instanceof DateValue) return `date ${value.iso}`;
  if (value instanceof Bytes) return `bytes ${value.hex}`;
  if (!isComposite(value)) return value;
  const parts = [...partsOf(value)].map(([key, item]) => [key ?? '', plainOf(item)] as const);
  return Array.isArray(value) ? parts.map(([, item]) => item) : Object.fromEntries(parts);
}

function nodeOf(node: PlanNode, deployment: DeploymentPlan): object {
  const deployed = deployment.nodes.find(({ name }) => name === node.name);
  const { default_instances, min_instances, max_instances } = node.capabilities.scalable.properties;
  const isPlain = default_instances === 1 && min_instances === 0 && max_instances === -1;
  return {
    type: node.type_hierarchy.join(' < '),
    host: node.host_id,
    properties: node.properties,
    evaluated: differs(node.properties, deployed?.properties),
    instances: isPlain ? undefined : [min_instances, default_instances, max_instances],
    operations: operationsOf(node.operations),
    relationships: node.relationships.map((relationship) => relationshipOf(relationship)),
    plugins: node.plugins.map(({ name, executor }) => `${name} (${executor ?? 'none'})`).toSorted(),
    'plugins of the host': node.plugins_to_install?.map(({ name }) => name).toSorted(),
  };
}

function relationshipOf(relationship: PlanRelationship): object {
  return {
    [relationship.type]: relationship.target_id,
    properties: relationship.properties.size === 1 ? undefined : relationship.properties,
    connection: same(relationship.properties.get('connection_type'), 'all_to_all'),
    source: operationsOf(relationship.source_operations),
    target: operationsOf(relationship.target_operations),
  };
}

/** Operations that do something, by their full names, and those names that are short. */
function operationsOf(operations: ResolvedOperations): unknown {
  const names = [...operations.keys()].filter((name) => name.includes('.'));
  const shown = new Map<string, unknown>();
  for (const name of names) {
    const operation = operations.get(name);
    if (operation === undefined || operation.plugin === '' || operation.plugin === 'agent') continue;
    const runs = `${operation.plugin}: ${operation.operation} (${operation.executor ?? 'none'})`;
    const { inputs, inputs_types, max_retries, retry_interval, timeout, timeout_recoverable } = operation;
    const more = { inputs, types: inputs_types, max_retries, retry_interval, timeout, timeout_recoverable };
    const isAmbiguous = !operations.has(name.slice(name.lastIndexOf('.') + 1));
    const rest = Object.fromEntries(
      Object.entries({
        ...more,
        ambiguous: isAmbiguous || undefined,
        inputs: inputs.size === 0 ? null : inputs,
      }).filter(([, value]) => value !== null && value !== undefined),
    );
    shown.set(name.replace('cloudify.interfaces.', ''), Object.keys(rest).length === 0 ? runs : { runs, ...rest });
  }
  return shown;
}

/** How many instances each node has, and how many relationships they have together. */
function instancesOf(instances: readonly NodeInstance[]): ReadonlyMap<string, string> {
  const found = new Map<string, { count: number; targets: Map<string, number>; groups: Set<string> }>();
  for (const instance of instances) {
    const of = found.get(instance.node_id) ?? { count: 0, targets: new Map(), groups: new Set() };
    found.set(instance.node_id, of);
    of.count += 1;
    for (const { target_name } of instance.relationships) {
      of.targets.set(target_name, (of.targets.get(target_name) ?? 0) + 1);
    }
    for (const { name, id } of instance.scaling_groups ?? []) of.groups.add(`${name} ${id}`);
  }
  return new Map(
    [...found].map(([node, { count, targets, groups }]) => [
      node,
      [
        String(count),
        ...[...targets].map(([target, number]) => `${number} to ${target}`),
        ...(groups.size === 0 ? [] : [`${groups.size} group instances`]),
      ].join(', '),
    ]),
  );
}

function own<T>(entries: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...entries].filter(([name]) => !BUILT_IN.test(name)));
}
const BUILT_IN =
  /^(?:install|check_status|check_drift|uninstall|reinstall|start|stop|restart|execute_operation|heal|scale|install_new_agents|validate_agents|rollback|pull)$|^cloudify\.(?:datatypes|policies)|^cloudify\.relationships\.(?:depends_on|connected_to|contained_in|file_system)/;

function ownNames(entries: ReadonlyMap<string, unknown>): readonly string[] {
  return [...own(entries).keys()];
}

function mapped<T, R>(entries: ReadonlyMap<string, T>, to: (value: T) => R): ReadonlyMap<string, R> {
  return new Map([...entries].map(([name, value]) => [name, to(value)]));
}

/** A schema without its words. */
function short(schema: InputSchema): unknown {
  return { ...schema, description: undefined };
}

function evaluated(planned: Plan['outputs'], deployed: Plan['outputs']): ReadonlyMap<string, unknown> {
  return new Map(
    [...planned].map(([name, { value }]) => {
      const now = differs(value, deployed.get(name)?.value);
      return [name, now === undefined ? value : { planned: value, evaluated: now }];
    }),
  );
}

function differs(planned: unknown, deployed: unknown): unknown {
  return text(planned) === text(deployed) ? undefined : deployed;
}

function same(value: unknown, usual: unknown): unknown {
  return value === usual || value === undefined ? undefined : value;
}

function text(value: unknown): string {
  return [...jsonPieces(value)].join('');
}

/** Without what is null or empty. */
function pruned(value: unknown): unknown {
  if (value instanceof Scalar) return value;
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'object' ? pruned(item) : item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, KEPT.has(key) ? item : pruned(item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => !isEmpty(item)));
}
/** What users wrote is kept as it is. */
const KEPT: ReadonlySet<string> = new Set([
  'properties',
  'inputs given',
  'evaluated',
  'inputs',
  'parameters',
  'settings',
]);

function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    (typeof value === 'object' && !(value instanceof Scalar) && Object.keys(value).length === 0)
  );
}
