import { ApiProperty } from '@nestjs/swagger';
import { VISIBILITIES } from '../../core/access/visibility.js';
import { AnyJson, Dict, LooseBool, Maybe, Str } from '../../platform/http/validation.js';

type Dictionary = Readonly<Record<string, unknown>>;

const ANY_JSON = {
  description: 'Text; any JSON with a schema',
  oneOf: [
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
    { type: 'null' },
  ],
};

/** Body of `PUT /secrets/{key}` (rest-api §2.6). */
export class PutSecret {
  @ApiProperty(ANY_JSON)
  @AnyJson()
  readonly value: unknown;

  @ApiProperty({ type: Object, required: false, nullable: true, description: 'A JSON Schema; `{}` counts as none' })
  @Maybe()
  @Dict()
  readonly schema?: Dictionary | null;

  @ApiProperty({
    type: Boolean,
    required: false,
    default: false,
    description: 'Replace the value of an existing secret',
  })
  @Maybe()
  @LooseBool()
  readonly update_if_exists?: boolean | null;

  @ApiProperty({ type: Boolean, required: false, default: false })
  @Maybe()
  @LooseBool()
  readonly is_hidden_value?: boolean | null;

  @ApiProperty({ enum: VISIBILITIES, required: false, default: 'tenant' })
  @Maybe()
  @Str()
  readonly visibility?: string | null;

  @ApiProperty({ type: String, required: false, nullable: true, description: 'An existing secrets provider' })
  @Maybe()
  @Str()
  readonly provider_name?: string | null;

  @ApiProperty({ type: Object, required: false, nullable: true })
  @Maybe()
  @Dict()
  readonly provider_options?: Dictionary | null;
}

/** Body of `PATCH /secrets/{key}`; what is absent or null stays. */
export class UpdateSecret {
  @ApiProperty({ ...ANY_JSON, required: false })
  @Maybe()
  @AnyJson()
  readonly value?: unknown;

  @ApiProperty({ type: Boolean, required: false })
  @Maybe()
  @LooseBool()
  readonly is_hidden_value?: boolean | null;

  @ApiProperty({ enum: VISIBILITIES, required: false })
  @Maybe()
  @Str()
  readonly visibility?: string | null;

  @ApiProperty({ type: String, required: false, description: 'The name of the new owner' })
  @Maybe()
  @Str()
  readonly creator?: string | null;

  @ApiProperty({ type: String, required: false, nullable: true, description: 'An existing secrets provider' })
  @Maybe()
  @Str()
  readonly provider_name?: string | null;

  @ApiProperty({ type: Object, required: false, nullable: true })
  @Maybe()
  @Dict()
  readonly provider_options?: Dictionary | null;
}

export class SetSecretVisibility {
  @ApiProperty({ enum: ['tenant', 'global'] })
  @Str()
  readonly visibility: string;
}

/** What a list shows of a secret. */
export class SecretItemModel {
  @ApiProperty() readonly key: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty({ type: String, format: 'date-time' }) readonly updated_at: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly resource_availability: string;
  @ApiProperty({ enum: VISIBILITIES }) readonly visibility: string;
  @ApiProperty() readonly tenant_name: string;
  @ApiProperty() readonly created_by: string;
  @ApiProperty() readonly is_hidden_value: boolean;
  @ApiProperty({ type: String, nullable: true }) readonly provider_name: string | null;
}

/** The whole secret (rest-api §2.6). */
export class SecretModel extends SecretItemModel {
  @ApiProperty(ANY_JSON) readonly value: unknown;
  @ApiProperty({ type: Object, nullable: true }) readonly schema: Dictionary | null;
  @ApiProperty({ type: Object, nullable: true, description: 'Null unless the caller may see hidden values' })
  readonly provider_options: unknown;
  @ApiProperty() readonly private_resource: boolean;
}
