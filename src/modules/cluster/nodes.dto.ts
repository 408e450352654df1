import { ApiProperty } from '@nestjs/swagger';
import type { FieldRules } from '../../core/listing/listing.js';
import { PageMetadataView } from './page.dto.js';

/** rest-api §3.19. */
export class ManagerView {
  @ApiProperty({ type: 'integer' }) readonly id: number;
  @ApiProperty() readonly hostname: string;
  @ApiProperty() readonly private_ip: string;
  @ApiProperty() readonly public_ip: string;
  @ApiProperty() readonly version: string;
  @ApiProperty() readonly edition: string;
  @ApiProperty({ type: String, nullable: true }) readonly distribution: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly distro_release: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Files are not replicated: null' })
  readonly fs_sync_node_id: string | null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  readonly networks: Readonly<Record<string, string>>;
  @ApiProperty({ format: 'date-time' }) readonly last_seen: string;
  @ApiProperty({ type: 'integer', description: 'Seconds; 0: it is asked, it does not report' })
  readonly status_report_frequency: number;
  @ApiProperty({ description: 'PEM' }) readonly ca_cert_content: string;
}

export const MANAGER_FIELDS = {
  id: { kind: 'integer' },
  hostname: { kind: 'text' },
  private_ip: { kind: 'text' },
  public_ip: { kind: 'text' },
  version: { kind: 'text' },
  edition: { kind: 'text' },
  distribution: { kind: 'text' },
  distro_release: { kind: 'text' },
  fs_sync_node_id: { kind: 'text' },
  networks: { kind: 'json' },
  last_seen: { kind: 'date' },
  status_report_frequency: { kind: 'integer' },
  ca_cert_content: { kind: 'text' },
} as const satisfies FieldRules;

export class BrokerView {
  @ApiProperty() readonly name: string;
  @ApiProperty() readonly host: string;
  @ApiProperty() readonly management_host: string;
  @ApiProperty({ type: String, nullable: true }) readonly username: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly password: string | null;
  @ApiProperty() readonly ca_cert_content: string;
  @ApiProperty({ type: 'integer', description: '0: no broker listens' }) readonly port: number;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true }) readonly params: null;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  readonly networks: Readonly<Record<string, string>>;
  @ApiProperty() readonly is_external: boolean;
}

export const BROKER_FIELDS = {
  name: { kind: 'text' },
  host: { kind: 'text' },
  management_host: { kind: 'text' },
  username: { kind: 'text' },
  // Nobody may find a password by asking whether it equals this or that.
  password: { kind: 'text', filter: false, sort: false },
  ca_cert_content: { kind: 'text' },
  port: { kind: 'integer' },
  params: { kind: 'json' },
  networks: { kind: 'json' },
  is_external: { kind: 'boolean' },
} as const satisfies FieldRules;

export class DbNodeView {
  @ApiProperty() readonly name: string;
  @ApiProperty() readonly host: string;
  @ApiProperty() readonly is_external: boolean;
}

export const DB_NODE_FIELDS = {
  name: { kind: 'text' },
  host: { kind: 'text' },
  is_external: { kind: 'boolean' },
} as const satisfies FieldRules;

export class ManagerPage {
  @ApiProperty({ type: [ManagerView] }) readonly items: readonly ManagerView[];
  @ApiProperty({ type: PageMetadataView }) readonly metadata: PageMetadataView;
}

export class BrokerPage {
  @ApiProperty({ type: [BrokerView] }) readonly items: readonly BrokerView[];
  @ApiProperty({ type: PageMetadataView }) readonly metadata: PageMetadataView;
}

export class DbNodePage {
  @ApiProperty({ type: [DbNodeView] }) readonly items: readonly DbNodeView[];
  @ApiProperty({ type: PageMetadataView }) readonly metadata: PageMetadataView;
}
