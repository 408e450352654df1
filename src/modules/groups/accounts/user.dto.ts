import { ApiProperty } from '@nestjs/swagger';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { LooseBool, Maybe, Str } from '../../../platform/http/validation.js';
import type { NewUser } from '../../users/users.service.js';
import { ListMetadataModel } from '../page.dto.js';
import type { UserTenantRoles, UserTenants } from './user.view.js';

const restored = { type: String, format: 'date-time', required: false, description: 'Needs `set_timestamp`' } as const;

/** Body of `PUT /users` (rest-api §2.1). */
export class CreateUser {
  @ApiProperty({ maxLength: 256, pattern: '^[A-Za-z][A-Za-z0-9._~-]*$' }) @Str() readonly username: string;

  @ApiProperty({ description: 'The password, or with `is_prehashed` an encoded hash of it' })
  @Str()
  readonly password: string;

  @ApiProperty({ type: String, required: false, description: 'A system role', default: 'default' })
  @Maybe()
  @Str()
  readonly role?: string | null;

  @ApiProperty({ type: Boolean, required: false }) @Maybe() @LooseBool() readonly is_prehashed?: boolean | null;

  @ApiProperty(restored) @Maybe() @Str() readonly created_at?: string | null;
  @ApiProperty(restored) @Maybe() @Str() readonly first_login_at?: string | null;
  @ApiProperty(restored) @Maybe() @Str() readonly last_login_at?: string | null;
}

/** Body of `POST /users/{username}`: exactly one kind of change. */
export class UpdateUser {
  @ApiProperty({ type: String, required: false }) @Maybe() @Str() readonly password?: string | null;

  @ApiProperty({ type: Boolean, required: false, description: 'Beside `password`: end all tokens of the user' })
  @Maybe()
  @LooseBool()
  readonly revoke_tokens?: boolean | null;

  @ApiProperty({ type: String, required: false, description: 'A system role' })
  @Maybe()
  @Str()
  readonly role?: string | null;

  @ApiProperty({ type: Boolean, required: false }) @Maybe() @LooseBool() readonly show_getting_started?: boolean | null;
}

/** Body of `POST /users/active/{username}`. */
export class SetActive {
  @ApiProperty({ description: '`activate`; any other value deactivates' }) @Str() readonly action: string;
}

const namesByRole = { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } } as const;

export class UserModel {
  @ApiProperty() readonly username: string;

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
    description: 'How many; with `_get_data` by tenant the direct role and all roles',
  })
  readonly tenants: number | UserTenants;

  @ApiProperty({
    type: 'object',
    nullable: true,
    required: ['direct', 'groups'],
    properties: {
      direct: { type: 'object', additionalProperties: { type: 'string' } },
      groups: { type: 'object', additionalProperties: namesByRole },
    },
    description: 'Null without `_get_data`',
  })
  readonly tenant_roles: UserTenantRoles | null;

  @ApiProperty({
    oneOf: [{ type: 'integer' }, { type: 'array', items: { type: 'string' } }],
    description: 'How many; with `_get_data` their names',
  })
  readonly groups: number | readonly string[];

  @ApiProperty({ description: 'System role' }) readonly role: string;

  @ApiProperty({ ...namesByRole, description: "System role → the user's groups that give it" })
  readonly group_system_roles: Readonly<Record<string, readonly string[]>>;

  @ApiProperty() readonly active: boolean;
  @ApiProperty({ type: String, format: 'date-time' }) readonly created_at: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly first_login_at: string | null;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) readonly last_login_at: string | null;
  @ApiProperty() readonly is_locked: boolean;
  @ApiProperty() readonly show_getting_started: boolean;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'With `_include_hash`, for holders of `get_password_hash`',
  })
  readonly password_hash: string | null;
}

export class UserPageModel {
  @ApiProperty({ type: [UserModel] }) readonly items: readonly UserModel[];
  @ApiProperty({ type: ListMetadataModel }) readonly metadata: ListMetadataModel;
}

/** @throws BadParametersError for a date that is none */
export function toNewUser(input: CreateUser): NewUser {
  return {
    username: input.username,
    password: input.password,
    isPrehashed: input.is_prehashed ?? false,
    role: input.role ?? null,
    restored: {
      createdAt: dateIn(input, 'created_at'),
      firstLoginAt: dateIn(input, 'first_login_at'),
      lastLoginAt: dateIn(input, 'last_login_at'),
    },
  };
}

function dateIn(input: CreateUser, field: 'created_at' | 'first_login_at' | 'last_login_at'): Date | null {
  const text = input[field];
  if (text === undefined || text === null) return null;
  const date = readIsoDate(text);
  if (!date) throw new BadParametersError(`\`${field}\` is not a date`);
  return date;
}
