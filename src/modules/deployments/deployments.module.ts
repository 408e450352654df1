import { Module } from '@nestjs/common';
import { DeploymentsRepository } from './deployments.repository.js';

/** Deployments and what is in them. */
@Module({
  controllers: [],
  providers: [DeploymentsRepository],
})
export class DeploymentsModule {}
