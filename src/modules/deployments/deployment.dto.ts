import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../core/access/visibility.js';
import { AnyJson, Dict, List, LooseBool, Maybe, Str } from '../../platform/http/validation.js';
import { ListMetadataModel } from './ownership/list.dto.js';

const optional = { required: false, nullable: true } as const;
const nullableText = { type: String, nullable: true } as const;
const restore = { ...optional, description: 'Restore only' } as const;

/** Body of `PUT /deployments/{id}` (rest-api §3.2). */
export class CreateDeployment {
  @ApiProperty() @Str() readonly blueprint_id: string;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly inputs?: Readonly<
    Record<string, unknown>
  > | null;
  @ApiProperty({ enum: VISIBILITIES, ...optional }) @Maybe() @Str() readonly visibility?: string | null;
  @ApiProperty({ type: Object, isArray: true, ...optional, description: '`[{"env": "prod"}]`' })
  @Maybe()
  @List()
  readonly labels?: readonly unknown[] | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly site_name?: string | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly display_name?: string | null;
  @ApiProperty({ type: Boolean, ...optional }) @Maybe() @LooseBool() readonly skip_plugins_validation?: boolean | null;
  @ApiProperty({ type: Boolean, ...optional }) @Maybe() @LooseBool() readonly runtime_only_evaluation?: boolean | null;
  @ApiProperty({ type: String, ...restore }) @Maybe() @Str() readonly created_at?: string | null;
  @ApiProperty({ type: String, ...restore }) @Maybe() @Str() readonly created_by?: string | null;
  @ApiProperty({ type: String, ...restore }) @Maybe() @Str() readonly workdir_zip?: string | null;
  @ApiProperty({ type: String, ...restore }) @Maybe() @Str() readonly description?: string | null;
  @ApiProperty({ type: Object, ...restore }) @Maybe() @AnyJson() readonly workflows?: unknown;
  @ApiProperty({ type: Object, ...restore }) @Maybe() @Dict() readonly groups?: object | null;
  @ApiProperty({ type: Object, ...restore }) @Maybe() @Dict() readonly scaling_groups?: object | null;
  @ApiProperty({ type: Object, ...restore }) @Maybe() @Dict() readonly policy_triggers?: object | null;
  @ApiProperty({ type: Object, ...restore }) @Maybe() @Dict() readonly policy_types?: object | null;
  @ApiProperty({ type: Object, ...restore }) @Maybe() @Dict() readonly outputs?: object | null;
  @ApiProperty({ type: Object, ...restore }) @Maybe() @Dict() readonly capabilities?: object | null;
  @ApiProperty({ type: Object, ...restore }) @Maybe() @Dict() readonly resource_tags?: object | null;
  @ApiProperty({ type: String, ...restore }) @Maybe() @Str() readonly deployment_status?: string | null;
  @ApiProperty({ type: String, ...restore }) @Maybe() @Str() readonly installation_status?: string | null;
  @ApiProperty({ type: String, ...restore }) @Maybe() @Str() readonly sub_services_status?: string | null;
  @ApiProperty({ type: String, ...restore }) @Maybe() @Str() readonly sub_environments_status?: string | null;
  @ApiProperty({ type: 'integer', ...restore }) @Maybe() @AnyJson() readonly sub_services_count?: unknown;
  @ApiProperty({ type: 'integer', ...restore }) @Maybe() @AnyJson() readonly sub_environments_count?: unknown;
}

export class DeploymentLabelModel {
  @ApiProperty() readonly key: string;
  @ApiProperty() readonly value: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty() readonly created_by: string;
}

export class DeploymentWorkflowModel {
  @ApiProperty() readonly name: string;
  @ApiProperty() readonly plugin: string;
  @ApiProperty() readonly operation: string;
  @ApiProperty({ type: Object }) readonly parameters: object;
  @ApiProperty() readonly is_cascading: boolean;
  @ApiProperty() readonly is_available: boolean;
  @ApiProperty({ type: Object, nullable: true }) readonly availability_rules: object | null;
}

const STATUSES = ['good', 'in_progress', 'requires_attention'];

