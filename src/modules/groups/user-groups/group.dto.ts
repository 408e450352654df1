import { ApiProperty } from '@nestjs/swagger';
import { Maybe, Str } from '../../../platform/http/validation.js';
import { ListMetadataModel } from '../page.dto.js';

/** Body of `POST /user-groups` (rest-api §2.2). */
export class CreateGroup {
  @ApiProperty({ maxLength: 256, pattern: '^[A-Za-z][A-Za-z0-9._~-]*$' }) @Str() readonly group_name: string;

  @ApiProperty({ type: String, required: false, description: 'Its name in a directory' })
  @Maybe()
  @Str()
  readonly ldap_group_dn?: string | null;

  @ApiProperty({ type: String, required: false, description: 'A system role', default: 'default' })
  @Maybe()
  @Str()
  readonly role?: string | null;
}

/** Body of `POST /user-groups/{group_name}`. */
export class UpdateGroup {
  @ApiProperty({ description: 'A system role' }) @Str() readonly role: string;
}

/** Body of `PUT` and `DELETE /user-groups/users`. */
export class GroupUser {
  @ApiProperty() @Str() readonly username: string;
  @ApiProperty() @Str() readonly group_name: string;
}

export class GroupModel {
  @ApiProperty() readonly name: string;
  @ApiProperty({ type: String, nullable: true }) readonly ldap_dn: string | null;
  @ApiProperty({ description: 'System role that members hold' }) readonly role: string;

  @ApiProperty({
    oneOf: [{ type: 'integer' }, { type: 'object', additionalProperties: { type: 'string' } }],
    description: 'How many; with `_get_data` by tenant the role there',
  })
  readonly tenants: unknown;

  @ApiProperty({
    oneOf: [{ type: 'integer' }, { type: 'array', items: { type: 'string' } }],
    description: 'How many; with `_get_data` their names',
  })
  readonly users: unknown;
}

export class GroupPageModel {
  @ApiProperty({ type: [GroupModel] }) readonly items: readonly GroupModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}
