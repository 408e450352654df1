import { Module } from '@nestjs/common';
import { OperationsModule } from '../../../platform/operations/operations.module.js';
import { DeploymentsModule } from '../../deployments/deployments.module.js';
import { EventWriter } from '../events/event-writer.service.js';
import { ExecutionsModule } from '../executions.module.js';
import { GraphStore } from './graph-store.repository.js';
import { InnerExecutions } from './inner-executions.service.js';
import { InnerExecutionsRepository } from './inner-executions.repository.js';
import { InnerWorkflows } from './inner-workflows.port.js';
import { OperationRunner } from './operation-runner.service.js';
import { PlainPhases } from './plain-phases.service.js';
import { RunningRepository } from './running.repository.js';
import { WorkflowWorker } from './workflow-worker.js';
import { WorldReader } from './world-reader.service.js';

/**
 * What runs workflows. A module of its own, and not global, so that it stops before what it needs: a worker that is asked
 * to end still has operations under way.
 */
@Module({
  imports: [DeploymentsModule, ExecutionsModule, OperationsModule],
  providers: [
    EventWriter,
    GraphStore,
    InnerExecutionsRepository,
    OperationRunner,
    PlainPhases,
    RunningRepository,
    WorkflowWorker,
    WorldReader,
    { provide: InnerWorkflows, useClass: InnerExecutions },
  ],
})
export class RunningModule {}
