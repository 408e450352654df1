import { Module } from '@nestjs/common';
import { BlueprintsModule } from '../blueprints/blueprints.module.js';
import { PluginsModule } from '../plugins/plugins.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { AROUND_CONTROLLERS, AROUND_EXPORTS, AROUND_PROVIDERS } from './around-deployments.js';
import { CORE_CONTROLLERS, CORE_EXPORTS, CORE_PROVIDERS } from './core-deployments.js';

/** Deployments and what is in them. */
@Module({
  imports: [BlueprintsModule, PluginsModule, SecretsModule],
  // What is around comes first: `deployments/inter-deployment-dependencies` is no deployment.
  controllers: [...AROUND_CONTROLLERS, ...CORE_CONTROLLERS],
  providers: [...AROUND_PROVIDERS, ...CORE_PROVIDERS],
  exports: [...AROUND_EXPORTS, ...CORE_EXPORTS],
})
export class DeploymentsModule {}
