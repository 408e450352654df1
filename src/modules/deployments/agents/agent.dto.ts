import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../../core/access/visibility.js';
import { Bool, Maybe, Str } from '../../../platform/http/validation.js';
import { ListMetadataModel } from '../ownership/list.dto.js';

export const AGENT_STATES = [
  'creating',
  'created',
  'configuring',
  'configured',
  'starting',
  'started',
  'stopping',
  'stopped',
  'deleting',
  'deleted',
  'restarting',
  'restarted',
  'restored',
  'upgrading',
  'upgraded',
  'nonresponsive',
  'failed',
] as const;

/** Body of `PUT /agents/{name}` (rest-api §3.11). */
export class PutAgent {
  @ApiProperty() @Str() readonly node_instance_id: string;
  @ApiProperty({ enum: AGENT_STATES }) @Str() readonly state: string;
  @ApiProperty({ description: 'No broker serves agents yet: nothing is made there' })
  @Bool()
  readonly create_rabbitmq_user: boolean;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly ip?: string | null;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly install_method?:
    string | null;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly system?: string | null;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly version?: string | null;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly rabbitmq_username?:
    string | null;
  @ApiProperty({ type: String, required: false, nullable: true, description: 'Taken, and not kept' })
  @Maybe()
  @Str()
  readonly rabbitmq_password?: string | null;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly rabbitmq_exchange?:
    string | null;
  @ApiProperty({ enum: VISIBILITIES, required: false, nullable: true }) @Maybe() @Str() readonly visibility?:
    string | null;
  @ApiProperty({ type: String, format: 'date-time', required: false, nullable: true, description: 'Restore only' })
  @Maybe()
  @Str()
  readonly created_at?: string | null;
  @ApiProperty({ type: String, required: false, nullable: true, description: 'Restore only' })
  @Maybe()
  @Str()
  readonly created_by?: string | null;
}

/** Body of `PATCH /agents/{name}`. */
export class UpdateAgent {
  @ApiProperty({ enum: AGENT_STATES, required: false, nullable: true }) @Maybe() @Str() readonly state?: string | null;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly system?: string | null;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly version?: string | null;
}

/** Body of `PATCH /agents`. */
export class ReplaceAgentCertificates {
  @ApiProperty({ description: 'Whether the new certificates join the old ones' }) @Bool() readonly bundle: boolean;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly broker_ca_cert?:
    string | null;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly manager_ca_cert?:
    string | null;
}

export class UpdatedAgentsModel {
  @ApiProperty({ type: 'integer' }) readonly number_of_updated_agents: number;
}

export class AgentItemModel {
  @ApiProperty() readonly id: string;
  @ApiProperty() readonly host_id: string;
  @ApiProperty() readonly node_instance_id: string;
  @ApiProperty({ type: String, nullable: true }) readonly ip: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly install_method: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly system: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly version: string | null;
  @ApiProperty() readonly node: string;
  @ApiProperty() readonly deployment: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty({ enum: AGENT_STATES }) readonly state: string;
  @ApiProperty({ type: String, nullable: true }) readonly rabbitmq_exchange: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'With `_get_data`' }) readonly rabbitmq_username:
    string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Always null: none is kept' })
  readonly rabbitmq_password: string | null;
}

/** rest-api §3.11. */
export class AgentModel extends AgentItemModel {
  @ApiProperty() readonly name: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) readonly updated_at: string;
  @ApiProperty() readonly node_id: string;
  @ApiProperty() readonly deployment_id: string;
  @ApiProperty({ description: 'Older name of `node_id`' }) readonly node_ids: string;
  @ApiProperty({ description: 'Older name of `node_instance_id`' }) readonly node_instance_ids: string;
  @ApiProperty({ type: String, nullable: true, description: 'Older name of `install_method`' })
  readonly install_methods: string | null;
}

export class AgentListModel {
  @ApiProperty({ type: AgentItemModel, isArray: true }) readonly items: readonly AgentItemModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}
