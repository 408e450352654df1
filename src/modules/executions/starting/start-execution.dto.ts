import { ApiProperty } from '@nestjs/swagger';
import { EXECUTION_ACTIONS } from '../../../core/executions/actions.js';
import { EXECUTION_STATUSES } from '../../../core/executions/transitions.js';
import { AnyJson, Dict, LooseBool, Maybe, Str } from '../../../platform/http/validation.js';

const optional = { required: false, nullable: true } as const;
const restore = { type: String, ...optional, description: 'Restore only' } as const;

/** Body of `POST /executions` (rest-api §3.6). */
export class StartExecution {
  @ApiProperty({ description: 'Empty only where a record is restored' }) @Str() readonly deployment_id: string;
  @ApiProperty() @Str() readonly workflow_id: string;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly parameters?: Readonly<
    Record<string, unknown>
  > | null;
  @ApiProperty({ type: Boolean, ...optional }) @Maybe() @LooseBool() readonly allow_custom_parameters?: boolean | null;
  @ApiProperty({ type: Boolean, ...optional }) @Maybe() @LooseBool() readonly force?: boolean | null;
  @ApiProperty({ type: Boolean, ...optional }) @Maybe() @LooseBool() readonly dry_run?: boolean | null;
  @ApiProperty({ type: Boolean, ...optional }) @Maybe() @LooseBool() readonly queue?: boolean | null;
  @ApiProperty({ type: 'integer', ...optional, description: 'Seconds; 600 unless said' })
  @Maybe()
  @AnyJson()
  readonly wait_after_fail?: unknown;
  @ApiProperty({ type: String, ...optional, description: 'Starts it once, at that time' })
  @Maybe()
  @Str()
  readonly scheduled_time?: string | null;
  @ApiProperty(restore) @Maybe() @Str() readonly id?: string | null;
  @ApiProperty({ ...restore, enum: EXECUTION_STATUSES }) @Maybe() @Str() readonly force_status?: string | null;
  @ApiProperty(restore) @Maybe() @Str() readonly error?: string | null;
  @ApiProperty({ type: Boolean, ...optional, description: 'Restore only' })
  @Maybe()
  @LooseBool()
  readonly is_system_workflow?: boolean | null;
  @ApiProperty(restore) @Maybe() @Str() readonly created_by?: string | null;
  @ApiProperty(restore) @Maybe() @Str() readonly created_at?: string | null;
  @ApiProperty(restore) @Maybe() @Str() readonly started_at?: string | null;
  @ApiProperty(restore) @Maybe() @Str() readonly ended_at?: string | null;
}

/** Body of `POST /executions/{id}`. */
export class ActOnExecution {
  @ApiProperty({ enum: EXECUTION_ACTIONS }) @Str() readonly action: string;
}

/** Body of `PATCH /executions/{id}`. */
export class UpdateExecution {
  @ApiProperty({ enum: EXECUTION_STATUSES }) @Str() readonly status: string;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly error?: string | null;
}

/** Body of `DELETE /executions`: one of both. */
export class DeleteExecutions {
  @ApiProperty({ type: 'integer', ...optional, minimum: 1 }) @Maybe() @AnyJson() readonly keep_last?: unknown;
  @ApiProperty({ type: String, format: 'date-time', ...optional }) @Maybe() @Str() readonly to_datetime?: string | null;
}

class DeletedCount {
  @ApiProperty({ type: 'integer' }) readonly count: number;
}

export class DeletedExecutions {
  @ApiProperty({ type: DeletedCount, isArray: true }) readonly items: readonly DeletedCount[];
  @ApiProperty({ type: Object }) readonly metadata: object;
}
