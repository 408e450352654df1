import { Module } from '@nestjs/common';
import { AROUND_CONTROLLERS, AROUND_EXPORTS, AROUND_PROVIDERS } from './around-deployments.js';
import { DeploymentsRepository } from './deployments.repository.js';

/** Deployments and what is in them. */
@Module({
  controllers: [...AROUND_CONTROLLERS],
  providers: [...AROUND_PROVIDERS, DeploymentsRepository],
  exports: [...AROUND_EXPORTS],
})
export class DeploymentsModule {}
