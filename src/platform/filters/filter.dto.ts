import { ApiProperty } from '@nestjs/swagger';
import { ATTRIBUTE_OPERATORS, LABEL_OPERATORS } from '../../core/filters/filter-rules.js';
import { VISIBILITIES } from '../../core/access/visibility.js';
import { Dict, List, Maybe, Str } from '../http/validation.js';

export class FilterRuleModel {
  @ApiProperty() readonly key: string;
  @ApiProperty({ type: String, isArray: true }) readonly values: readonly string[];
  @ApiProperty({ enum: [...new Set([...LABEL_OPERATORS, ...ATTRIBUTE_OPERATORS])] }) readonly operator: string;
  @ApiProperty({ enum: ['label', 'attribute'] }) readonly type: string;
}

/** Body of `PUT /filters/…/{id}` (rest-api §3.15). */
export class PutFilter {
  @ApiProperty({ type: FilterRuleModel, isArray: true }) @List() readonly filter_rules: readonly unknown[];
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

/** Body of `PATCH /filters/…/{id}`. */
export class UpdateFilter {
  @ApiProperty({ type: FilterRuleModel, isArray: true, required: false }) @Maybe() @List() readonly filter_rules?:
    readonly unknown[] | null;
  @ApiProperty({ enum: VISIBILITIES, required: false }) @Maybe() @Str() readonly visibility?: string | null;
}

/** Body of `POST /searches/…` (rest-api §3.16). */
export class Search {
  @ApiProperty({ type: FilterRuleModel, isArray: true, required: false }) @Maybe() @List() readonly filter_rules?:
    readonly unknown[] | null;
  @ApiProperty({
    type: Object,
    required: false,
    nullable: true,
    description: 'Instead of `filter_rules`: `labels`, `filter_id`, `tenants`, `valid_values`, `name_pattern`',
  })
  @Maybe()
  @Dict()
  readonly constraints?: Readonly<Record<string, unknown>> | null;
}

/** rest-api §3.15. */
export class FilterModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty({ type: FilterRuleModel, isArray: true }) readonly value: readonly FilterRuleModel[];
  @ApiProperty({ type: FilterRuleModel, isArray: true }) readonly labels_filter_rules: readonly FilterRuleModel[];
  @ApiProperty({ type: FilterRuleModel, isArray: true }) readonly attrs_filter_rules: readonly FilterRuleModel[];
  @ApiProperty({ type: String, format: 'date-time' }) readonly updated_at: string;
  @ApiProperty() readonly is_system_filter: boolean;
}

class FilterPagination {
  @ApiProperty({ type: 'integer' }) readonly total: number;
  @ApiProperty({ type: 'integer' }) readonly size: number;
  @ApiProperty({ type: 'integer' }) readonly offset: number;
}

class FilterListMetadata {
  @ApiProperty({ type: FilterPagination }) readonly pagination: FilterPagination;
  @ApiProperty({ type: 'integer', nullable: true }) readonly filtered: number | null;
}

export class FilterListModel {
  @ApiProperty({ type: FilterModel, isArray: true }) readonly items: readonly FilterModel[];
  @ApiProperty({ type: FilterListMetadata }) readonly metadata: FilterListMetadata;
}
