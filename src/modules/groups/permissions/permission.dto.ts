import { ApiProperty } from '@nestjs/swagger';
import { ListMetadataModel } from '../page.dto.js';

/** rest-api §2.4. */
export class PermissionModel {
  @ApiProperty() readonly role: string;
  @ApiProperty() readonly permission: string;
}

export class PermissionPageModel {
  @ApiProperty({ type: [PermissionModel] }) readonly items: readonly PermissionModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}
