import { ApiProperty } from '@nestjs/swagger';

const nullableText = { type: String, nullable: true } as const;
const nullableDate = { type: String, format: 'date-time', nullable: true } as const;

/** rest-api §3.6. */
export class ExecutionModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ enum: ['private', 'tenant', 'global'] }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: ['private', 'tenant', 'global'] }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty() readonly workflow_id: string;
  @ApiProperty() readonly status: string;
  @ApiProperty({ description: 'As `status`, with `completed` for `terminated`' }) readonly status_display: string;
  @ApiProperty(nullableText) readonly error: string | null;
  @ApiProperty(nullableText) readonly deployment_id: string | null;
  @ApiProperty(nullableText) readonly deployment_display_name: string | null;
  @ApiProperty(nullableText) readonly blueprint_id: string | null;
  @ApiProperty({ type: Object }) readonly parameters: Readonly<Record<string, unknown>>;
  @ApiProperty(nullableDate) readonly started_at: string | null;
  @ApiProperty(nullableDate) readonly ended_at: string | null;
  @ApiProperty(nullableDate) readonly scheduled_for: string | null;
  @ApiProperty() readonly is_system_workflow: boolean;
  @ApiProperty() readonly is_dry_run: boolean;
  @ApiProperty() readonly resume: boolean;
  @ApiProperty() readonly allow_custom_parameters: boolean;
  @ApiProperty({ type: 'integer' }) readonly total_operations: number;
  @ApiProperty({ type: 'integer' }) readonly finished_operations: number;
}

/** rest-api §3.17; with `_sub_field` a group has `by <sub field>`, too. */
export class ExecutionSummaryModel {
  @ApiProperty({ type: Object, isArray: true, example: [{ status: 'terminated', executions: 3 }] })
  readonly items: readonly object[];
  @ApiProperty({ type: Object }) readonly metadata: object;
}

/** rest-api §3.9. `event_type` belongs to events, `logger` and `level` to logs. */
export class EventModel {
  @ApiProperty({ type: 'integer' }) readonly _storage_id: number;
  @ApiProperty({ type: String, format: 'date-time' }) readonly timestamp: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly reported_timestamp: string;
  @ApiProperty({ enum: ['cloudify_event', 'cloudify_log'] }) readonly type: string;
  @ApiProperty() readonly message: string;
  @ApiProperty({ type: String, required: false }) readonly event_type?: string;
  @ApiProperty({ type: String, required: false }) readonly logger?: string;
  @ApiProperty({ type: String, required: false }) readonly level?: string;
  @ApiProperty(nullableText) readonly execution_id: string | null;
  @ApiProperty(nullableText) readonly workflow_id: string | null;
  @ApiProperty(nullableText) readonly execution_group_id: string | null;
  @ApiProperty(nullableText) readonly blueprint_id: string | null;
  @ApiProperty(nullableText) readonly deployment_id: string | null;
  @ApiProperty(nullableText) readonly deployment_display_name: string | null;
  @ApiProperty(nullableText) readonly node_instance_id: string | null;
  @ApiProperty(nullableText) readonly node_name: string | null;
  @ApiProperty(nullableText) readonly operation: string | null;
  @ApiProperty(nullableText) readonly source_id: string | null;
  @ApiProperty(nullableText) readonly target_id: string | null;
  @ApiProperty(nullableText) readonly manager_name: string | null;
  @ApiProperty(nullableText) readonly agent_name: string | null;
  @ApiProperty({ type: Object, isArray: true, nullable: true }) readonly error_causes: readonly unknown[] | null;
}
