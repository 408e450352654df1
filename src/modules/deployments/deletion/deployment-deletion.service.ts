import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { AppError } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { SystemExecutions } from '../../../platform/executions/system-executions.js';
import { DependenciesService } from '../dependencies/dependencies.service.js';
import type { DeploymentRow } from '../deployments.repository.js';
import { OwnDeployments } from '../ownership/own-deployments.js';
import { DELETE_WORKFLOW } from './delete-workflow.js';
import { DeploymentDeletionRepository } from './deployment-deletion.repository.js';

export interface DeletionOptions {
  readonly force: boolean;
  readonly deletesLogs: boolean;
  /** Children go, too. */
  readonly recursive: boolean;
}

/** `DELETE /deployments/{id}` (rest-api §3.2): judged now, done by an execution. */
@Injectable()
export class DeploymentDeletionService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly deployments: OwnDeployments,
    private readonly dependencies: DependenciesService,
    private readonly repository: DeploymentDeletionRepository,
    private readonly executions: SystemExecutions,
  ) {}

  /** @throws NotFoundError, IllegalActionError, AppError dependent_exists_error */
  async start(ctx: TenantCtx, id: string, options: DeletionOptions): Promise<readonly string[]> {
    const started = await this.unitOfWork.run(ctx, (ctx) => this.startIn(ctx, id, options));
    this.executions.wake();
    return started;
  }

  /** As `start`, in the open transaction; `wake` is to follow its commit. Answers the executions. */
  async startIn(ctx: TenantCtx, id: string, options: DeletionOptions): Promise<readonly string[]> {
    const deployment = await this.deployments.held(ctx, id);
    const ids = options.recursive ? await this.repository.below(ctx, id) : [];
    const started: string[] = [];
    for (const below of ids) started.push(await this.one(ctx, await this.deployments.held(ctx, below), options));
    return [...started, await this.one(ctx, deployment, options)];
  }

  private async one(ctx: TenantCtx, deployment: DeploymentRow, options: DeletionOptions): Promise<string> {
    const { storageId, id } = deployment;
    const { force, recursive } = options;
    const running = await this.repository.unfinishedExecutions(ctx, storageId);
    if (running.length > 0) {
      throw inUse(id, `these executions of it are running or queued: ${running.join(', ')}`);
    }
    if (!force) {
      await this.dependencies.assertNoDependents(ctx, deployment, { purpose: 'delete', recursive });
      const live = await this.repository.liveInstances(ctx, storageId);
      if (live.length > 0) throw inUse(id, `there are live nodes; uninstall it first: ${live.join(', ')}`);
    }
    const executionId = randomUUID();
    await this.executions.start(ctx, {
      id: executionId,
      workflowId: DELETE_WORKFLOW,
      parameters: { force, delete_logs: options.deletesLogs, recursive },
      visibility: deployment.visibility,
      deployment: {
        storageId,
        id,
        displayName: deployment.displayName,
        blueprintId: await this.repository.blueprintOf(ctx, storageId),
      },
    });
    return executionId;
  }
}

function inUse(id: string, why: string): AppError {
  return new AppError('dependent_exists_error', `Can't delete deployment ${id}: ${why}`);
}
