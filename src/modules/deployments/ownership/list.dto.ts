import { ApiProperty } from '@nestjs/swagger';

export class PaginationModel {
  @ApiProperty({ type: 'integer' }) readonly total: number;
  @ApiProperty({ type: 'integer' }) readonly size: number;
  @ApiProperty({ type: 'integer' }) readonly offset: number;
}

/** rest-api §1.11. */
export class ListMetadataModel {
  @ApiProperty({ type: PaginationModel }) readonly pagination: PaginationModel;
  @ApiProperty({ type: 'integer', nullable: true }) readonly filtered: number | null;
}
