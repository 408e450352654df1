import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../../core/access/visibility.js';
import { Dict, Maybe, Str } from '../../../platform/http/validation.js';
import { ListMetadataModel } from '../ownership/list.dto.js';

type Dictionary = Readonly<Record<string, unknown>>;

/** Body of `POST /deployment-modifications` (rest-api §3.5). */
export class StartModification {
  @ApiProperty() @Str() readonly deployment_id: string;
  @ApiProperty({
    type: Object,
    required: false,
    nullable: true,
    description:
      'Node or scaling group → `{"instances": int, "removed_ids_include_hint": [], "removed_ids_exclude_hint": []}`',
  })
  @Maybe()
  @Dict()
  readonly nodes?: Dictionary | null;
  @ApiProperty({ type: Object, required: false, nullable: true, description: 'Kept as it is' })
  @Maybe()
  @Dict()
  readonly context?: Dictionary | null;
}

/** rest-api §3.5. */
export class ModificationModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty() readonly deployment_id: string;
  @ApiProperty({ enum: ['started', 'finished', 'rolledback'] }) readonly status: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly ended_at: string | null;
  @ApiProperty({ type: Object, nullable: true }) readonly context: Dictionary | null;
  @ApiProperty({ type: Object }) readonly modified_nodes: Dictionary;
  @ApiProperty({
    type: Object,
    description:
      'Lists of node instances: `before_modification`, `added_and_related`, `removed_and_related`, `extended_and_related`, `reduced_and_related`, and `before_rollback` after a rollback',
  })
  readonly node_instances: Dictionary;
}

export class ModificationListModel {
  @ApiProperty({ type: ModificationModel, isArray: true }) readonly items: readonly ModificationModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}
