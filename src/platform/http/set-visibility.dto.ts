import { ApiProperty } from '@nestjs/swagger';
import { Str } from './validation.js';

/** Body of `PATCH …/set-visibility` (rest-api §1.14). */
export class SetVisibility {
  @ApiProperty({ enum: ['tenant', 'global'] }) @Str() readonly visibility: string;
}
