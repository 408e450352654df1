import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ActorFactory } from '../../../platform/access/actor-factory.js';
import { Clock } from '../../../platform/clock/clock.js';
import { AppConfig } from '../../../platform/config/config.js';
import { systemCtx, systemTenantCtx, type TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { Log } from '../../../platform/logging/log.js';
import { DeploymentRuntime } from '../../deployments/running/deployment-runtime.port.js';
import { EventWriter } from '../events/event-writer.service.js';
import { ExecutionStatuses } from '../status/execution-statuses.service.js';
import { endSignal, SystemExecutionsService } from '../system-executions.service.js';
import type { Inherited } from './graph-run-parts.js';
import { GraphStore } from './graph-store.repository.js';
import { LEASE_MS } from './lease.js';
import { OperationRunner } from './operation-runner.service.js';
import { OperationSlots } from './operation-slots.js';
import { PlainPhases } from './plain-phases.service.js';
import { RunningRepository, type HeldExecution } from './running.repository.js';
import { WorkflowRun, type WorkflowRunParts } from './workflow-run.js';
import { WorldReader } from './world-reader.service.js';

/** How soon a worker notices what other processes ask for. */
const LOOK_EVERY_MS = 1_000;
const MAX_AT_ONCE = 50;
/** However much one tenant asks for, there is a place for another. */
const MOST_OF_ONE_TENANT = 40;
const MAX_OPERATIONS = 64;
/** What operations under way get to end by themselves when the process is asked to stop. */
const STOP_GRACE_MS = 5_000;

interface Work {
  readonly held: HeldExecution;
  readonly run: WorkflowRun;
  readonly done: Promise<void>;
}

/** Takes executions of workflows from their table and runs them. Several processes may do so; a lease decides who. */
@Injectable()
export class WorkflowWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly id = randomUUID();
  private readonly works = new Map<string, Work>();
  private readonly slots = new OperationSlots(MAX_OPERATIONS);
  private readonly parts: WorkflowRunParts;
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  private lookAgain = false;
  private isStopping = false;
  private readonly wake = (): void => this.look();

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: RunningRepository,
    private readonly executions: SystemExecutionsService,
    private readonly actors: ActorFactory,
    private readonly config: AppConfig,
    private readonly log: Log,
    store: GraphStore,
    runtime: DeploymentRuntime,
    events: EventWriter,
    operations: OperationRunner,
    statuses: ExecutionStatuses,
    worlds: WorldReader,
    plain: PlainPhases,
    clock: Clock,
  ) {
    const announce = ({ tenantId, id }: HeldExecution): void => {
      this.executions.signals.emit(endSignal(tenantId, id));
      this.look();
    };
    const { slots } = this;
    this.parts = {
      unitOfWork,
      repository,
      store,
      runtime,
      events,
      operations,
      slots,
      clock,
      statuses,
      worlds,
      plain,
      log,
      announce,
    };
  }

  onApplicationBootstrap(): void {
    if (this.config.role !== 'all' && this.config.role !== 'worker') return;
    this.executions.signals.on('wake', this.wake);
    this.timer = setInterval(this.wake, LOOK_EVERY_MS);
    this.look();
  }

  /** Before anything else goes: operations still write through the database. */
  async onModuleDestroy(): Promise<void> {
    if (this.timer === null) return;
    this.isStopping = true;
    this.slots.close();
    this.executions.signals.off('wake', this.wake);
    // What is being taken just now is begun, and handed over like the others.
    await this.looking;
    // Leases are renewed until the last operation has ended.
    const works = [...this.works.values()];
    await Promise.all(works.map(({ run }) => run.handOver(STOP_GRACE_MS)));
    await Promise.all(works.map(({ done }) => done));
    clearInterval(this.timer);
    await this.looking;
  }

  /** One look at a time; a call during one makes it look once more. */
  private look(): void {
    if (this.looking) {
      this.lookAgain = true;
      return;
    }
    this.looking = this.lookOnce()
      .catch((error: unknown) => this.log.warn('the queue of workflows could not be read', { error }))
      .finally(() => {
        this.looking = null;
        if (this.lookAgain) {
          this.lookAgain = false;
          this.look();
        }
      });
  }

  private async lookOnce(): Promise<void> {
    if (this.works.size > 0) await this.lookAfter();
    while (!this.isStopping && this.active() < MAX_AT_ONCE) {
      const held = await this.unitOfWork.run(systemCtx('execution-queue'), (ctx) =>
        this.repository.take(ctx, this.id, LEASE_MS, MOST_OF_ONE_TENANT),
      );
      if (held === null) return;
      // Resumed while operations of its last run are under way here: they become the new run's.
      const left = await this.works.get(held.storageId)?.run.leave();
      await this.begin(held, left);
    }
  }

  /** Renews all leases, and tells each execution what is asked of it. One statement. */
  private async lookAfter(): Promise<void> {
    const works = [...this.works];
    const askedAt = performance.now();
    let rows: Awaited<ReturnType<RunningRepository['held']>>;
    try {
      rows = await this.unitOfWork.run(systemCtx('execution-queue'), (ctx) =>
        this.repository.held(ctx, this.id, LEASE_MS),
      );
    } catch (error) {
      // Who could not renew in time notices by itself.
      for (const [, { run }] of works) void run.lease.isLost;
      throw error;
    }
    const found = new Map(rows.map((row) => [row.storage_id, row]));
    for (const [storageId, work] of works) {
      const row = found.get(storageId);
      if (this.works.get(storageId) !== work || work.run.stage === 'over') continue;
      // What was resumed while it ran is taken up again below.
      const isHandedOn = work.run.stage === 'running' && row?.leads === false && row.trails;
      if (isHandedOn) continue;
      const isHeld = work.run.stage === 'tail' ? row?.trails : row?.leads;
      if (row === undefined || isHeld !== true) {
        // Lost, or over just now, when there is nothing to lose any more.
        work.run.lease.lose();
        continue;
      }
      work.run.lease.confirm(askedAt);
      if (work.run.stage === 'running') work.run.notice(row.status);
    }
  }

  private async begin(held: HeldExecution, inherited: Inherited = { flights: new Map(), results: [] }): Promise<void> {
    const run = new WorkflowRun(this.parts, await this.ctxOf(held), held, this.id, inherited);
    const work: Work = {
      held,
      run,
      done: run.work().finally(() => {
        if (this.works.get(held.storageId) === work) this.works.delete(held.storageId);
        this.look();
      }),
    };
    this.works.set(held.storageId, work);
  }

  private active(): number {
    return [...this.works.values()].filter(({ run }) => run.stage === 'running').length;
  }

  /** The work is done as whoever asked for it, with the rights they hold now. */
  private async ctxOf(held: HeldExecution): Promise<TenantCtx> {
    const tenant = { id: held.tenantId, name: held.tenantName };
    const accessVersion = await this.unitOfWork.run(systemCtx('execution-queue'), (ctx) =>
      this.repository.accessVersion(ctx),
    );
    const actor = await this.actors.actorOf(accessVersion, held.creatorId, tenant, held.id);
    return { ...systemTenantCtx('execution', tenant), actor, requestId: `execution:${held.id}` };
  }
}
