import type { Dict, Value } from './values.js';

/**
 * The plan (plan.md): keys are those of the wire. Dictionaries whose keys a user chose are Maps, structures are
 * interfaces; an optional key is absent, not undefined, when it was not written.
 */
interface PlanVersion {
  readonly raw: string;
  readonly definitions_name: string;
  readonly definitions_version: readonly [number, number];
}

/** Written keys only (plan.md §1); null is what was written as null, and means as much as an absent key. */
export interface PropertySchema {
  readonly type?: string;
  readonly default?: Value;
  readonly description?: string | null;
  readonly required?: boolean | null;
}
export type PropertySchemas = ReadonlyMap<string, PropertySchema>;

/** One operator with its argument; `error_message` where it was written. */
export type Constraint = Dict;

/** Inputs, operation inputs of types, workflow parameters: written keys only, defaults completed. */
export interface InputSchema extends PropertySchema {
  readonly display_label?: string | null;
  readonly hidden?: boolean | null;
  readonly item_type?: string | null;
  readonly constraints?: readonly Constraint[] | null;
  readonly display?: Dict | null;
}
export type InputSchemas = ReadonlyMap<string, InputSchema>;

export interface DataTypePlan {
  readonly properties: PropertySchemas;
  readonly description: string | null;
  readonly derived_from: string | null;
  readonly version: string | null;
}

export interface OutputDefinition {
  /** Absent for an entry that was written as null. */
  readonly value?: Value;
  readonly description?: string;
}

/** An operation of an interface in its long form; of a template after merging with its type (`inputs` are values). */
export interface InterfaceOperation<I = Dict> {
  readonly implementation: string;
  readonly inputs: I;
  readonly executor: string | null;
  readonly max_retries: number | null;
  readonly retry_interval: Value;
  readonly timeout: Value;
  readonly timeout_recoverable: boolean | null;
}
/** Interface name → operation name → operation. */
export type Interfaces<I = Dict> = ReadonlyMap<string, ReadonlyMap<string, InterfaceOperation<I>>>;

/** plan.md §1.3 */
export interface ResolvedOperation {
  readonly plugin: string;
  readonly operation: string;
  readonly executor: string | null;
  readonly inputs: Dict;
  readonly has_intrinsic_functions: boolean;
  readonly max_retries: number | null;
  readonly retry_interval: Value;
  readonly timeout: Value;
  readonly timeout_recoverable: boolean | null;
  readonly inputs_types?: Dict;
}
export type ResolvedOperations = ReadonlyMap<string, ResolvedOperation>;

export interface PlanPlugin {
  readonly name: string;
  readonly executor: string | null;
  readonly source: string | null;
  readonly install: boolean;
  readonly install_arguments: string | null;
  readonly package_name: string | null;
  readonly package_version: string | null;
  readonly supported_platform: string | null;
  readonly distribution: string | null;
  readonly distribution_version: string | null;
  readonly distribution_release: string | null;
  readonly properties_description: string | null;
  /** Property → `{type?, description?, display_label?, value?}`. */
  readonly properties: Dict;
}

/** Numbers, or functions until a deployment is created; `max_instances` −1 is unbounded. */
export interface ScalableProperties {
  readonly min_instances: Value;
  readonly max_instances: Value;
  readonly default_instances: Value;
  readonly current_instances: Value;
  readonly planned_instances: Value;
}

/** plan.md §1.2 */
export interface PlanRelationship {
  readonly type: string;
  readonly type_hierarchy: readonly string[];
  readonly target_id: string;
  readonly properties: Dict;
  readonly source_interfaces: Interfaces;
  readonly target_interfaces: Interfaces;
  readonly source_operations: ResolvedOperations;
  readonly target_operations: ResolvedOperations;
}

/** plan.md §1.1 */
export interface PlanNode {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly type_hierarchy: readonly string[];
  readonly properties: Dict;
  readonly capabilities: { readonly scalable: { readonly properties: ScalableProperties } };
  readonly instances: { readonly deploy?: number };
  readonly interfaces: Interfaces;
  readonly operations: ResolvedOperations;
  readonly relationships: readonly PlanRelationship[];
  readonly host_id?: string;
  readonly plugins: readonly PlanPlugin[];
  readonly deployment_plugins_to_install: readonly PlanPlugin[];
  /** Only on nodes of a host type. */
  readonly plugins_to_install?: readonly PlanPlugin[];
}

