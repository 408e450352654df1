import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DslError } from '../../../core/dsl/diagnostics.js';
import { AppError } from '../../../core/errors/app-error.js';
import { ActorFactory } from '../../../platform/access/actor-factory.js';
import { Clock } from '../../../platform/clock/clock.js';
import { AppConfig } from '../../../platform/config/config.js';
import { systemCtx, systemTenantCtx, type TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { Log } from '../../../platform/logging/log.js';
import { ExecutionsRepository } from '../executions.repository.js';
import { WorkflowChecks } from '../starting/workflow-checks.service.js';
import { ExecutionStatusesRepository, type LockedExecution } from '../status/execution-statuses.repository.js';
import { ExecutionStatuses } from '../status/execution-statuses.service.js';
import { SystemExecutionsService } from '../system-executions.service.js';
import { ExecutionPlaces } from './execution-places.service.js';
import { ExecutionQueueRepository, type PromotedExecution } from './execution-queue.repository.js';

/** How soon a place is found that became free elsewhere: in another process, or by maintenance mode's end. */
const LOOK_EVERY_MS = 1_000;
/** How long whoever judges a promoted execution may take; then it is in the queue again. */
const LEASE_MS = 30_000;
const BATCH = 5;

/**
 * Lets executions go from the queue when there is room (orchestration §2). Several processes may look: the database gives
 * places away, one look at a time.
 */
@Injectable()
export class QueuePromoter implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly id = randomUUID();
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  private lookAgain = false;
  private isStopping = false;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: ExecutionQueueRepository,
    private readonly executions: ExecutionsRepository,
    private readonly rows: ExecutionStatusesRepository,
    private readonly statuses: ExecutionStatuses,
    private readonly checks: WorkflowChecks,
    private readonly places: ExecutionPlaces,
    private readonly actors: ActorFactory,
    private readonly system: SystemExecutionsService,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.role !== 'all' && this.config.role !== 'worker') return;
    this.system.signals.on('wake', () => this.look());
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    if (this.timer) clearInterval(this.timer);
    await this.looking;
  }

  private look(): void {
    if (this.isStopping) return;
    if (this.looking) {
      this.lookAgain = true;
      return;
    }
    this.looking = this.promoteAll()
      .catch((error: unknown) => this.log.warn('the queue of executions could not be read', { error }))
      .finally(() => {
        this.looking = null;
        if (!this.lookAgain) return;
        this.lookAgain = false;
        this.look();
      });
  }

  /** Batch after batch, as long as there is room. */
  private async promoteAll(): Promise<void> {
    let hasStarted = false;
    while (!this.isStopping) {
      const promoted = await this.unitOfWork.run(systemCtx('execution-queue'), (ctx) =>
        this.repository.promote(ctx, this.id, { leaseMs: LEASE_MS, most: this.places.most(), batch: BATCH }),
      );
      if (promoted.length === 0) break;
      for (const execution of promoted) await this.admit(execution);
      hasStarted = true;
    }
    if (hasStarted) this.system.wake();
  }

  /** Judged anew under the rights its creator holds now; what cannot start any more has failed. */
  private async admit(promoted: PromotedExecution): Promise<void> {
    const ctx = await this.ctxOf(promoted);
    try {
      await this.unitOfWork.run(ctx, (ctx) => this.start(ctx, promoted));
    } catch (error) {
      if (isOurs(error)) throw error;
      const text = error instanceof Error ? error.message : String(error);
      await this.unitOfWork.run(ctx, async (ctx) => {
        const execution = await this.held(ctx, promoted);
        if (!execution) return;
        const message = `Error dequeueing execution: ${text}`;
        await this.statuses.write(ctx, execution, { status: 'failed', error: message, at: this.clock.now() });
      });
    }
  }

  private async start(ctx: TenantCtx, promoted: PromotedExecution): Promise<void> {
    const execution = await this.held(ctx, promoted);
    if (!execution) return;
    const parameters = await this.judged(ctx, execution);
    if ((await this.repository.maintenance(ctx)) !== 'deactivated') {
      await this.executions.release(ctx, execution.id, this.id);
      return;
    }
    if (parameters !== null) await this.rows.setParameters(ctx, execution.storageId, parameters);
    await this.statuses.write(ctx, execution, { status: 'pending', at: this.clock.now(), endsLease: true });
  }

  /** The parameters as they are now; null where nothing is to be judged. */
  private async judged(ctx: TenantCtx, execution: LockedExecution): Promise<string | null> {
    const { deploymentStorageId, workflowId, storageId, engine } = execution;
    if (engine !== 'graph' || deploymentStorageId === null) return null;
    const { deployment, workflow } = await this.checks.workflow(ctx, deploymentStorageId, workflowId);
    const { given, allowCustom, isResumed } = await this.rows.given(ctx, storageId);
    if (isResumed) return null;
    if (!execution.isForced) await this.checks.assertAvailable(ctx, deployment, workflow);
    return this.checks.parameters(ctx, deployment, workflow, { given, allowCustom });
  }

  /** Null when it was cancelled meanwhile, or this process was too slow: then it is in the queue again. */
  private async held(ctx: TenantCtx, { storageId }: PromotedExecution): Promise<LockedExecution | null> {
    const execution = await this.rows.lock(ctx, storageId);
    return execution?.status === 'queued' && execution.leaseOwner === this.id && execution.isHeld ? execution : null;
  }

  private async ctxOf({ id, tenantId, tenantName, creatorId }: PromotedExecution): Promise<TenantCtx> {
    const tenant = { id: tenantId, name: tenantName };
    const accessVersion = await this.unitOfWork.run(systemCtx('execution-queue'), (ctx) =>
      this.executions.accessVersion(ctx),
    );
    const actor = await this.actors.actorOf(accessVersion, creatorId, tenant, id);
    return { ...systemTenantCtx('execution', tenant), actor, requestId: `execution:${id}` };
  }
}

/** Trouble of the database, or a fault of ours, says nothing about the execution: it is tried again. */
function isOurs(error: unknown): boolean {
  return !(error instanceof AppError || error instanceof DslError);
}
