import { ApiProperty } from '@nestjs/swagger';

export class PaginationView {
  @ApiProperty({ type: 'integer' }) readonly total: number;
  @ApiProperty({ type: 'integer' }) readonly size: number;
  @ApiProperty({ type: 'integer' }) readonly offset: number;
}

/** rest-api §1.11. */
export class PageMetadataView {
  @ApiProperty({ type: PaginationView }) readonly pagination: PaginationView;
  @ApiProperty({ type: 'integer', nullable: true }) readonly filtered: number | null;
}
