import { Global, Module } from '@nestjs/common';
import { AgentNames } from '../../platform/agents/agent-names.js';
import { PluginCatalogue } from '../../platform/plugins/plugin-catalogue.js';
import { InstalledPlugins } from './installed-plugins.js';
import { NoAgents } from './no-agents.js';
import { PluginAudit } from './plugin-audit.js';
import { PluginReceiver } from './plugin-receiver.js';
import { PluginResourcesController } from './plugin-resources.controller.js';
import { PluginStatesRepository } from './plugin-states.repository.js';
import { PluginStatesService } from './plugin-states.service.js';
import { PluginUploadsService } from './plugin-uploads.service.js';
import { PluginsController } from './plugins.controller.js';
import { PluginsRepository } from './plugins.repository.js';
import { PluginsService } from './plugins.service.js';
import { PluginReader } from './reading/plugin-reader.js';

/** Global for the port that it gives. */
@Global()
@Module({
  controllers: [PluginsController, PluginResourcesController],
  providers: [
    InstalledPlugins,
    PluginAudit,
    PluginReader,
    PluginReceiver,
    PluginStatesRepository,
    PluginStatesService,
    PluginUploadsService,
    PluginsRepository,
    PluginsService,
    { provide: AgentNames, useClass: NoAgents },
    { provide: PluginCatalogue, useExisting: InstalledPlugins },
  ],
  exports: [PluginCatalogue],
})
export class PluginsModule {}
