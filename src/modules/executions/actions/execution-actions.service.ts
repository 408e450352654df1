import { Injectable } from '@nestjs/common';
import { holds } from '../../../core/access/actor.js';
import { isExecutionAction, judgeAction, type ExecutionAction } from '../../../core/executions/actions.js';
import { isEnd } from '../../../core/executions/transitions.js';
import {
  AppError,
  BadParametersError,
  ConflictError,
  IllegalActionError,
  NotFoundError,
} from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import { NO_REACH, type TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { ExecutionTokens } from '../../../platform/executions/execution-tokens.js';
import { ExecutionPlaces } from '../queue/execution-places.service.js';
import { existing } from '../starting/execution-starter.service.js';
import { StartableDeploymentsRepository } from '../starting/startable-deployments.repository.js';
import { ExecutionStatusesRepository, type LockedExecution } from '../status/execution-statuses.repository.js';
import { ExecutionStatuses } from '../status/execution-statuses.service.js';
import { SystemExecutionsService } from '../system-executions.service.js';
import { ExecutionActionsRepository, type FoundExecution } from './execution-actions.repository.js';

/** Components of components are followed; a circle of them is not. */
const MAX_DEPTH = 50;

/** Cancel, kill, resume, requeue (orchestration §3), by people and by groups. */
@Injectable()
export class ExecutionActions {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: ExecutionActionsRepository,
    private readonly rows: ExecutionStatusesRepository,
    private readonly statuses: ExecutionStatuses,
    private readonly deployments: StartableDeploymentsRepository,
    private readonly places: ExecutionPlaces,
    private readonly tokens: ExecutionTokens,
    private readonly queue: SystemExecutionsService,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * Each execution in a transaction of its own, the named one first; components follow as far as the action means
   * anything to them.
   * @param throughQueue a resumed one waits for its turn even when there is room: what groups do
   * @throws BadParametersError, NotFoundError, IllegalActionError, ConflictError, AppError existing_running_execution_error
   */
  async act(ctx: TenantCtx, id: string, action: string, throughQueue = false): Promise<void> {
    if (!isExecutionAction(action)) throw new BadParametersError(`Invalid action: \`${printable(action)}\``);
    const found = await this.unitOfWork.run(ctx, (ctx) => this.repository.find(ctx, id));
    if (!found) throw new NotFoundError('Execution', printable(id));
    const home = homeOf(ctx, id, found);
    const acted = await this.unitOfWork.run(home, (ctx) => this.one(ctx, id, action, throughQueue));
    this.queue.wake();
    if (acted.deploymentStorageId !== null) {
      await this.follow(home, action, acted.deploymentStorageId, new Set([acted.deploymentStorageId]), 0);
      this.queue.wake();
    }
  }

  private async one(
    ctx: TenantCtx,
    id: string,
    action: ExecutionAction,
    throughQueue: boolean,
  ): Promise<LockedExecution> {
    // The lock of the deployment comes first, here as in a start.
    const seen = await this.repository.find(ctx, id);
    if (!seen) throw new NotFoundError('Execution', printable(id));
    if (startsAnew(action) && seen.deploymentStorageId !== null) {
      await this.deployments.lock(ctx, seen.deploymentStorageId);
    }
    const execution = await this.rows.lockById(ctx, id);
    if (!execution) throw new NotFoundError('Execution', printable(id));
    await this.apply(ctx, execution, action, throughQueue);
    await this.audit.record(ctx, {
      action: `execution.${action}`,
      operation: 'update',
      outcome: 'success',
      refTable: 'executions',
      refId: Number(execution.storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id },
      details: { from: execution.status },
    });
    return execution;
  }

  private async apply(
    ctx: TenantCtx,
    execution: LockedExecution,
    action: ExecutionAction,
    throughQueue: boolean,
  ): Promise<void> {
    const verdict = judgeAction(action, execution.status);
    const at = this.clock.now();
    switch (verdict.kind) {
      case 'nothing':
        return;
      case 'cancel':
        await this.statuses.write(ctx, execution, { status: 'cancelled', error: '', at });
        return;
      case 'ask': {
        // What was restored from elsewhere has nobody who would notice.
        const status = execution.engine === 'none' ? 'cancelled' : verdict.status;
        await this.statuses.write(ctx, execution, { status, error: '', at });
        if (action === 'kill') await this.tokens.revoke(ctx, execution.storageId);
        return;
      }
      case 'resume':
        await this.again(ctx, execution, verdict.force, throughQueue);
        return;
      case 'requeue':
        await this.again(ctx, execution, false, true);
        return;
      case 'refuse': {
        const message = `Cannot ${action} execution ${execution.id}: its status is ${execution.status}`;
        throw verdict.code === 'conflict_error' ? new ConflictError(message) : new IllegalActionError(message);
      }
    }
  }

  private async again(ctx: TenantCtx, execution: LockedExecution, force: boolean, queue: boolean): Promise<void> {
    const { storageId, id, workflowId, deploymentStorageId, deploymentName } = execution;
    if (deploymentName !== null && deploymentStorageId === null)
      throw new ConflictError(`Execution ${id} cannot be resumed: its deployment does not exist any more`);
    const place = await this.places.decide(ctx, {
      deploymentStorageId,
      itself: storageId,
      force: false,
      queue,
      overlaps: false,
      isAwaited: ctx.actor.executionId !== undefined,
    });
    if (place === 'refuse') throw existing({ id: deploymentName ?? '' }, { name: workflowId });
    await this.places.assertNoMaintenance(ctx, false);
    const status = queue || place === 'queue' ? 'queued' : 'pending';
    await this.statuses.write(ctx, execution, {
      status,
      error: '',
      at: this.clock.now(),
      endsLease: true,
      resumes: { force },
    });
  }

  private async follow(
    ctx: TenantCtx,
    action: ExecutionAction,
    deploymentStorageId: string,
    visited: Set<string>,
    depth: number,
  ): Promise<void> {
    if (action === 'requeue' || depth === MAX_DEPTH) return;
    const components = await this.unitOfWork.run(ctx, (ctx) => this.repository.components(ctx, deploymentStorageId));
    for (const component of components) {
      if (visited.has(component.storageId)) continue;
      visited.add(component.storageId);
      const { latest } = component;
      if (latest !== null && concerns(action, latest)) {
        await this.unitOfWork
          .run(ctx, (ctx) => this.one(ctx, latest.id, action, false))
          .catch((error: unknown) => {
            // It ended, or another one began on that component, in between: then this is not about it.
            if (!(error instanceof AppError)) throw error;
          });
      }
      await this.follow(ctx, action, component.storageId, visited, depth + 1);
    }
  }
}

/** A global execution of another tenant is acted on there, by those who may start one. */
function homeOf(ctx: TenantCtx, id: string, { tenantId, tenantName }: FoundExecution): TenantCtx {
  if (tenantId === ctx.tenantId) return ctx;
  if (!holds(ctx.actor, 'execute_global_workflow')) {
    throw new IllegalActionError(
      `Can't modify the global \`Execution\` \`${id}\` from tenant \`${ctx.tenantName}\`: it belongs to another one`,
    );
  }
  return { ...ctx, tenantId, tenantName, reach: { ...NO_REACH, tenantIds: [tenantId] } };
}

function startsAnew(action: ExecutionAction): boolean {
  return action === 'resume' || action === 'force-resume' || action === 'requeue';
}

/** Running ones are cancelled with their parent, cancelled and failed ones resumed, except `install` (orchestration §3). */
function concerns(
  action: ExecutionAction,
  { status, workflowId }: Pick<LockedExecution, 'status' | 'workflowId'>,
): boolean {
  if (startsAnew(action)) return (status === 'cancelled' || status === 'failed') && workflowId !== 'install';
  return !isEnd(status);
}