/** rest-api §3.2. */
export class DeploymentModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty() readonly display_name: string;
  @ApiProperty(nullableText) readonly description: string | null;
  @ApiProperty() readonly blueprint_id: string;
  @ApiProperty(nullableText) readonly site_name: string | null;
  @ApiProperty({ type: Object, nullable: true, description: 'Null until it is made' }) readonly inputs: unknown;
  @ApiProperty({ type: Object, nullable: true }) readonly groups: unknown;
  @ApiProperty({ type: Object, nullable: true }) readonly policy_triggers: unknown;
  @ApiProperty({ type: Object, nullable: true }) readonly policy_types: unknown;
  @ApiProperty({ type: Object, nullable: true }) readonly outputs: unknown;
  @ApiProperty({ type: Object, nullable: true }) readonly capabilities: unknown;
  @ApiProperty({ type: Object, nullable: true }) readonly scaling_groups: unknown;
  @ApiProperty({ type: Object, nullable: true }) readonly resource_tags: unknown;
  @ApiProperty(nullableText) readonly permalink: string | null;
  @ApiProperty({ type: String, format: 'date-time' }) readonly updated_at: string;
  @ApiProperty({ type: DeploymentWorkflowModel, isArray: true })
  readonly workflows: readonly DeploymentWorkflowModel[];
  @ApiProperty() readonly runtime_only_evaluation: boolean;
  @ApiProperty({ enum: ['active', 'inactive'] }) readonly installation_status: string;
  @ApiProperty({ enum: STATUSES }) readonly deployment_status: string;
  @ApiProperty({ enum: STATUSES, nullable: true }) readonly sub_services_status: string | null;
  @ApiProperty({ enum: STATUSES, nullable: true }) readonly sub_environments_status: string | null;
  @ApiProperty({ type: 'integer' }) readonly sub_services_count: number;
  @ApiProperty({ type: 'integer' }) readonly sub_environments_count: number;
  @ApiProperty({ type: 'integer' }) readonly drifted_instances: number;
  @ApiProperty({ type: 'integer' }) readonly unavailable_instances: number;
  @ApiProperty({ type: DeploymentLabelModel, isArray: true }) readonly labels: readonly DeploymentLabelModel[];
  @ApiProperty({ type: String, isArray: true }) readonly deployment_groups: readonly string[];
  @ApiProperty() readonly environment_type: string;
  @ApiProperty() readonly has_sub_deployments: boolean;
  @ApiProperty(nullableText) readonly latest_execution: string | null;
  @ApiProperty({ enum: ['completed', 'failed', 'cancelled', 'in_progress'], nullable: true })
  readonly latest_execution_status: string | null;
  @ApiProperty(nullableText) readonly latest_execution_workflow_id: string | null;
  @ApiProperty({ type: 'integer' }) readonly latest_execution_total_operations: number;
  @ApiProperty({ type: 'integer' }) readonly latest_execution_finished_operations: number;
  @ApiProperty(nullableText) readonly create_execution: string | null;
  @ApiProperty({ ...nullableText, description: 'Base64; only where it is asked for' })
  readonly workdir_zip: string | null;
}

export class DeploymentListModel {
  @ApiProperty({ type: DeploymentModel, isArray: true }) readonly items: readonly DeploymentModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}

export class DeploymentOutputsModel {
  @ApiProperty() readonly deployment_id: string;
  @ApiProperty({ type: Object }) readonly outputs: unknown;
}

export class DeploymentCapabilitiesModel {
  @ApiProperty() readonly deployment_id: string;
  @ApiProperty({ type: Object }) readonly capabilities: unknown;
}

const once = { ...optional, description: 'Set once, but by an update of the deployment' } as const;

/** Body of `PATCH /deployments/{id}`; judged in edits/deployment-update.ts. */
export class UpdateDeploymentModel {
  @ApiProperty({ type: Object, isArray: true, ...optional }) readonly labels?: readonly object[] | null;
  @ApiProperty({ type: String, ...optional }) readonly display_name?: string | null;
  @ApiProperty({ type: String, ...optional }) readonly create_execution?: string | null;
  @ApiProperty({ type: String, ...optional }) readonly latest_execution?: string | null;
  @ApiProperty({ type: String, ...optional, description: 'Only by an update of the deployment' })
  readonly blueprint_id?: string | null;
  @ApiProperty({ type: String, ...once }) readonly description?: string | null;
  @ApiProperty({ type: Object, ...once }) readonly workflows?: object | null;
  @ApiProperty({ type: Object, ...once }) readonly inputs?: object | null;
  @ApiProperty({ type: Object, ...once }) readonly policy_types?: object | null;
  @ApiProperty({ type: Object, ...once }) readonly policy_triggers?: object | null;
  @ApiProperty({ type: Object, ...once }) readonly groups?: object | null;
  @ApiProperty({ type: Object, ...once }) readonly scaling_groups?: object | null;
  @ApiProperty({ type: Object, ...once }) readonly outputs?: object | null;
  @ApiProperty({ type: Object, ...once }) readonly capabilities?: object | null;
  @ApiProperty({ type: Object, ...once }) readonly resource_tags?: object | null;
  @ApiProperty({ type: Boolean, ...once }) readonly runtime_only_evaluation?: boolean | null;
  @ApiProperty({ type: String, ...restore }) readonly creator?: string | null;
  @ApiProperty({ type: String, ...restore }) readonly created_at?: string | null;
}
