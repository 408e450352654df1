import { Injectable } from '@nestjs/common';
import { holds } from '../../core/access/actor.js';
import { MaintenanceMode, type MaintenanceStatus } from '../../platform/access/maintenance.js';
import { UnfinishedExecutions } from '../../platform/access/unfinished-executions.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { Clock } from '../../platform/clock/clock.js';
import { systemCtx, type Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Log } from '../../platform/logging/log.js';
import type { MaintenanceView } from './maintenance.dto.js';
import { MaintenanceRepository, type MaintenanceState } from './maintenance.repository.js';

/**
 * Maintenance mode (rest-api §1.17): asked for, it is *activating* until no execution is unfinished, then *activated*.
 * The state lives in the database, so it survives restarts and holds for every replica.
 */
@Injectable()
export class MaintenanceModeService extends MaintenanceMode {
  private settling: Promise<MaintenanceStatus> | null = null;

  constructor(
    private readonly states: MaintenanceRepository,
    private readonly executions: UnfinishedExecutions,
    private readonly unitOfWork: UnitOfWork,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    super();
  }

  async current(ctx: Ctx): Promise<MaintenanceView> {
    return this.view(ctx, await this.state(ctx));
  }

  /** Null when it is active or activating already. Requests that start work are refused before what runs is counted. */
  async activate(ctx: Ctx): Promise<MaintenanceView | null> {
    const isNew = await this.unitOfWork.run(ctx, async (ctx) => {
      if (!(await this.states.begin(ctx, this.clock.now(), ctx.actor.username))) return false;
      await this.record(ctx, 'maintenance.activate', 'deactivated', 'activating');
      return true;
    });
    if (!isNew) return null;
    await this.settle();
    return this.current(ctx);
  }

  /** Null when it is not active. */
  async deactivate(ctx: Ctx): Promise<MaintenanceView | null> {
    const isNew = await this.unitOfWork.run(ctx, async (ctx) => {
      const { status } = await this.states.state(ctx);
      if (!(await this.states.end(ctx))) return false;
      await this.record(ctx, 'maintenance.deactivate', status, 'deactivated');
      return true;
    });
    return isNew ? this.current(ctx) : null;
  }

  /**
   * Callers at the same time share one look. Any request may cause it, so none fails by it: where it cannot be done the
   * mode stays `activating`, which refuses new work as well.
   */
  override async settle(): Promise<MaintenanceStatus> {
    this.settling ??= this.finishIfIdle()
      .catch((error: unknown): MaintenanceStatus => {
        this.log.error('maintenance mode could not be activated', { error });
        return 'activating';
      })
      .finally(() => {
        this.settling = null;
      });
    return this.settling;
  }

  private async finishIfIdle(): Promise<MaintenanceStatus> {
    const system = systemCtx('maintenance');
    const { status, requestedAt } = await this.state(system);
    if (status !== 'activating' || (await this.executions.exist())) return status;
    return this.unitOfWork.run(system, async (ctx) => {
      if (!(await this.states.finish(ctx, requestedAt, this.clock.now()))) return (await this.states.state(ctx)).status;
      await this.record(ctx, 'maintenance.activated', 'activating', 'activated');
      return 'activated';
    });
  }

  private state(ctx: Ctx): Promise<MaintenanceState> {
    return this.unitOfWork.run(ctx, (ctx) => this.states.state(ctx));
  }

  /** What runs in all tenants is shown to those who may switch the mode, and to nobody else. */
  private async view(ctx: Ctx, state: MaintenanceState): Promise<MaintenanceView> {
    const maySeeRest = state.status === 'activating' && holds(ctx.actor, 'maintenance_mode_set');
    return {
      status: state.status,
      activated_at: state.activatedAt ?? '',
      activation_requested_at: state.requestedAt ?? '',
      remaining_executions: maySeeRest ? await this.executions.list(ctx) : null,
      requested_by: state.requestedBy ?? '',
    };
  }

  private record(ctx: Ctx, action: string, before: MaintenanceStatus, after: MaintenanceStatus): Promise<void> {
    return this.audit.record(ctx, {
      action,
      operation: 'update',
      outcome: 'success',
      refTable: 'maintenance_mode',
      refId: 1,
      refIdentifier: { id: 1 },
      details: { before, after },
    });
  }
}
