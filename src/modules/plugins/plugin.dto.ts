import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../core/access/visibility.js';
import { INSTALLATION_STATES } from '../../core/plugins/installation-state.js';
import { Bool, Dict, List, Maybe, Str } from '../../platform/http/validation.js';

type Dictionary = Readonly<Record<string, unknown>>;

const nullableText = { type: String, nullable: true } as const;
const optional = { required: false, nullable: true } as const;
const anyJson = { type: Object, nullable: true } as const;

/** Body of `DELETE /plugins/{id}` (rest-api §3.12). */
export class DeletePlugin {
  @ApiProperty({ type: Boolean, required: false, default: false, description: 'Also when blueprints use it' })
  @Maybe()
  @Bool()
  readonly force?: boolean | null;
}

/** Body of `PATCH /plugins/{id}`; null takes away. */
export class UpdatePlugin {
  @ApiProperty({ type: String, ...optional, description: 'Restore only' })
  @Maybe()
  @Str()
  readonly creator?: string | null;

  @ApiProperty({ type: Object, ...optional, description: '`{"key": ["value"]}`' })
  @Maybe()
  @Dict()
  readonly blueprint_labels?: Dictionary | null;

  @ApiProperty({ type: Object, ...optional, description: '`{"key": ["value"]}`' })
  @Maybe()
  @Dict()
  readonly labels?: Dictionary | null;

  @ApiProperty({ type: Object, ...optional })
  @Maybe()
  @Dict()
  readonly resource_tags?: Dictionary | null;
}

/** Body of `POST /plugins/{id}`. */
export class PluginAction {
  @ApiProperty({ enum: ['install'] })
  @Str()
  readonly action: string;

  @ApiProperty({ type: String, isArray: true, ...optional, description: 'Host names as `GET /managers` shows them' })
  @Maybe()
  @List()
  readonly managers?: readonly unknown[] | null;

  @ApiProperty({ type: String, isArray: true, ...optional, description: 'Names of agents' })
  @Maybe()
  @List()
  readonly agents?: readonly unknown[] | null;
}

/** Body of `PUT /plugins/{id}`: exactly one of `agent` and `manager`. */
export class SetInstallationState {
  @ApiProperty({ enum: INSTALLATION_STATES })
  @Str()
  readonly state: string;

  @ApiProperty({ type: String, ...optional })
  @Maybe()
  @Str()
  readonly agent?: string | null;

  @ApiProperty({ type: String, ...optional })
  @Maybe()
  @Str()
  readonly manager?: string | null;

  @ApiProperty({ type: String, ...optional, description: 'Why it failed' })
  @Maybe()
  @Str()
  readonly error?: string | null;
}

export class InstallationStateModel {
  @ApiProperty(nullableText) readonly manager: string | null;
  @ApiProperty(nullableText) readonly agent: string | null;
  @ApiProperty({ enum: INSTALLATION_STATES }) readonly state: string;
  @ApiProperty(nullableText) readonly error: string | null;
}

/** rest-api §3.12. */
export class PluginModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty() readonly archive_name: string;
  @ApiProperty() readonly package_name: string;
  @ApiProperty() readonly package_version: string;
  @ApiProperty(nullableText) readonly package_source: string | null;
  @ApiProperty(nullableText) readonly distribution: string | null;
  @ApiProperty(nullableText) readonly distribution_release: string | null;
  @ApiProperty(nullableText) readonly distribution_version: string | null;
  @ApiProperty(nullableText) readonly title: string | null;
  @ApiProperty({ description: 'How blueprints import it; empty without a YAML' }) readonly yaml_url_path: string;
  @ApiProperty(anyJson) readonly supported_platform: unknown;
  @ApiProperty(anyJson) readonly supported_py_versions: unknown;
  @ApiProperty(anyJson) readonly wheels: unknown;
  @ApiProperty(anyJson) readonly excluded_wheels: unknown;
  @ApiProperty(anyJson) readonly blueprint_labels: unknown;
  @ApiProperty(anyJson) readonly labels: unknown;
  @ApiProperty(anyJson) readonly resource_tags: unknown;
  @ApiProperty({ type: String, format: 'date-time' }) readonly uploaded_at: string;
  @ApiProperty({ type: String, isArray: true }) readonly yaml_files_paths: readonly string[];
  @ApiProperty({ type: InstallationStateModel, isArray: true })
  readonly installation_state: readonly InstallationStateModel[];
}

class PluginPagination {
  @ApiProperty({ type: 'integer' }) readonly total: number;
  @ApiProperty({ type: 'integer' }) readonly size: number;
  @ApiProperty({ type: 'integer' }) readonly offset: number;
}

class PluginListMetadata {
  @ApiProperty({ type: PluginPagination }) readonly pagination: PluginPagination;
  @ApiProperty({ type: 'integer', nullable: true }) readonly filtered: number | null;
}

export class PluginListModel {
  @ApiProperty({ type: PluginModel, isArray: true }) readonly items: readonly PluginModel[];
  @ApiProperty({ type: PluginListMetadata }) readonly metadata: PluginListMetadata;
}
