import { Module } from '@nestjs/common';
import { CredentialsService } from './credentials.service.js';
import { RolesRepository } from './roles.repository.js';
import { RolesService } from './roles.service.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** Its routes stand in modules/groups, since every answer about a user shows where they belong. */
@Module({
  providers: [CredentialsService, RolesRepository, RolesService, UsersRepository, UsersService],
  exports: [CredentialsService, RolesService, UsersService],
})
export class UsersModule {}
