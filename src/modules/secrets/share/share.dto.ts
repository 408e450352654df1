import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../../core/access/visibility.js';
import { Bool, Dict, List, Maybe, Str } from '../../../platform/http/validation.js';

type Dictionary = Readonly<Record<string, unknown>>;

/** Body of `POST /secrets/share/import`. Entries are judged one by one, not here (rest-api §2.6). */
export class ImportSecrets {
  @ApiProperty({ type: Object, isArray: true, description: 'What an export gave' })
  @List()
  readonly secrets_list: readonly unknown[];

  @ApiProperty({ type: Boolean, description: 'Replace value, hidden flag and visibility of secrets that exist' })
  @Bool()
  readonly override_collisions: boolean;

  @ApiProperty({ type: Object, required: false, nullable: true, description: 'From tenant names to tenant names' })
  @Maybe()
  @Dict()
  readonly tenant_map?: Dictionary | null;

  @ApiProperty({ type: String, required: false, nullable: true })
  @Maybe()
  @Str()
  readonly passphrase?: string | null;
}

export class ImportResultModel {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: 'Tenant → keys that were there already',
  })
  readonly colliding_secrets: Readonly<Record<string, readonly string[]>>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'object' },
    description: 'Position in the list → what is wrong with the entry',
  })
  readonly secrets_errors: Readonly<Record<string, Dictionary>>;
}

export class ExportedSecretModel {
  @ApiProperty() readonly key: string;
  @ApiProperty({ description: 'Text; of a secret with a schema its JSON. Encrypted where a passphrase was given' })
  readonly value: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly is_hidden_value: boolean;
  @ApiProperty() readonly encrypted: boolean;
  @ApiProperty({ type: String, nullable: true }) readonly provider: string | null;
  @ApiProperty({ nullable: true, oneOf: [{ type: 'object' }, { type: 'string' }] }) readonly provider_options: unknown;
  @ApiProperty({ required: false, description: 'With `_include_metadata`' }) readonly creator?: string;
  @ApiProperty({ type: String, format: 'date-time', required: false }) readonly created_at?: string;
  @ApiProperty({ type: String, format: 'date-time', required: false }) readonly updated_at?: string;
}
