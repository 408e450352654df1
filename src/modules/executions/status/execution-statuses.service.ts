import { Injectable } from '@nestjs/common';
import { AppError } from '../../../core/errors/app-error.js';
import { isEnd, mayBecome, type EndStatus, type ExecutionStatus } from '../../../core/executions/transitions.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { DeploymentRuntime } from '../../deployments/running/deployment-runtime.port.js';
import {
  ExecutionStatusesRepository,
  type LockedExecution,
  type StatusChange,
} from './execution-statuses.repository.js';

/** An execution after a change, with the status it had before. */
export interface ChangedExecution extends LockedExecution {
  readonly previous: ExecutionStatus;
}

const DELETE_ENVIRONMENT = 'delete_deployment_environment';
const UPDATES = new Set(['update', 'csys_new_deployment_update']);

/**
 * The one place where the status of an execution changes, with all that follows from it (orchestration §1), in the open
 * transaction: the row is locked first, so of two changes at once the second is judged by what the first one left.
 */
@Injectable()
export class ExecutionStatuses {
  constructor(
    private readonly repository: ExecutionStatusesRepository,
    private readonly runtime: DeploymentRuntime,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * A report of whoever runs it, or of a client that may write it. Null when it does not exist, or when `lease` is given
   * and another worker took it since: nothing has changed then.
   * @throws AppError invalid_exception_status_update
   */
  async change(
    ctx: TenantCtx,
    storageId: string,
    to: ExecutionStatus,
    details: { readonly error?: string; readonly lease?: string } = {},
  ): Promise<ChangedExecution | null> {
    const execution = await this.repository.lock(ctx, storageId);
    if (!execution) return null;
    if (details.lease !== undefined && execution.leaseOwner !== details.lease) return null;
    if (!mayBecome(execution.status, to, execution.workflowId)) {
      throw new AppError(
        'invalid_exception_status_update',
        `Invalid relationship - can't change status from ${execution.status} to ${to} for execution ${execution.id}`,
      );
    }
    const { error } = details;
    return this.write(ctx, execution, { status: to, at: this.clock.now(), ...(error === undefined ? {} : { error }) });
  }

  /** What was judged by other rules already. The execution must have been locked in this transaction. */
  async write(ctx: TenantCtx, execution: LockedExecution, change: StatusChange): Promise<ChangedExecution> {
    const { storageId, status: previous } = execution;
    const to = change.status;
    const changed: ChangedExecution = { ...execution, status: to, previous };
    if (to === previous && !change.resumes) return changed;
    await this.repository.write(ctx, storageId, change);
    if (to === 'started') await this.began(ctx, changed);
    if (isEnd(to)) await this.ended(ctx, changed, to);
    if (execution.groupStorageId !== null) {
      const message = `Execution ${execution.id} of deployment ${execution.deploymentName ?? ''} changed from ${previous} to ${to}`;
      await this.repository.addGroupEvent(ctx, execution.groupStorageId, message, change.at);
    }
    return changed;
  }

  private async began(ctx: TenantCtx, { storageId, deploymentStorageId }: LockedExecution): Promise<void> {
    if (deploymentStorageId === null) return;
    await this.runtime.executionStarted(ctx, deploymentStorageId, storageId);
  }

  private async ended(ctx: TenantCtx, execution: LockedExecution, status: EndStatus): Promise<void> {
    const { storageId, workflowId, deploymentStorageId, groupStorageId } = execution;
    if (deploymentStorageId !== null) {
      await this.runtime.executionEnded(ctx, deploymentStorageId, { storageId, workflowId, status });
      if (groupStorageId !== null)
        await this.repository.joinTargetGroup(ctx, groupStorageId, deploymentStorageId, status);
      if (status !== 'terminated' && UPDATES.has(workflowId)) await this.repository.failUpdate(ctx, storageId);
      if (removesDeployment(execution, status)) {
        await this.repository.leaveDeployment(ctx, storageId);
        await this.runtime.remove(ctx, deploymentStorageId);
      }
    }
    await this.audit.record(ctx, {
      action: 'execution.end',
      operation: 'update',
      outcome: 'success',
      refTable: 'executions',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id: execution.id },
      details: { status },
    });
  }
}

/** What was asked for with `force` goes even when its clean-up failed. */
function removesDeployment({ workflowId, hasForceParameter }: LockedExecution, status: EndStatus): boolean {
  if (workflowId !== DELETE_ENVIRONMENT) return false;
  return status === 'terminated' || (status === 'failed' && hasForceParameter);
}
