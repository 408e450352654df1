import { ApiProperty } from '@nestjs/swagger';
import { Maybe, Str } from '../../../platform/http/validation.js';
import { ListMetadataModel } from '../page.dto.js';

/** Body of `POST /tenants/{tenant_name}` (rest-api §2.3). */
export class CreateTenant {
  @ApiProperty({ type: String, required: false, maxLength: 256, description: 'Of the broker user; empty: one is made' })
  @Maybe()
  @Str()
  readonly rabbitmq_password?: string | null;
}

class NamedTenant {
  @ApiProperty() @Str() readonly tenant_name: string;
}

class NamedUser extends NamedTenant {
  @ApiProperty() @Str() readonly username: string;
}

class NamedGroup extends NamedTenant {
  @ApiProperty() @Str() readonly group_name: string;
}

const role = { description: 'A tenant role; empty: `user`' } as const;

/** Body of `PUT` and `PATCH /tenants/users`. */
export class TenantUser extends NamedUser {
  @ApiProperty(role) @Str() readonly role: string;
}

/** Body of `DELETE /tenants/users`. */
export class RemovedTenantUser extends NamedUser {}

/** Body of `PUT` and `PATCH /tenants/user-groups`. */
export class TenantGroup extends NamedGroup {
  @ApiProperty(role) @Str() readonly role: string;
}

/** Body of `DELETE /tenants/user-groups`. */
export class RemovedTenantGroup extends NamedGroup {}

const counted = 'How many; with `_get_data`';
const optionalText = {
  type: String,
  nullable: true,
  description: 'For holders of `tenant_rabbitmq_credentials`',
} as const;

export class TenantModel {
  @ApiProperty() readonly name: string;

  @ApiProperty({
    oneOf: [{ type: 'integer' }, { type: 'object', additionalProperties: { type: 'string' } }],
    description: `${counted} by group its role`,
  })
  readonly groups: unknown;

  @ApiProperty({
    oneOf: [
      { type: 'integer' },
      {
        type: 'object',
        additionalProperties: {
          type: 'object',
          required: ['tenant-role', 'roles'],
          properties: {
            'tenant-role': { type: 'string', nullable: true },
            roles: { type: 'array', items: { type: 'string' } },
          },
        },
      },
    ],
    description: `${counted} by user the direct role and all roles; members of groups count too`,
  })
  readonly users: unknown;

  @ApiProperty({
    type: 'object',
    nullable: true,
    required: ['direct', 'groups'],
    properties: {
      direct: { type: 'object', additionalProperties: { type: 'string' } },
      groups: {
        type: 'object',
        additionalProperties: {
          type: 'object',
          required: ['role', 'users'],
          properties: { role: { type: 'string' }, users: { type: 'array', items: { type: 'string' } } },
        },
      },
    },
    description: 'Null without `_get_data`',
  })
  readonly user_roles: unknown;

  @ApiProperty(optionalText) readonly rabbitmq_username: string | null;
  @ApiProperty(optionalText) readonly rabbitmq_password: string | null;
  @ApiProperty(optionalText) readonly rabbitmq_vhost: string | null;
}

export class TenantPageModel {
  @ApiProperty({ type: [TenantModel] }) readonly items: readonly TenantModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}
