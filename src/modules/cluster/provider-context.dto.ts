import { ApiProperty } from '@nestjs/swagger';
import type { FieldRules } from '../../core/listing/listing.js';
import { Dict, Str } from '../../platform/http/validation.js';

export class PutProviderContext {
  @ApiProperty() @Str() readonly name: string;
  @ApiProperty({ type: 'object', additionalProperties: true }) @Dict() readonly context: Record<string, unknown>;
}

export class ProviderContextView {
  @ApiProperty() readonly id: string;
  @ApiProperty() readonly name: string;
  @ApiProperty({ type: 'object', additionalProperties: true }) readonly context: Readonly<Record<string, unknown>>;
}

export const PROVIDER_CONTEXT_FIELDS = {
  id: { kind: 'text' },
  name: { kind: 'text' },
  context: { kind: 'json' },
} as const satisfies FieldRules;

export class DoneView {
  @ApiProperty({ enum: ['ok'] }) readonly status: 'ok';
}
