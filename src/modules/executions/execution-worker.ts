import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ActorFactory } from '../../platform/access/actor-factory.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { Clock } from '../../platform/clock/clock.js';
import { AppConfig } from '../../platform/config/config.js';
import { systemCtx, systemTenantCtx, type TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { ExecutionOutcome, SystemWorkflow } from '../../platform/executions/system-executions.js';
import { Log } from '../../platform/logging/log.js';
import { ExecutionsRepository, type TakenExecution } from './executions.repository.js';
import { endSignal, SystemExecutionsService } from './system-executions.service.js';

/** How long a lost worker keeps others waiting; renewed three times within it. */
const LEASE_MS = 15_000;
const RENEW_EVERY_MS = 5_000;
/** How soon work is found that another process wrote. */
const LOOK_EVERY_MS = 2_000;
const MAX_AT_ONCE = 4;
/** However much one tenant asks for, there is a place for another. */
const MOST_OF_ONE_TENANT = MAX_AT_ONCE - 1;
/** What loses its worker this often is what kills it. */
const MAX_ATTEMPTS = 3;

/** Takes system executions from their table and runs them. Several processes may do so; a lease decides who. */
@Injectable()
export class ExecutionWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly id = randomUUID();
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  private lookAgain = false;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: ExecutionsRepository,
    private readonly executions: SystemExecutionsService,
    private readonly actors: ActorFactory,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.role !== 'all' && this.config.role !== 'worker') return;
    this.executions.signals.on('wake', () => this.look());
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.look();
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.stopping.abort();
    await this.looking;
    await Promise.all(this.running);
  }

  /** One search at a time; a call during one makes it search once more. */
  private look(): void {
    if (this.stopping.signal.aborted) return;
    if (this.looking) {
      this.lookAgain = true;
      return;
    }
    this.looking = this.takeAll()
      .catch((error: unknown) => this.log.warn('the execution queue could not be read', { error }))
      .finally(() => {
        this.looking = null;
        if (this.lookAgain) {
          this.lookAgain = false;
          this.look();
        }
      });
  }

  private async takeAll(): Promise<void> {
    while (this.running.size < MAX_AT_ONCE && !this.stopping.signal.aborted) {
      const taken = await this.unitOfWork.run(systemCtx('execution-queue'), (ctx) =>
        this.repository.take(ctx, this.id, LEASE_MS, {
          workflowIds: [...this.executions.workflows.keys()],
          mostOfOne: MOST_OF_ONE_TENANT,
        }),
      );
      if (!taken) return;
      const work: Promise<void> = this.work(taken)
        .catch((error: unknown) =>
          this.log.error('an execution could not be brought to its end', { executionId: taken.id, error }),
        )
        .finally(() => {
          this.running.delete(work);
          this.executions.signals.emit(endSignal(taken.tenantId, taken.id));
          this.look();
        });
      this.running.add(work);
    }
  }

  private async work(taken: TakenExecution): Promise<void> {
    const ctx = await this.ctxOf(taken);
    const parameters = await this.unitOfWork.run(ctx, async (ctx) => {
      const begun = await this.repository.begin(ctx, taken.id, this.id, this.clock.now());
      if (begun && taken.attempts === 1) {
        await this.addEvent(ctx, taken.id, 'workflow_started', `Starting '${taken.workflowId}' workflow execution`);
      }
      return begun;
    });
    if (!parameters) return;
    const lease = this.keepLease(ctx, taken.id);
    try {
      const outcome = await this.outcomeOf(ctx, taken, parameters, lease.signal);
      if (outcome) await this.end(ctx, taken, outcome);
      else await this.unitOfWork.run(ctx, (ctx) => this.repository.release(ctx, taken.id, this.id));
    } finally {
      lease.stop();
    }
  }

  /** Null when the work was interrupted, by us or by losing the lease: whoever takes it next finishes it. */
  private async outcomeOf(
    ctx: TenantCtx,
    taken: TakenExecution,
    parameters: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<ExecutionOutcome | null> {
    if (taken.attempts > MAX_ATTEMPTS) {
      return { kind: 'failed', error: `The work was interrupted ${MAX_ATTEMPTS} times and is given up` };
    }
    const workflow = this.workflow(taken.workflowId);
    try {
      return await workflow.run(ctx, {
        id: taken.id,
        parameters,
        earlierAttempts: taken.attempts - 1,
        signal,
        log: (level, message) => this.addLog(ctx, taken.id, level, message),
      });
    } catch (error) {
      if (signal.aborted) return null;
      this.log.error('a system workflow failed', { executionId: taken.id, error });
      return {
        kind: 'failed',
        error: `Internal error; the manager's log has the details under the execution's id ${taken.id}`,
      };
    }
  }

  private workflow(workflowId: string): SystemWorkflow {
    const workflow = this.executions.workflows.get(workflowId);
    if (!workflow) throw new Error(`No system workflow is called ${workflowId}.`);
    return workflow;
  }

  private async end(ctx: TenantCtx, { id, workflowId }: TakenExecution, outcome: ExecutionOutcome): Promise<void> {
    const error = outcome.kind === 'failed' ? outcome.error : '';
    await this.unitOfWork.run(ctx, async (ctx) => {
      const storageId = await this.repository.end(ctx, id, this.id, outcome.kind, error, this.clock.now());
      if (storageId === null) return;
      if (outcome.kind === 'failed') await this.workflow(workflowId).failed?.(ctx, id, error);
      if (outcome.kind === 'failed')
        await this.addEvent(ctx, id, 'workflow_failed', `'${workflowId}' workflow execution failed: ${error}`);
      else await this.addEvent(ctx, id, 'workflow_succeeded', `'${workflowId}' workflow execution succeeded`);
      await this.audit.record(ctx, {
        action: 'execution.end',
        operation: 'update',
        outcome: 'success',
        refTable: 'executions',
        refId: storageId,
        refIdentifier: { tenant_id: ctx.tenantId, id },
        details: { status: outcome.kind },
      });
    });
  }

  private keepLease(ctx: TenantCtx, id: string): { readonly signal: AbortSignal; stop(): void } {
    const lost = new AbortController();
    const timer = setInterval(() => {
      this.unitOfWork
        .run(ctx, (ctx) => this.repository.renew(ctx, id, this.id, LEASE_MS))
        .then((isOurs) => {
          if (!isOurs) lost.abort();
        })
        .catch((error: unknown) => this.log.warn('a lease could not be renewed', { executionId: id, error }));
    }, RENEW_EVERY_MS);
    return { signal: AbortSignal.any([lost.signal, this.stopping.signal]), stop: () => clearInterval(timer) };
  }

  private async addLog(ctx: TenantCtx, id: string, level: string, message: string): Promise<void> {
    await this.unitOfWork.run(ctx, (ctx) =>
      this.repository.addEvent(ctx, id, {
        type: 'cloudify_log',
        eventType: null,
        logger: 'manager',
        level,
        message,
        at: this.clock.now(),
      }),
    );
  }

  private async addEvent(ctx: TenantCtx, id: string, eventType: string, message: string): Promise<void> {
    await this.repository.addEvent(ctx, id, {
      type: 'cloudify_event',
      eventType,
      logger: null,
      level: null,
      message,
      at: this.clock.now(),
    });
  }

  /** The work is done as whoever asked for it, with the rights they hold now. */
  private async ctxOf(taken: TakenExecution): Promise<TenantCtx> {
    const tenant = { id: taken.tenantId, name: taken.tenantName };
    const accessVersion = await this.unitOfWork.run(systemCtx('execution-queue'), (ctx) =>
      this.repository.accessVersion(ctx),
    );
    const actor = await this.actors.actorOf(accessVersion, taken.creatorId, tenant, taken.id);
    return { ...systemTenantCtx('execution', tenant), actor, requestId: `execution:${taken.id}` };
  }
}
