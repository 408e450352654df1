import { ApiProperty } from '@nestjs/swagger';
import { AnyJson, Dict, List, LooseBool, Maybe, Str } from '../../../platform/http/validation.js';

const optional = { required: false, nullable: true } as const;
type Dictionary = Readonly<Record<string, unknown>>;

/** Body of `POST /execution-groups` (rest-api §3.7). */
export class StartGroup {
  @ApiProperty() @Str() readonly deployment_group_id: string;
  @ApiProperty() @Str() readonly workflow_id: string;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly default_parameters?: Dictionary | null;
  @ApiProperty({ type: Object, ...optional, description: '`{deployment: {name: value}}`, over the defaults' })
  @Maybe()
  @Dict()
  readonly parameters?: Dictionary | null;
  @ApiProperty({ type: Boolean, ...optional }) @Maybe() @LooseBool() readonly force?: boolean | null;
  @ApiProperty({ type: 'integer', minimum: 0, default: 5, ...optional })
  @Maybe()
  @AnyJson()
  readonly concurrency?: unknown;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly success_group_id?: string | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly failed_group_id?: string | null;
  @ApiProperty({ type: String, ...optional, description: 'Restore only, as those that follow' })
  @Maybe()
  @Str()
  readonly id?: string | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly created_by?: string | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly created_at?: string | null;
  @ApiProperty({ type: Object, isArray: true, ...optional, description: '`[{execution_id}]`' })
  @Maybe()
  @List()
  readonly associated_executions?: readonly unknown[] | null;
}

/** Body of `POST /execution-groups/{id}`. */
export class GroupAction {
  @ApiProperty({ enum: ['cancel', 'force-cancel', 'kill', 'resume', 'force-resume'] }) @Str() readonly action: string;
}

/** Body of `PATCH /execution-groups/{id}`. */
export class UpdateGroup {
  @ApiProperty({ type: String, ...optional, description: 'Deployment group for what succeeded' })
  @Maybe()
  @Str()
  readonly success_group_id?: string | null;
  @ApiProperty({ type: String, ...optional, description: 'Deployment group for what failed' })
  @Maybe()
  @Str()
  readonly failure_group_id?: string | null;
  @ApiProperty({ type: 'integer', minimum: 0, ...optional, description: '0 pauses' })
  @Maybe()
  @AnyJson()
  readonly concurrency?: unknown;
}

/** rest-api §3.7. */
export class ExecutionGroupModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ enum: ['private', 'tenant', 'global'] }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: ['private', 'tenant', 'global'] }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty() readonly workflow_id: string;
  @ApiProperty({ type: String, nullable: true }) readonly deployment_group_id: string | null;
  @ApiProperty({ type: 'integer' }) readonly concurrency: number;
  @ApiProperty({ type: [String], nullable: true }) readonly execution_ids: readonly string[] | null;
  @ApiProperty({ type: String, nullable: true }) readonly status: string | null;
}
