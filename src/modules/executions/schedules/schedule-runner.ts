import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { holds } from '../../../core/access/actor.js';
import { AppError, ForbiddenError } from '../../../core/errors/app-error.js';
import { isEnd } from '../../../core/executions/transitions.js';
import { scheduleOccurrences, workOfOne } from '../../../core/schedules/schedule-rule.js';
import { ActorFactory } from '../../../platform/access/actor-factory.js';
import { Clock } from '../../../platform/clock/clock.js';
import { AppConfig } from '../../../platform/config/config.js';
import { ownReach, systemCtx, systemTenantCtx, type TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { Log } from '../../../platform/logging/log.js';
import { ExecutionsRepository } from '../executions.repository.js';
import { ExecutionStarter } from '../starting/execution-starter.service.js';
import { SystemExecutionsService } from '../system-executions.service.js';
import { SchedulesRepository, type DueSchedule, type HeldSchedule } from './schedules.repository.js';

const LOOK_EVERY_MS = 60_000;
const MOST_OF_A_ROUND = 1_000;

/** What becomes of a schedule that is due (orchestration §4). */
interface Verdict {
  readonly starts: boolean;
  readonly enabled: boolean;
}

/** Pure. @param now ms */
export function judgeDue(
  { latestStatus, stopOnFail, due, slip }: Pick<HeldSchedule, 'latestStatus' | 'stopOnFail' | 'due' | 'slip'>,
  now: number,
): Verdict {
  if (latestStatus !== null && !isEnd(latestStatus)) return { starts: false, enabled: true };
  if (latestStatus === 'failed' && stopOnFail) return { starts: false, enabled: false };
  return { starts: now - due.getTime() <= slip * 60_000 + LOOK_EVERY_MS, enabled: true };
}

/** Starts what schedules say, as who made them. Several processes may look; each schedule is judged by one of them. */
@Injectable()
export class ScheduleRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<unknown> | null = null;
  private isStopped = false;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: SchedulesRepository,
    private readonly executions: ExecutionsRepository,
    private readonly starter: ExecutionStarter,
    private readonly queue: SystemExecutionsService,
    private readonly actors: ActorFactory,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.role !== 'all' && this.config.role !== 'scheduler') return;
    this.timer = setInterval(() => {
      this.running ??= this.round()
        .catch((error: unknown) => this.log.warn('schedules could not be looked at', { error }))
        .finally(() => (this.running = null));
    }, LOOK_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    if (this.timer) clearInterval(this.timer);
    await this.running;
  }

  /** One look; answers how many executions it started. */
  async round(): Promise<number> {
    const now = this.clock.now();
    const ctx = systemCtx('schedules');
    const due = await this.unitOfWork.run(ctx, (ctx) => this.repository.due(ctx, now, MOST_OF_A_ROUND));
    let started = 0;
    for (const schedule of due) {
      if (this.isStopped) break;
      try {
        if (await this.one(schedule, now)) started += 1;
      } catch (error) {
        this.log.warn('a schedule could not be run', { schedule: schedule.storageId, error });
      }
    }
    return started;
  }

  private async one(due: DueSchedule, now: Date): Promise<boolean> {
    const ctx = await this.ownerCtx(due);
    try {
      // Start and next occurrence are one: a process that is lost in between has done neither.
      const started = await this.unitOfWork.run(ctx, (ctx) => this.judge(ctx, due, now, true));
      if (started) this.queue.wake();
      return started;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.log.warn('a scheduled execution could not be started', { schedule: due.storageId, reason: error.message });
      await this.unitOfWork.run(ctx, (ctx) => this.judge(ctx, due, now, false));
      return false;
    }
  }

  private async judge(ctx: TenantCtx, { storageId }: DueSchedule, now: Date, mayStart: boolean): Promise<boolean> {
    const schedule = await this.repository.hold(ctx, storageId, now);
    if (!schedule) return false;
    const { starts, enabled } = judgeDue(schedule, now.getTime());
    const executionStorageId = starts && mayStart ? await this.start(ctx, schedule) : null;
    const [next = null] = scheduleOccurrences(schedule.rule, schedule, { after: now, most: 1, work: workOfOne() });
    await this.repository.advance(ctx, storageId, { next, enabled, executionStorageId });
    return executionStorageId !== null;
  }

  private async start(ctx: TenantCtx, schedule: HeldSchedule): Promise<string> {
    if (!holds(ctx.actor, 'execution_start'))
      throw new ForbiddenError(`User \`${ctx.actor.username}\` may not start executions any more`);
    const { arguments: given } = schedule;
    const started = await this.starter.start(ctx, {
      deploymentId: schedule.deploymentId,
      workflowId: schedule.workflowId,
      parameters: schedule.parameters ?? {},
      allowCustomParameters: given['allow_custom_parameters'] === true,
      force: given['force'] === true,
      dryRun: given['is_dry_run'] === true,
      queue: true,
      ...(typeof given['wait_after_fail'] === 'number' ? { waitAfterFail: given['wait_after_fail'] } : {}),
    });
    return started.storageId;
  }

  private async ownerCtx({ tenantId, tenantName, creatorId, storageId }: DueSchedule): Promise<TenantCtx> {
    const system = systemCtx('schedules');
    const version = await this.unitOfWork.run(system, (ctx) => this.executions.accessVersion(ctx));
    const tenant = { id: tenantId, name: tenantName };
    const { executionId: _none, ...actor } = await this.actors.actorOf(version, creatorId, tenant, storageId);
    const ctx = { ...systemTenantCtx('schedules', tenant), actor };
    return { ...ctx, reach: ownReach(ctx) };
  }
}
