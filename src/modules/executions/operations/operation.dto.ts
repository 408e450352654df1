import { ApiProperty } from '@nestjs/swagger';
import { AnyJson, Dict, List, Maybe, Str } from '../../../platform/http/validation.js';

const optional = { required: false, nullable: true } as const;
type Dictionary = Readonly<Record<string, unknown>>;

/** Body of `PUT /operations/{id}` (rest-api §3.20). */
export class PutOperation {
  @ApiProperty() @Str() readonly name: string;
  @ApiProperty() @Str() readonly graph_id: string;
  @ApiProperty({ type: [String] }) @List() readonly dependencies: readonly unknown[];
  @ApiProperty({ type: Object }) @Dict() readonly parameters: Dictionary;
  @ApiProperty() @Str() readonly type: string;
}

/** Body of `PATCH /operations/{id}`. */
export class PatchOperation {
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly state?: string | null;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @AnyJson() readonly result?: unknown;
  @ApiProperty({ type: Object, ...optional }) @Maybe() @AnyJson() readonly exception?: unknown;
  @ApiProperty({ type: Object, isArray: true, ...optional }) @Maybe() @AnyJson() readonly exception_causes?: unknown;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly manager_name?: string | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly agent_name?: string | null;
}

/** Body of `POST /operations`. */
export class OperationsAction {
  @ApiProperty({ enum: ['update-stored'] }) @Str() readonly action: string;
  @ApiProperty() @Str() readonly deployment_id: string;
  @ApiProperty() @Str() readonly node_id: string;
  @ApiProperty() @Str() readonly operation: string;
  @ApiProperty({ type: String, ...optional, description: '`source_operations` or `target_operations`' })
  @Maybe()
  @Str()
  readonly key?: string | null;
  @ApiProperty({ type: 'integer', ...optional, description: 'Which relationship of the node' })
  @Maybe()
  @AnyJson()
  readonly rel_index?: unknown;
}

/** Body of `POST /tasks_graphs/tasks_graphs`. */
export class PostTasksGraph {
  @ApiProperty() @Str() readonly name: string;
  @ApiProperty() @Str() readonly execution_id: string;
  @ApiProperty({ type: Object, isArray: true, ...optional }) @Maybe() @List() readonly operations?:
    readonly unknown[] | null;
  @ApiProperty({ type: String, ...optional, description: 'Restore only' }) @Maybe() @Str() readonly created_at?:
    string | null;
  @ApiProperty({ type: String, ...optional }) @Maybe() @Str() readonly graph_id?: string | null;
}

/** Body of `PATCH /tasks_graphs/{id}`. */
export class PatchTasksGraph {
  @ApiProperty() @Str() readonly state: string;
}

export class OperationModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ enum: ['private', 'tenant', 'global'] }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: ['private', 'tenant', 'global'] }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty() readonly name: string;
  @ApiProperty() readonly state: string;
  @ApiProperty() readonly type: string;
  @ApiProperty({ type: [String] }) readonly dependencies: readonly string[];
  @ApiProperty({ type: Object }) readonly parameters: Dictionary;
  @ApiProperty() readonly tasks_graph_id: string;
  @ApiProperty({ type: String, nullable: true }) readonly manager_name: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly agent_name: string | null;
}

export class TasksGraphModel {
  @ApiProperty() readonly id: string;
  @ApiProperty({ enum: ['private', 'tenant', 'global'] }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty({ enum: ['private', 'tenant', 'global'] }) readonly resource_availability: string;
  @ApiProperty() readonly private_resource: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty() readonly name: string;
  @ApiProperty() readonly execution_id: string;
}
