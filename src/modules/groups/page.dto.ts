import { ApiProperty } from '@nestjs/swagger';

export class PaginationModel {
  @ApiProperty({ type: 'integer', description: 'Matches before paging' }) readonly total: number;
  @ApiProperty({ type: 'integer', description: 'The size asked for' }) readonly size: number;
  @ApiProperty({ type: 'integer', description: 'The offset asked for' }) readonly offset: number;
}

export class ListMetadataModel {
  @ApiProperty({ type: PaginationModel }) readonly pagination: PaginationModel;
  @ApiProperty({ type: 'integer', nullable: true, description: 'How many items filter rules excluded' })
  readonly filtered: number | null;
}