export interface RelationshipTypePlan {
  readonly name: string;
  readonly derived_from?: string;
  readonly type_hierarchy: readonly string[];
  readonly properties: PropertySchemas;
  readonly source_interfaces: Interfaces<InputSchemas>;
  readonly target_interfaces: Interfaces<InputSchemas>;
}

/** plan.md §1.4 */
export interface PlanWorkflow {
  readonly plugin: string;
  readonly operation: string;
  readonly parameters: InputSchemas;
  readonly is_cascading: boolean;
  readonly availability_rules: Dict | null;
}

export interface PolicyTypePlan {
  readonly source: string;
  readonly properties: PropertySchemas;
}
export interface PolicyTriggerPlan {
  readonly source: string;
  readonly parameters: PropertySchemas;
}
export interface GroupPolicy {
  readonly type: string;
  readonly properties: Dict;
  readonly triggers: ReadonlyMap<string, { readonly type: string; readonly parameters: Dict }>;
}
export interface PlanGroup {
  readonly members: readonly string[];
  readonly policies: ReadonlyMap<string, GroupPolicy>;
}
export interface PlanPolicy {
  readonly type: string;
  readonly properties: ScalableProperties;
  readonly targets: readonly string[];
}
export interface ScalingGroup {
  readonly members: readonly string[];
  readonly properties: ScalableProperties;
}
export interface LabelValues {
  readonly values: readonly Value[];
}
export interface Requirements {
  readonly parent_capabilities: readonly (readonly Value[])[];
  /** Each as it was written: a name, `[name, part…]` or a function. */
  readonly secrets: readonly Value[];
}

/** What a blueprint means, whatever its inputs (plan.md §1). */
export interface Plan {
  readonly version: PlanVersion;
  readonly description: string | null;
  readonly metadata: Dict | null;
  readonly inputs: InputSchemas;
  readonly outputs: ReadonlyMap<string, OutputDefinition>;
  readonly capabilities: ReadonlyMap<string, OutputDefinition>;
  readonly nodes: readonly PlanNode[];
  readonly relationships: ReadonlyMap<string, RelationshipTypePlan>;
  readonly workflows: ReadonlyMap<string, PlanWorkflow>;
  readonly policy_types: ReadonlyMap<string, PolicyTypePlan>;
  readonly policy_triggers: ReadonlyMap<string, PolicyTriggerPlan>;
  readonly policies: ReadonlyMap<string, PlanPolicy>;
  readonly groups: ReadonlyMap<string, PlanGroup>;
  readonly scaling_groups: ReadonlyMap<string, ScalingGroup>;
  readonly data_types: ReadonlyMap<string, DataTypePlan>;
  readonly labels: ReadonlyMap<string, LabelValues>;
  readonly blueprint_labels: ReadonlyMap<string, LabelValues>;
  readonly resource_tags: Dict;
  /** Written keys only; schedules normalised (dsl.md §13). */
  readonly deployment_settings: Dict;
  readonly deployment_plugins_to_install: readonly PlanPlugin[];
  readonly host_agent_plugins_to_install: readonly PlanPlugin[];
  readonly workflow_plugins_to_install: readonly PlanPlugin[];
  readonly imported_blueprints: readonly string[];
  readonly namespaces_mapping: ReadonlyMap<string, string>;
  readonly requirements: Requirements;
}

/** plan.md §3 */
export interface NodeInstance {
  readonly id: string;
  readonly name: string;
  readonly node_id: string;
  readonly relationships: readonly InstanceRelationship[];
  readonly host_id?: string;
  /** Direct memberships, innermost group first. */
  readonly scaling_groups?: readonly { readonly name: string; readonly id: string }[];
}
export interface InstanceRelationship {
  readonly type: string;
  /** The target node. */
  readonly target_name: string;
  /** The target instance. */
  readonly target_id: string;
}

/** One use of another deployment's capability (dsl.md §15). */
export interface InterDeploymentFunction {
  readonly function_identifier: string;
  readonly target_deployment: readonly [string | null, Value];
  readonly context: { readonly self?: string; readonly source?: string; readonly target?: string };
}

/** A plan with given inputs, its functions evaluated, and the instances to make (plan.md §2). */
export interface DeploymentPlan extends Omit<Plan, 'inputs'> {
  /** Final values. */
  readonly inputs: Dict;
  readonly node_instances: readonly NodeInstance[];
  readonly inter_deployment_functions: readonly InterDeploymentFunction[];
}
