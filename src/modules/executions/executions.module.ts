import { Global, Module } from '@nestjs/common';
import { UnfinishedExecutions } from '../../platform/access/unfinished-executions.js';
import { SystemExecutions } from '../../platform/executions/system-executions.js';
import { Summaries } from '../../platform/listing/summaries.js';
import { EVENT_PROVIDERS } from './events/event.providers.js';
import { BlueprintsModule } from '../blueprints/blueprints.module.js';
import { DeploymentsModule } from '../deployments/deployments.module.js';
import { EventsController } from './events/events.controller.js';
import { ExecutionGroupsController } from './groups/execution-groups.controller.js';
import { GROUP_PROVIDERS } from './groups/group.providers.js';
import { OPERATION_PROVIDERS } from './operations/operation.providers.js';
import { OperationsController, TasksGraphsController } from './operations/operations.controller.js';
import { SCHEDULE_PROVIDERS } from './schedules/schedule.providers.js';
import { ScheduleSummaryController, SchedulesController } from './schedules/schedules.controller.js';
import { ExecutionWorker } from './execution-worker.js';
import { ExecutionsController } from './executions.controller.js';
import { ExecutionsRepository } from './executions.repository.js';
import { ExecutionsService } from './executions.service.js';
import { ExecutionStatusesRepository } from './status/execution-statuses.repository.js';
import { ExecutionStatuses } from './status/execution-statuses.service.js';
import { ExecutionActionsRepository } from './actions/execution-actions.repository.js';
import { ExecutionActions } from './actions/execution-actions.service.js';
import { ExecutionChanges } from './actions/execution-changes.service.js';
import { ExecutionPlaces } from './queue/execution-places.service.js';
import { ExecutionQueueRepository } from './queue/execution-queue.repository.js';
import { QueuePromoter } from './queue/queue-promoter.service.js';
import { ExecutionParameters } from './starting/execution-parameters.service.js';
import { ExecutionRequests } from './starting/execution-requests.service.js';
import { ExecutionStarter } from './starting/execution-starter.service.js';
import { NewExecutionsRepository } from './starting/new-executions.repository.js';
import { StartableDeploymentsRepository } from './starting/startable-deployments.repository.js';
import { WorkflowChecks } from './starting/workflow-checks.service.js';
import { SystemExecutionsService } from './system-executions.service.js';
import { DeploymentUpdatesController } from './updates/deployment-updates.controller.js';
import { UPDATE_PROVIDERS } from './updates/update.providers.js';
import { UpdateSteps } from './running/update-steps.port.js';
import { UnfinishedExecutionsService } from './unfinished-executions.service.js';

@Global()
@Module({
  imports: [BlueprintsModule, DeploymentsModule],
  controllers: [
    DeploymentUpdatesController,
    EventsController,
    ExecutionGroupsController,
    OperationsController,
    SchedulesController,
    ScheduleSummaryController,
    TasksGraphsController,
    ExecutionsController,
  ],
  providers: [
    ...EVENT_PROVIDERS,
    ...GROUP_PROVIDERS,
    ...OPERATION_PROVIDERS,
    ...SCHEDULE_PROVIDERS,
    ...UPDATE_PROVIDERS,
    ExecutionActions,
    ExecutionActionsRepository,
    ExecutionChanges,
    ExecutionParameters,
    ExecutionPlaces,
    ExecutionQueueRepository,
    ExecutionRequests,
    ExecutionStarter,
    ExecutionStatuses,
    ExecutionStatusesRepository,
    ExecutionWorker,
    ExecutionsRepository,
    ExecutionsService,
    NewExecutionsRepository,
    QueuePromoter,
    StartableDeploymentsRepository,
    Summaries,
    SystemExecutionsService,
    UnfinishedExecutionsService,
    WorkflowChecks,
    { provide: SystemExecutions, useExisting: SystemExecutionsService },
    { provide: UnfinishedExecutions, useExisting: UnfinishedExecutionsService },
  ],
  exports: [
    ExecutionStarter,
    ExecutionStatuses,
    SystemExecutions,
    SystemExecutionsService,
    UnfinishedExecutions,
    UpdateSteps,
  ],
})
export class ExecutionsModule {}
