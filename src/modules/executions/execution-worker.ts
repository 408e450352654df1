import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { isBeingCancelled } from '../../core/executions/transitions.js';
import { ActorFactory } from '../../platform/access/actor-factory.js';
import { Clock } from '../../platform/clock/clock.js';
import { AppConfig } from '../../platform/config/config.js';
import { systemCtx, systemTenantCtx, type TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { ExecutionOutcome, SystemWorkflow } from '../../platform/executions/system-executions.js';
import { Log } from '../../platform/logging/log.js';
import { ExecutionsRepository, type TakenExecution } from './executions.repository.js';
import { ExecutionStatuses } from './status/execution-statuses.service.js';
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

type Outcome = ExecutionOutcome | { readonly kind: 'cancelled' };
const CANCELLED: Outcome = { kind: 'cancelled' };

const EVENT_OF = {
  terminated: 'workflow_succeeded',
  failed: 'workflow_failed',
  cancelled: 'workflow_cancelled',
} as const;
const TEXT_OF: Readonly<Record<Outcome['kind'], (error: string) => string>> = {
  terminated: () => 'succeeded',
  failed: (error) => `failed: ${error}`,
  cancelled: () => 'cancelled',
};

interface Begun {
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface Lease {
  /** Aborted when the lease is lost, the execution is being cancelled, or this process stops. */
  readonly signal: AbortSignal;
  isCancelled(): boolean;
  stop(): void;
}

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
    private readonly statuses: ExecutionStatuses,
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
    const begun = await this.unitOfWork.run(ctx, (ctx) => this.begin(ctx, taken));
    if (!begun) return;
    const lease = this.keepLease(ctx, taken.storageId);
    try {
      const outcome = await this.outcomeOf(ctx, taken, begun.parameters, lease.signal);
      if (outcome) await this.end(ctx, taken, outcome);
      else if (lease.isCancelled()) await this.end(ctx, taken, CANCELLED);
      else await this.unitOfWork.run(ctx, (ctx) => this.repository.release(ctx, taken.id, this.id));
    } finally {
      lease.stop();
    }
  }

  /** Null when it is not ours any more, or has been cancelled: then it has ended. */
  private async begin(ctx: TenantCtx, taken: TakenExecution): Promise<Begun | null> {
    const execution = await this.repository.statusOf(ctx, taken.storageId);
    if (execution !== null && isBeingCancelled(execution)) {
      await this.end(ctx, taken, CANCELLED);
      return null;
    }
    const changed = await this.statuses.change(ctx, taken.storageId, 'started', { lease: this.id });
    if (!changed) return null;
    if (taken.attempts === 1) {
      await this.addEvent(ctx, taken.id, 'workflow_started', `Starting '${taken.workflowId}' workflow execution`);
    }
    return { parameters: await this.repository.parameters(ctx, taken.storageId) };
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

  private async end(ctx: TenantCtx, taken: TakenExecution, outcome: Outcome): Promise<void> {
    const { id, storageId, workflowId } = taken;
    await this.unitOfWork.run(ctx, async (ctx) => {
      const execution = await this.repository.statusOf(ctx, storageId);
      // Cancelled in its last moment: what was done stays done, and the execution ends as it was asked to.
      const kind =
        execution !== null && isBeingCancelled(execution) && outcome.kind === 'terminated' ? 'cancelled' : outcome.kind;
      const error = outcome.kind === 'failed' ? outcome.error : '';
      const changed = await this.statuses.change(ctx, storageId, kind, { error, lease: this.id });
      if (!changed) return;
      if (kind !== 'terminated') await this.workflow(workflowId).failed?.(ctx, id, error === '' ? 'Cancelled' : error);
      // The log goes with the deployment, and so does the last line of it.
      await this.addEvent(ctx, id, EVENT_OF[kind], `'${workflowId}' workflow execution ${TEXT_OF[kind](error)}`);
    });
  }

  private keepLease(ctx: TenantCtx, storageId: string): Lease {
    const over = new AbortController();
    let isCancelled = false;
    const timer = setInterval(() => {
      this.unitOfWork
        .run(ctx, (ctx) => this.repository.renew(ctx, storageId, this.id, LEASE_MS))
        .then((status) => {
          isCancelled = status !== null && isBeingCancelled(status);
          if (status === null || isCancelled) over.abort();
        })
        .catch((error: unknown) => this.log.warn('a lease could not be renewed', { storageId, error }));
    }, RENEW_EVERY_MS);
    return {
      signal: AbortSignal.any([over.signal, this.stopping.signal]),
      isCancelled: () => isCancelled,
      stop: () => clearInterval(timer),
    };
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
