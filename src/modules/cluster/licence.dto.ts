import { ApiProperty } from '@nestjs/swagger';
import type { FieldRules } from '../../core/listing/listing.js';
import { Str } from '../../platform/http/validation.js';
import { PageMetadataView } from './page.dto.js';

export class CreateLicence {
  @ApiProperty() @Str() readonly customer_id: string;
}

/** rest-api §3.19. */
export class LicenceView {
  @ApiProperty() readonly customer_id: string;
  @ApiProperty() readonly license_edition: string;
  @ApiProperty() readonly cloudify_version: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly expiration_date: string | null;
  @ApiProperty() readonly trial: boolean;
  @ApiProperty() readonly expired: boolean;
  @ApiProperty({ type: [String], nullable: true }) readonly capabilities: readonly string[] | null;
}

export const LICENCE_FIELDS = {
  customer_id: { kind: 'text' },
  license_edition: { kind: 'text' },
  cloudify_version: { kind: 'text' },
  expiration_date: { kind: 'date' },
  trial: { kind: 'boolean' },
  expired: { kind: 'boolean' },
  capabilities: { kind: 'json' },
} as const satisfies FieldRules;

export class LicencePage {
  @ApiProperty({ type: [LicenceView] }) readonly items: readonly LicenceView[];
  @ApiProperty({ type: PageMetadataView }) readonly metadata: PageMetadataView;
}
