import { ApiProperty } from '@nestjs/swagger';
import { Maybe, Str } from '../../platform/http/validation.js';

export class CreateToken {
  @ApiProperty({ type: String, required: false, maxLength: 255, nullable: true })
  @Maybe()
  @Str()
  readonly description?: string | null;

  @ApiProperty({
    type: String,
    required: false,
    nullable: true,
    description: '`YYYY-MM-DD HH:MM` in UTC, or `+10h`, `+2d +30min`',
    example: '+10h',
  })
  @Maybe()
  @Str()
  readonly expiration_date?: string | null;
}

/** rest-api §2.5. `value` is whole once, in the answer to its creation. */
export class TokenView {
  @ApiProperty() readonly id: string;
  @ApiProperty() readonly username: string;
  @ApiProperty({ description: 'The system role of its owner' }) readonly role: string;
  @ApiProperty({ description: '`ctok-<id>-<secret>` at creation, later `ctok-<id>-********`' }) readonly value: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly expiration_date: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly last_used: string | null;
  @ApiProperty({ type: String, nullable: true }) readonly description: string | null;
}
