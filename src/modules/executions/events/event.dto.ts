import { ApiProperty } from '@nestjs/swagger';
import { List, Maybe, Str } from '../../../platform/http/validation.js';

const optional = { required: false, nullable: true } as const;

/** Body of `POST /events` (rest-api §3.9). */
export class ReportEvents {
  @ApiProperty({
    type: Object,
    isArray: true,
    ...optional,
    description: '`{event_type, message: {text}, context, timestamp, operation, message_code}`',
  })
  @Maybe()
  @List()
  readonly events?: readonly unknown[] | null;

  @ApiProperty({
    type: Object,
    isArray: true,
    ...optional,
    description: '`{logger, level, message: {text}, context, timestamp}`',
  })
  @Maybe()
  @List()
  readonly logs?: readonly unknown[] | null;

  @ApiProperty({ type: String, ...optional, description: 'That of the execution token where it is not given' })
  @Maybe()
  @Str()
  readonly execution_id?: string | null;

  @ApiProperty({ type: String, ...optional, description: 'Not together with `execution_id`' })
  @Maybe()
  @Str()
  readonly execution_group_id?: string | null;

  @ApiProperty({ type: String, ...optional })
  @Maybe()
  @Str()
  readonly manager_name?: string | null;

  @ApiProperty({ type: String, ...optional })
  @Maybe()
  @Str()
  readonly agent_name?: string | null;
}

export class RemovedEventsModel {
  @ApiProperty({ type: [Number], description: 'How many were removed' }) readonly items: readonly number[];
  @ApiProperty({ type: Object }) readonly metadata: object;
}
