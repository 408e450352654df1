import { Global, Module } from '@nestjs/common';
import { RuntimeSettings } from '../../platform/settings/runtime-settings.js';
import { AuthorizationRepository } from './authorization.repository.js';
import { DeploymentFacts } from './deployment-facts.js';
import { RuntimeSettingsService } from './runtime-settings.service.js';
import { SettingsController } from './settings.controller.js';
import { SettingsRepository } from './settings.repository.js';
import { SettingsService } from './settings.service.js';
import { SettingReader } from './setting-reader.js';
import { SettingWriter } from './setting-writer.js';

/** The configuration that can be edited through the API, and its readers in the program. */
@Global()
@Module({
  controllers: [SettingsController],
  providers: [
    AuthorizationRepository,
    DeploymentFacts,
    RuntimeSettingsService,
    { provide: RuntimeSettings, useExisting: RuntimeSettingsService },
    SettingReader,
    SettingsRepository,
    SettingsService,
    SettingWriter,
  ],
  exports: [RuntimeSettings],
})
export class SettingsModule {}
