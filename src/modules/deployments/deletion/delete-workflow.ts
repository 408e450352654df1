import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import {
  SystemExecutions,
  type ExecutionOutcome,
  type RunningExecution,
  type SystemWorkflow,
} from '../../../platform/executions/system-executions.js';
import { FileStore } from '../../../platform/files/file-store.js';
import { deploymentFolderKey } from '../creation/deployment-files.js';
import { DeploymentDeletionRepository } from './deployment-deletion.repository.js';

export const DELETE_WORKFLOW = 'delete_deployment_environment';

/** Removes the files of a deployment; its row goes with the end of the execution (orchestration §1, §13). */
@Injectable()
export class DeleteWorkflow implements SystemWorkflow, OnModuleInit {
  readonly workflowId = DELETE_WORKFLOW;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: DeploymentDeletionRepository,
    private readonly store: FileStore,
    private readonly executions: SystemExecutions,
  ) {}

  onModuleInit(): void {
    this.executions.register(this);
  }

  async run(ctx: TenantCtx, execution: RunningExecution): Promise<ExecutionOutcome> {
    const key = await this.unitOfWork.run(ctx, (ctx) => this.repository.filesKeyByExecution(ctx, execution.id));
    if (key !== null) await this.store.remove(deploymentFolderKey(key));
    return { kind: 'terminated' };
  }
}
