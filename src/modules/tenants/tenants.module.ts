import { Module } from '@nestjs/common';
import { BrokerPasswordsService } from './broker-passwords.service.js';
import { TenantsRepository } from './tenants.repository.js';
import { TenantsService } from './tenants.service.js';

/** Its routes stand in modules/groups, since every answer about a tenant shows who belongs to it. */
@Module({
  providers: [BrokerPasswordsService, TenantsRepository, TenantsService],
  exports: [BrokerPasswordsService, TenantsService],
})
export class TenantsModule {}
