import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../../core/access/visibility.js';
import { Dict, List, Maybe, Str } from '../../../platform/http/validation.js';
import { ListMetadataModel } from '../ownership/list.dto.js';

const nullableText = { type: String, nullable: true } as const;
const optional = { required: false, nullable: true } as const;

class OwnedModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
}

/** rest-api §3.10. */
export class NodeModel extends OwnedModel {
  @ApiProperty() readonly deployment_id: string;
  @ApiProperty() readonly deployment_display_name: string;
  @ApiProperty() readonly blueprint_id: string;
  @ApiProperty() readonly type: string;
  @ApiProperty(nullableText) readonly host_id: string | null;
  @ApiProperty({ type: String, isArray: true }) readonly type_hierarchy: readonly string[];
  @ApiProperty({ type: Object }) readonly properties: object;
  @ApiProperty({ type: Object }) readonly operations: object;
  @ApiProperty({ type: Object, isArray: true }) readonly relationships: readonly object[];
  @ApiProperty({ type: Object, isArray: true, nullable: true }) readonly plugins: readonly object[] | null;
  @ApiProperty({ type: Object, isArray: true, nullable: true }) readonly plugins_to_install: readonly object[] | null;
  @ApiProperty({ type: 'integer' }) readonly number_of_instances: number;
  @ApiProperty({ type: 'integer' }) readonly planned_number_of_instances: number;
  @ApiProperty({ type: 'integer' }) readonly deploy_number_of_instances: number;
  @ApiProperty({ type: 'integer' }) readonly min_number_of_instances: number;
  @ApiProperty({ type: 'integer', description: '−1 is unbounded' }) readonly max_number_of_instances: number;
  @ApiProperty({ type: 'integer' }) readonly actual_number_of_instances: number;
  @ApiProperty({ type: 'integer' }) readonly actual_planned_number_of_instances: number;
  @ApiProperty({ type: 'integer' }) readonly drifted_instances: number;
  @ApiProperty({ type: 'integer' }) readonly unavailable_instances: number;
}

export class NodeListModel {
  @ApiProperty({ type: NodeModel, isArray: true }) readonly items: readonly NodeModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}

/** rest-api §3.10. */
export class NodeInstanceModel extends OwnedModel {
  @ApiProperty() readonly node_id: string;
  @ApiProperty() readonly deployment_id: string;
  @ApiProperty(nullableText) readonly host_id: string | null;
  @ApiProperty() readonly state: string;
  @ApiProperty({ type: 'integer' }) readonly index: number;
  @ApiProperty({ type: 'integer' }) readonly version: number;
  @ApiProperty({ type: Object }) readonly runtime_properties: object;
  @ApiProperty({ type: Object }) readonly system_properties: object;
  @ApiProperty({ type: Object, isArray: true }) readonly relationships: readonly object[];
  @ApiProperty({ type: Object, isArray: true }) readonly scaling_groups: readonly object[];
  @ApiProperty() readonly has_configuration_drift: boolean;
  @ApiProperty() readonly is_status_check_ok: boolean;
}

export class NodeInstanceListModel {
  @ApiProperty({ type: NodeInstanceModel, isArray: true }) readonly items: readonly NodeInstanceModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}

/** Body of `PATCH /node-instances/{id}`; judged in instance-update.ts, whose refusals have a shape of their own. */
export class UpdateNodeInstanceModel {
  @ApiProperty({ type: 'integer', minimum: 0 }) readonly version: number;
  @ApiProperty({ type: String, ...optional }) readonly state?: string | null;
  @ApiProperty({ type: Object, ...optional }) readonly runtime_properties?: object | null;
  @ApiProperty({ type: Object, ...optional }) readonly system_properties?: object | null;
  @ApiProperty({ type: Object, isArray: true, ...optional, description: 'Only by an update of the deployment' })
  readonly relationships?: readonly object[] | null;
}

/** Body of `POST /nodes`. */
export class AddNodes {
  @ApiProperty() @Str() readonly deployment_id: string;
  @ApiProperty({ type: Object, isArray: true }) @List() readonly nodes: readonly unknown[];
}

/** Body of `POST /node-instances`. */
export class AddNodeInstances {
  @ApiProperty() @Str() readonly deployment_id: string;
  @ApiProperty({ type: Object, isArray: true }) @List() readonly node_instances: readonly unknown[];
}

/** Body of `PATCH /nodes/{deployment_id}/{node_id}`. */
export class UpdateNode {
  @ApiProperty({ type: Object, isArray: true, ...optional }) @Maybe() @List() readonly plugins?:
    readonly unknown[] | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly operations?: object | null;
  @ApiProperty({ type: Object, isArray: true, ...optional })
  @Maybe()
  @List()
  readonly relationships?: readonly unknown[] | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly properties?: object | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly capabilities?: object | null;
}
