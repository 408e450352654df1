import { Global, Module } from '@nestjs/common';
import { MaintenanceMode } from '../../platform/access/maintenance.js';
import { LocalSignIn, SignInMethods } from '../../platform/access/sign-in-methods.js';
import { LicenceController } from './licence.controller.js';
import { MaintenanceController } from './maintenance.controller.js';
import { MaintenanceRepository } from './maintenance.repository.js';
import { MaintenanceModeService } from './maintenance.service.js';
import { NodesController } from './nodes.controller.js';
import { NodesService } from './nodes.service.js';
import { ProcessPresence } from './process-presence.js';
import { ProcessRepository } from './process.repository.js';
import { ProviderContextController } from './provider-context.controller.js';
import { ProviderContextRepository } from './provider-context.repository.js';
import { ProviderContextService } from './provider-context.service.js';
import { SignInController } from './sign-in.controller.js';
import { StatusController } from './status.controller.js';
import { StatusService } from './status.service.js';
import { VersionController } from './version.controller.js';

/** What clients ask of the manager as a whole: version, health, nodes, licence, sign-in, maintenance. */
@Global()
@Module({
  controllers: [
    LicenceController,
    MaintenanceController,
    NodesController,
    ProviderContextController,
    SignInController,
    StatusController,
    VersionController,
  ],
  providers: [
    MaintenanceModeService,
    MaintenanceRepository,
    NodesService,
    ProcessPresence,
    ProcessRepository,
    ProviderContextRepository,
    ProviderContextService,
    StatusService,
    { provide: MaintenanceMode, useExisting: MaintenanceModeService },
    { provide: SignInMethods, useClass: LocalSignIn },
  ],
  exports: [MaintenanceMode, ProviderContextService],
})
export class ClusterModule {}
