import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../../core/access/visibility.js';
import { AnyJson, Dict, List, Maybe, Str } from '../../../platform/http/validation.js';
import { DeploymentLabelModel } from '../deployment.dto.js';
import { ListMetadataModel } from '../ownership/list.dto.js';

type Dictionary = Readonly<Record<string, unknown>>;
const optional = { required: false, nullable: true } as const;

/** Body of `PUT /deployment-groups/{id}` (rest-api §3.4). */
export class PutGroup {
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly description?: string | null;
  @ApiProperty({ enum: VISIBILITIES, ...optional }) @Maybe() @Str() readonly visibility?: string | null;
  @ApiProperty({ type: Object, isArray: true, ...optional }) @Maybe() @List() readonly labels?:
    readonly unknown[] | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly blueprint_id?: string | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly default_inputs?: Dictionary | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly filter_id?: string | null;
  @ApiProperty({ type: Object, isArray: true, ...optional }) @Maybe() @List() readonly filter_rules?:
    readonly unknown[] | null;
  @ApiProperty({ type: String, isArray: true, ...optional }) @Maybe() @List() readonly deployment_ids?:
    readonly unknown[] | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly deployments_from_group?: string | null;
  @ApiProperty({
    type: Object,
    isArray: true,
    ...optional,
    description:
      'Deployments to be made: `id` (a template), `inputs`, `labels`, `display_name`, `site_name`, `runtime_only_evaluation`, `skip_plugins_validation`',
  })
  @Maybe()
  @List()
  readonly new_deployments?: readonly unknown[] | null;
  @ApiProperty({ type: String, ...optional, description: 'Restore only' }) @Maybe() @Str() readonly created_at?:
    string | null;
  @ApiProperty({ type: String, ...optional, description: 'Restore only' }) @Maybe() @Str() readonly created_by?:
    string | null;
  @ApiProperty({ type: 'integer', ...optional, description: 'Restore only' })
  @Maybe()
  @AnyJson()
  readonly creation_counter?: unknown;
}

/** Body of `PATCH /deployment-groups/{id}`. */
export class UpdateGroup {
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly add?: Dictionary | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @Dict() readonly remove?: Dictionary | null;
}

/** rest-api §3.4. */
export class GroupModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty({ type: String, nullable: true }) readonly description: string | null;
  @ApiProperty({ type: Object, nullable: true }) readonly default_inputs: Dictionary | null;
  @ApiProperty({ type: String, nullable: true }) readonly default_blueprint_id: string | null;
  @ApiProperty({ type: 'integer' }) readonly creation_counter: number;
  @ApiProperty({ type: String, isArray: true }) readonly deployment_ids: readonly string[];
  @ApiProperty({ type: DeploymentLabelModel, isArray: true }) readonly labels: readonly DeploymentLabelModel[];
}

export class GroupListModel {
  @ApiProperty({ type: GroupModel, isArray: true }) readonly items: readonly GroupModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}

export class DeletedGroupModel {
  @ApiProperty({ description: 'Of the executions that delete the deployments' }) readonly execution_group_id: string;
}
