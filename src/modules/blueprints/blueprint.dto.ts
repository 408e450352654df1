import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../core/access/visibility.js';
import { BLUEPRINT_STATES } from './blueprint-state.js';

const nullableText = { type: String, nullable: true } as const;
const optional = { required: false, nullable: true } as const;

/** Body of `PATCH /blueprints/{id}`; judged in blueprint-update.ts, since unknown keys are refused here. */
export class UpdateBlueprintModel {
  @ApiProperty({
    type: Object,
    isArray: true,
    required: false,
    description: '`[{"env": "prod"}]` or `[{"key", "value"}]`',
  })
  readonly labels?: readonly object[];
  @ApiProperty({ enum: VISIBILITIES, required: false }) readonly visibility?: string;
  @ApiProperty({ type: String, ...optional }) readonly description?: string | null;
  @ApiProperty({ type: Object, ...optional, description: 'Restore only, as all that follow' }) readonly plan?:
    object | null;
  @ApiProperty({ type: Object, ...optional }) readonly requirements?: object | null;
  @ApiProperty({ type: String, ...optional }) readonly main_file_name?: string | null;
  @ApiProperty({ enum: BLUEPRINT_STATES, required: false }) readonly state?: string;
  @ApiProperty({ type: String, ...optional }) readonly error?: string | null;
  @ApiProperty({ type: String, ...optional }) readonly error_traceback?: string | null;
  @ApiProperty({ type: String, required: false }) readonly upload_execution?: string;
  @ApiProperty({ type: String, required: false }) readonly creator?: string;
  @ApiProperty({ type: String, format: 'date-time', required: false }) readonly created_at?: string;
}

export class LabelModel {
  @ApiProperty() readonly key: string;
  @ApiProperty() readonly value: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty() readonly created_by: string;
}

/** rest-api §3.1. */
export class BlueprintModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty({ ...nullableText, description: 'Null until it is chosen' }) readonly main_file_name: string | null;
  @ApiProperty({ type: Object, nullable: true, description: 'Null until parsed' }) readonly plan: unknown;
  @ApiProperty({ type: Object, nullable: true }) readonly requirements: unknown;
  @ApiProperty({ type: String, format: 'date-time' }) readonly updated_at: string;
  @ApiProperty(nullableText) readonly description: string | null;
  @ApiProperty() readonly is_hidden: boolean;
  @ApiProperty({ enum: BLUEPRINT_STATES }) readonly state: string;
  @ApiProperty(nullableText) readonly error: string | null;
  @ApiProperty(nullableText) readonly error_traceback: string | null;
  @ApiProperty({ type: LabelModel, isArray: true }) readonly labels: readonly LabelModel[];
  @ApiProperty({ type: Object, nullable: true, description: 'The execution that processes the upload' })
  readonly upload_execution: unknown;
}

class BlueprintPagination {
  @ApiProperty({ type: 'integer' }) readonly total: number;
  @ApiProperty({ type: 'integer' }) readonly size: number;
  @ApiProperty({ type: 'integer' }) readonly offset: number;
}

class BlueprintListMetadata {
  @ApiProperty({ type: BlueprintPagination }) readonly pagination: BlueprintPagination;
  @ApiProperty({ type: 'integer', nullable: true }) readonly filtered: number | null;
}

export class BlueprintListModel {
  @ApiProperty({ type: BlueprintModel, isArray: true }) readonly items: readonly BlueprintModel[];
  @ApiProperty({ type: BlueprintListMetadata }) readonly metadata: BlueprintListMetadata;
}

export class BlueprintSummaryItem {
  @ApiProperty({ required: false }) readonly tenant_name?: string;
  @ApiProperty({ enum: VISIBILITIES, required: false }) readonly visibility?: string;
  @ApiProperty({ type: 'integer' }) readonly blueprints: number;
}

class SummaryMetadata {
  @ApiProperty({ type: BlueprintPagination }) readonly pagination: BlueprintPagination;
}

/** With a sub-field each item has `by <field>`, too (rest-api §3.17). */
export class BlueprintSummaryModel {
  @ApiProperty({ type: BlueprintSummaryItem, isArray: true }) readonly items: readonly BlueprintSummaryItem[];
  @ApiProperty({ type: SummaryMetadata }) readonly metadata: SummaryMetadata;
}

export class TextListModel {
  @ApiProperty({ type: String, isArray: true }) readonly items: readonly string[];
  @ApiProperty({ type: BlueprintListMetadata }) readonly metadata: BlueprintListMetadata;
}
