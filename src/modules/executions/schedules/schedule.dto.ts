import { ApiProperty } from '@nestjs/swagger';
import { AnyJson, Bool, Dict, List, LooseBool, Maybe, Str } from '../../../platform/http/validation.js';

const optional = { required: false, nullable: true } as const;
type Dictionary = Readonly<Record<string, unknown>>;

/** Body of `PATCH /execution-schedules/{id}` (rest-api §3.8); what is left out stays. */
export class UpdateSchedule {
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly workflow_id?: string | null;
  @ApiProperty({ type: String, ...optional, description: 'UTC' }) @Maybe() @Str() readonly since?: string | null;
  @ApiProperty({ type: String, ...optional, description: 'UTC' }) @Maybe() @Str() readonly until?: string | null;
  @ApiProperty({ type: String, ...optional, description: 'RFC 5545; excludes the next three' })
  @Maybe()
  @Str()
  readonly rrule?: string | null;
  @ApiProperty({ type: String, ...optional, description: '`2 hours`' }) @Maybe() @Str() readonly recurrence?:
    string | null;
  @ApiProperty({ type: 'integer', ...optional }) @Maybe() @AnyJson() readonly count?: unknown;
  @ApiProperty({ type: String, isArray: true, ...optional }) @Maybe() @List() readonly weekdays?:
    readonly unknown[] | null;
  @ApiProperty({ type: 'integer', ...optional, description: 'Minutes' }) @Maybe() @AnyJson() readonly slip?: unknown;
  @ApiProperty({ type: Boolean, ...optional }) @Maybe() @LooseBool() readonly stop_on_fail?: boolean | null;
  @ApiProperty({ type: Boolean, ...optional }) @Maybe() @Bool() readonly enabled?: boolean | null;
}

/** Body of `PUT /execution-schedules/{id}`. */
export class PutSchedule extends UpdateSchedule {
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly parameters?: Dictionary | null;
  @ApiProperty({
    type: Object,
    ...optional,
    description: '`allow_custom_parameters`, `force`, `dry_run`, `wait_after_fail`',
  })
  @Maybe()
  @Dict()
  readonly execution_arguments?: Dictionary | null;
  @ApiProperty({ type: String, ...optional, description: 'Restore only' }) @Maybe() @Str() readonly created_at?:
    string | null;
  @ApiProperty({ type: String, ...optional, description: 'Restore only' }) @Maybe() @Str() readonly created_by?:
    string | null;
}

/** rest-api §3.8. */
export class ScheduleModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ enum: ['private', 'tenant', 'global'] }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: ['private', 'tenant', 'global'] }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty() readonly deployment_id: string;
  @ApiProperty() readonly workflow_id: string;
  @ApiProperty({ type: Object }) readonly rule: Dictionary;
  @ApiProperty({ type: String, format: 'date-time' }) readonly since: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly until: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly next_occurrence: string | null;
  @ApiProperty({ type: 'integer', description: 'Minutes' }) readonly slip: number;
  @ApiProperty({ type: Object, nullable: true }) readonly parameters: Dictionary | null;
  @ApiProperty({ type: Object }) readonly execution_arguments: Dictionary;
  @ApiProperty() readonly stop_on_fail: boolean;
  @ApiProperty() readonly enabled: boolean;
  @ApiProperty({ type: String, nullable: true }) readonly latest_execution_status: string | null;
  @ApiProperty({ type: [String] }) readonly all_next_occurrences: readonly string[];
}
