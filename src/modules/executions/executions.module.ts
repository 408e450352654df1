import { Global, Module } from '@nestjs/common';
import { UnfinishedExecutions } from '../../platform/access/unfinished-executions.js';
import { SystemExecutions } from '../../platform/executions/system-executions.js';
import { EventsController } from './events.controller.js';
import { EventsService } from './events.service.js';
import { ExecutionWorker } from './execution-worker.js';
import { ExecutionsController } from './executions.controller.js';
import { ExecutionsRepository } from './executions.repository.js';
import { ExecutionsService } from './executions.service.js';
import { ExecutionStatusesRepository } from './status/execution-statuses.repository.js';
import { ExecutionStatuses } from './status/execution-statuses.service.js';
import { SystemExecutionsService } from './system-executions.service.js';
import { UnfinishedExecutionsService } from './unfinished-executions.service.js';

@Global()
@Module({
  controllers: [EventsController, ExecutionsController],
  providers: [
    EventsService,
    ExecutionStatuses,
    ExecutionStatusesRepository,
    ExecutionWorker,
    ExecutionsRepository,
    ExecutionsService,
    SystemExecutionsService,
    UnfinishedExecutionsService,
    { provide: SystemExecutions, useExisting: SystemExecutionsService },
    { provide: UnfinishedExecutions, useExisting: UnfinishedExecutionsService },
  ],
  exports: [SystemExecutions, UnfinishedExecutions],
})
export class ExecutionsModule {}
