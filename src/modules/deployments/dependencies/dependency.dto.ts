import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../../core/access/visibility.js';
import { Bool, Dict, List, Maybe, Str } from '../../../platform/http/validation.js';
import { ListMetadataModel, PaginationModel } from '../ownership/list.dto.js';

type Dictionary = Readonly<Record<string, unknown>>;

class NamedDependency {
  @ApiProperty({ description: 'What made it, such as `component.NODE_INSTANCE` or the path of a function' })
  @Str()
  readonly dependency_creator: string;
  @ApiProperty() @Str() readonly source_deployment: string;
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly target_deployment?:
    string | null;
  @ApiProperty({ type: Object, required: false, nullable: true, description: 'Says which one at run time' })
  @Maybe()
  @Dict()
  readonly target_deployment_func?: Dictionary | null;
  @ApiProperty({ type: Object, required: false, nullable: true, description: 'The source is on another manager' })
  @Maybe()
  @Dict()
  readonly external_source?: Dictionary | null;
  @ApiProperty({ type: Object, required: false, nullable: true, description: 'The target is on another manager' })
  @Maybe()
  @Dict()
  readonly external_target?: Dictionary | null;
}

/** Body of `PUT /deployments/inter-deployment-dependencies` (rest-api §3.3). */
export class PutDependency extends NamedDependency {
  @ApiProperty({ type: String, required: false, nullable: true }) @Maybe() @Str() readonly id?: string | null;
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

/** Body of `DELETE /deployments/inter-deployment-dependencies`. */
export class DeleteDependency extends NamedDependency {
  @ApiProperty({ type: Boolean, required: false, nullable: true, description: 'The target may be gone already' })
  @Maybe()
  @Bool()
  readonly is_component_deletion?: boolean | null;
}

/** Body of `PUT /deployments/{id}/inter-deployment-dependencies`. */
export class ReplaceDependencies {
  @ApiProperty({ type: Object, isArray: true }) @List() readonly inter_deployment_dependencies: readonly unknown[];
}

/** Body of `POST /deployments/inter-deployment-dependencies`. */
export class AddDependencies extends ReplaceDependencies {
  @ApiProperty() @Str() readonly source_deployment_id: string;
}

/** rest-api §3.3. */
export class DependencyModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty() readonly dependency_creator: string;
  @ApiProperty({ type: String, nullable: true }) readonly source_deployment_id: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly target_deployment_id: string | null;
  @ApiProperty({ type: Object, nullable: true }) readonly target_deployment_func: Dictionary | null;
  @ApiProperty({ type: Object, nullable: true }) readonly external_source: Dictionary | null;
  @ApiProperty({ type: Object, nullable: true }) readonly external_target: Dictionary | null;
}

export class DependencyListModel {
  @ApiProperty({ type: DependencyModel, isArray: true }) readonly items: readonly DependencyModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}

class DependencyId {
  @ApiProperty() readonly id: string;
}

class DependencyIdMetadata {
  @ApiProperty({ type: PaginationModel }) readonly pagination: PaginationModel;
}

/** What bulk routes answer. */
export class DependencyIdListModel {
  @ApiProperty({ type: DependencyId, isArray: true }) readonly items: readonly DependencyId[];
  @ApiProperty({ type: DependencyIdMetadata }) readonly metadata: DependencyIdMetadata;
}
