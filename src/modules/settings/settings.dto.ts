import { ApiExtraModels, ApiProperty } from '@nestjs/swagger';
import type { FieldRules } from '../../core/listing/listing.js';
import { AnyJson, Bool, Maybe } from '../../platform/http/validation.js';

const ANY_JSON = {
  oneOf: [
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
    { type: 'null' },
  ],
};

export class PutSetting {
  @ApiProperty({ ...ANY_JSON, description: 'Texts are converted where the schema asks for a number or a boolean' })
  @AnyJson()
  readonly value: unknown;

  @ApiProperty({ type: Boolean, required: false, nullable: true, description: 'Change an entry that is not editable' })
  @Maybe()
  @Bool()
  readonly force?: boolean | null;
}

/** An entry of the configuration (rest-api §2.8). */
export class SettingView {
  @ApiProperty() readonly name: string;
  @ApiProperty({ ...ANY_JSON, description: '`********` where the entry is for system administrators only' })
  readonly value: unknown;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, description: 'A JSON Schema' })
  readonly schema: Readonly<Record<string, unknown>> | null;
  @ApiProperty() readonly is_editable: boolean;
  @ApiProperty() readonly admin_only: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly updated_at: string | null;
  @ApiProperty() readonly scope: string;
  @ApiProperty({ type: String, nullable: true }) readonly updater_name: string | null;
}

/** What `_include` may name on one entry. */
export const SETTING_FIELDS = {
  name: { kind: 'text' },
  value: { kind: 'json' },
  schema: { kind: 'json' },
  is_editable: { kind: 'boolean' },
  admin_only: { kind: 'boolean' },
  updated_at: { kind: 'date' },
  scope: { kind: 'text' },
  updater_name: { kind: 'text' },
} as const satisfies FieldRules;

export class ConfigRoleView {
  @ApiProperty({ type: 'integer' }) readonly id: number;
  @ApiProperty() readonly name: string;
  @ApiProperty({ enum: ['system_role', 'tenant_role', 'any'] }) readonly type: string;
  @ApiProperty() readonly description: string;
}

@ApiExtraModels(ConfigRoleView)
export class AuthorizationView {
  @ApiProperty({ type: [ConfigRoleView] }) readonly roles: readonly ConfigRoleView[];
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'array', items: { type: 'string' } },
    description: 'Permission → the roles that hold it',
  })
  readonly permissions: Readonly<Record<string, readonly string[]>>;
}

export class ConfigView {
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'Always empty' })
  readonly metadata: Readonly<Record<string, never>>;
  @ApiProperty({ type: [SettingView] }) readonly items: readonly SettingView[];
  @ApiProperty({ type: AuthorizationView, required: false, description: 'Without scope, or with scope=authorization' })
  readonly authorization?: AuthorizationView;
}
