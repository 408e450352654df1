import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AuditModule } from './modules/audit/audit.module.js';
import { AuthModule } from './modules/auth/auth.module.js';
import { BlueprintsModule } from './modules/blueprints/blueprints.module.js';
import { ClusterModule } from './modules/cluster/cluster.module.js';
import { DeploymentsModule } from './modules/deployments/deployments.module.js';
import { ExecutionsModule } from './modules/executions/executions.module.js';
import { RunningModule } from './modules/executions/running/running.module.js';
import { GroupsModule } from './modules/groups/groups.module.js';
import { PluginsModule } from './modules/plugins/plugins.module.js';
import { SecretsModule } from './modules/secrets/secrets.module.js';
import { SettingsModule } from './modules/settings/settings.module.js';
import { FilesModule } from './platform/files/files.module.js';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';
import { VaultModule } from './platform/vault/vault.module.js';

/** Every feature. Nobody imports this but the programs that start the application. */
@Module({})
export class AppModule {
  static with(parts: PlatformParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DiscoveryModule,
        PlatformModule.with(parts),
        VaultModule.forRoot({ dataDir: parts.config.dataDir, rootKey: parts.config.rootKey }),
        FilesModule,
        AuditModule,
        SettingsModule,
        GroupsModule,
        AuthModule,
        ClusterModule,
        SecretsModule,
        PluginsModule,
        BlueprintsModule,
        DeploymentsModule,
        ExecutionsModule,
        RunningModule,
      ],
    };
  }
}
