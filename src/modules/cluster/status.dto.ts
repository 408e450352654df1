import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';

type ServiceStatus = 'Active' | 'Inactive';
type NodeStatus = 'OK' | 'Fail';

const ACTIVITY = { enum: ['Active', 'Inactive'] };
const HEALTH = { enum: ['OK', 'Fail'] };

export class VersionView {
  @ApiProperty({ enum: ['premium'] }) readonly edition: string;
  @ApiProperty({ description: 'The release whose API this is' }) readonly version: string;
  @ApiProperty({ description: "The product's own version" }) readonly build: string;
  @ApiProperty({ type: String, nullable: true }) readonly date: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly commit: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly distribution: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly distro_release: string | null;
}

export class ServiceView {
  @ApiProperty(ACTIVITY) readonly status: ServiceStatus;
  @ApiProperty() readonly is_remote: boolean;
  @ApiProperty({ type: 'object', additionalProperties: true }) readonly extra_info: Readonly<Record<string, never>>;
}

@ApiExtraModels(ServiceView)
export class ManagerStatusView {
  @ApiProperty(HEALTH) readonly status: NodeStatus;
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(ServiceView) },
    description: 'By display name',
  })
  readonly services: Readonly<Record<string, ServiceView>>;
}

export class NodeServiceView {
  @ApiProperty(ACTIVITY) readonly status: ServiceStatus;
  @ApiProperty({ type: 'object', additionalProperties: true })
  readonly extra_info: {
    readonly systemd: {
      readonly instances: readonly { readonly Description: string; readonly state: string; readonly Id: string }[];
      readonly display_name: string;
      readonly unit_id: string;
    };
  };
}

@ApiExtraModels(NodeServiceView)
export class ClusterNodeView {
  @ApiProperty(HEALTH) readonly status: NodeStatus;
  @ApiProperty() readonly version: string;
  @ApiProperty() readonly public_ip: string;
  @ApiProperty() readonly private_ip: string;
  @ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(NodeServiceView) } })
  readonly services: Readonly<Record<string, NodeServiceView>>;
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'None are measured',
  })
  readonly metrics: readonly never[];
  @ApiProperty({ type: [String] }) readonly failures: readonly string[];
}

@ApiExtraModels(ClusterNodeView)
export class ClusterServiceView {
  @ApiProperty(HEALTH) readonly status: NodeStatus;
  @ApiProperty() readonly is_external: boolean;
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(ClusterNodeView) },
    description: 'By host name',
  })
  readonly nodes: Readonly<Record<string, ClusterNodeView>>;
}

@ApiExtraModels(ClusterServiceView)
export class ClusterStatusView {
  @ApiProperty({ enum: ['OK', 'Degraded', 'Fail'] }) readonly status: NodeStatus;
  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(ClusterServiceView) },
    description: '`manager`, `db` and `broker`; empty in a summary',
  })
  readonly services: Readonly<Record<string, ClusterServiceView>>;
}

export class SnapshotStatusView {
  @ApiProperty({ enum: ['running', 'not-running'] }) readonly status: 'running' | 'not-running';
}
