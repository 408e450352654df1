import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../../core/access/visibility.js';
import { AnyJson, Dict, List, LooseBool, Maybe, Str } from '../../../platform/http/validation.js';

type Dictionary = Readonly<Record<string, unknown>>;

export const UPDATE_STATES = [
  'updating',
  'executing_workflow',
  'finalizing',
  'successful',
  'failed',
  'preview',
] as const;
export type UpdateState = (typeof UPDATE_STATES)[number];

const optional = { required: false, nullable: true } as const;
const flag = { type: Boolean, default: false, ...optional } as const;

/** Body of `POST /deployment-updates/{deployment_id}/update/initiate` (rest-api §3.5); each may be absent. */
export class InitiateUpdate {
  @ApiProperty({ type: String, ...optional, description: 'The present one where it is absent' })
  @Maybe()
  @Str()
  readonly blueprint_id?: string | null;
  @ApiProperty({ type: Object, ...optional, description: 'Take the place of present ones, one by one' })
  @Maybe()
  @Dict()
  readonly inputs?: Dictionary | null;
  @ApiProperty({ type: String, isArray: true, ...optional, description: 'Node instances to reinstall in any case' })
  @Maybe()
  @List()
  readonly reinstall_list?: readonly unknown[] | null;
  @ApiProperty({ ...flag, description: 'Plan only, and wait for the plan' })
  @Maybe()
  @LooseBool()
  readonly preview?: boolean | null;
  @ApiProperty({ ...flag, description: 'Even though others depend on the deployment' })
  @Maybe()
  @LooseBool()
  readonly force?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly reevaluate_active_statuses?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly auto_correct_types?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly install_first?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly ignore_failure?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly skip_reinstall?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly skip_uninstall?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly skip_install?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly skip_drift_check?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly force_reinstall?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly skip_heal?: boolean | null;
  @ApiProperty({ type: Boolean, default: true, ...optional }) @Maybe() @LooseBool() readonly update_plugins?:
    boolean | null;
  @ApiProperty({ type: Boolean, ...optional, description: "The deployment's where it is absent" })
  @Maybe()
  @LooseBool()
  readonly runtime_only_evaluation?: boolean | null;
  @ApiProperty({ type: String, ...optional, description: 'A workflow that takes the place of the built-in operations' })
  @Maybe()
  @Str()
  readonly workflow_id?: string | null;
}

/** Body of `PUT /deployment-updates/{id}` (rest-api §3.5). */
export class PutUpdate {
  @ApiProperty() @Str() readonly deployment_id: string;
  @ApiProperty({ enum: UPDATE_STATES, ...optional }) @Maybe() @Str() readonly state?: string | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly inputs?: Dictionary | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly old_inputs?: Dictionary | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly new_inputs?: Dictionary | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly blueprint_id?: string | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly old_blueprint_id?: string | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly new_blueprint_id?: string | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly execution_id?: string | null;
  @ApiProperty({ type: Object, isArray: true, ...optional }) @Maybe() @List() readonly steps?:
    readonly unknown[] | null;
  @ApiProperty({ type: Boolean, ...optional }) @Maybe() @LooseBool() readonly runtime_only_evaluation?: boolean | null;
  @ApiProperty(flag) @Maybe() @LooseBool() readonly keep_old_deployment_dependencies?: boolean | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly created_at?: string | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly created_by?: string | null;
}

/** Body of `PATCH /deployment-updates/{id}`. */
export class PatchUpdate {
  @ApiProperty({ enum: UPDATE_STATES, ...optional }) @Maybe() @Str() readonly state?: string | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @AnyJson() readonly plan?: unknown;
  @ApiProperty({ type: Object, isArray: true, ...optional }) @Maybe() @List() readonly steps?:
    readonly unknown[] | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @AnyJson() readonly nodes?: unknown;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @AnyJson() readonly node_instances?: unknown;
}

/** Body of `POST /deployment-updates`. */
export class RestoreUpdates {
  @ApiProperty({ type: Object, isArray: true, description: 'Each as for PUT, with its `id`' })
  @List()
  readonly deployment_updates: readonly unknown[];
}

class UpdateStepModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ enum: ['add', 'remove', 'modify'] }) readonly action: string;
  @ApiProperty() readonly entity_type: string;
  @ApiProperty({ type: String, isArray: true }) readonly entity_id: readonly string[];
  @ApiProperty({ type: 'integer' }) readonly topology_order: number;
  @ApiProperty() readonly deployment_update_id: string;
}

const preview = { isArray: true, nullable: true, description: 'Of a preview' } as const;

/** rest-api §3.5 */
export class DeploymentUpdateModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty() readonly deployment_id: string;
  @ApiProperty({ type: String, nullable: true }) readonly execution_id: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly old_blueprint_id: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly new_blueprint_id: string | null;
  @ApiProperty({ enum: UPDATE_STATES }) readonly state: string;
  @ApiProperty({ type: Object, nullable: true }) readonly old_inputs: Dictionary | null;
  @ApiProperty({ type: Object, nullable: true }) readonly new_inputs: Dictionary | null;
  @ApiProperty({ type: Boolean, nullable: true }) readonly runtime_only_evaluation: boolean | null;
  @ApiProperty() readonly keep_old_deployment_dependencies: boolean;
  @ApiProperty({ type: Object, nullable: true }) readonly deployment_plan: Dictionary | null;
  @ApiProperty({ type: Object, nullable: true }) readonly deployment_update_nodes: Dictionary | null;
  @ApiProperty({ type: Object, nullable: true }) readonly deployment_update_node_instances: Dictionary | null;
  @ApiProperty({ type: Object, nullable: true }) readonly modified_entity_ids: Dictionary | null;
  @ApiProperty({ type: UpdateStepModel, isArray: true }) readonly steps: readonly UpdateStepModel[];
  @ApiProperty({ type: Object, isArray: true, nullable: true }) readonly central_plugins_to_install: unknown;
  @ApiProperty({ type: Object, isArray: true, nullable: true }) readonly central_plugins_to_uninstall: unknown;
  @ApiProperty({ type: Object, ...preview }) readonly recursive_dependencies: unknown;
  @ApiProperty({ type: Object, ...preview }) readonly schedules_to_create: unknown;
  @ApiProperty({ type: String, ...preview }) readonly schedules_to_delete: unknown;
  @ApiProperty({ type: Object, ...preview }) readonly labels_to_create: unknown;
}
