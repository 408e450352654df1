import { ApiProperty } from '@nestjs/swagger';
import { ListMetadataModel, PaginationModel } from '../ownership/list.dto.js';

export class LabelTextListModel {
  @ApiProperty({ type: String, isArray: true }) readonly items: readonly string[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}

class PaginationOnly {
  @ApiProperty({ type: PaginationModel }) readonly pagination: PaginationModel;
}

/** Items are named by the fields that were asked for (rest-api §3.17). */
export class SummaryModel {
  @ApiProperty({ type: Object, isArray: true }) readonly items: readonly Readonly<Record<string, unknown>>[];
  @ApiProperty({ type: PaginationOnly }) readonly metadata: PaginationOnly;
}

/** A workflow that deployments have (rest-api §3.2). */
export class FoundWorkflowModel {
  @ApiProperty() readonly name: string;
  @ApiProperty() readonly plugin: string;
  @ApiProperty() readonly operation: string;
  @ApiProperty({ type: Object }) readonly parameters: Readonly<Record<string, unknown>>;
  @ApiProperty() readonly is_cascading: boolean;
  @ApiProperty({ description: 'On one of the deployments at least' }) readonly is_available: boolean;
  @ApiProperty({ type: Object, nullable: true }) readonly availability_rules: Readonly<Record<string, unknown>> | null;
}

export class FoundWorkflowListModel {
  @ApiProperty({ type: FoundWorkflowModel, isArray: true }) readonly items: readonly FoundWorkflowModel[];
  @ApiProperty({ type: PaginationOnly }) readonly metadata: PaginationOnly;
}

class ScalingGroupModel {
  @ApiProperty() readonly deployment_id: string;
  @ApiProperty() readonly name: string;
  @ApiProperty({ type: String, isArray: true }) readonly members: readonly string[];
  @ApiProperty({ type: Object }) readonly properties: Readonly<Record<string, unknown>>;
}

export class ScalingGroupListModel {
  @ApiProperty({ type: ScalingGroupModel, isArray: true }) readonly items: readonly ScalingGroupModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}
