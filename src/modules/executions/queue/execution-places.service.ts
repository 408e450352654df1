import { Injectable } from '@nestjs/common';
import { decideQueue, type QueueDecision, type QueueWish } from '../../../core/executions/queue-decision.js';
import { maintenanceError } from '../../../platform/access/maintenance-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { RuntimeSettings } from '../../../platform/settings/runtime-settings.js';
import { ExecutionQueueRepository } from './execution-queue.repository.js';

/** Decides whether an execution may run now. */
@Injectable()
export class ExecutionPlaces {
  constructor(
    private readonly repository: ExecutionQueueRepository,
    private readonly settings: RuntimeSettings,
  ) {}

  /**
   * In the open transaction, which from then on is the only one that gives places away. Whoever asks for several locks
   * takes that of the deployment before.
   */
  async decide(
    ctx: TenantCtx,
    wish: QueueWish & { readonly deploymentStorageId: string | null; readonly itself: string | null },
  ): Promise<QueueDecision> {
    const facts = await this.repository.facts(ctx, wish.deploymentStorageId, wish.itself);
    return decideQueue(wish, { ...facts, most: this.most() });
  }

  most(): number {
    return this.settings.integer('max_concurrent_workflows');
  }

  /**
   * No execution slips past an activation of maintenance mode: either it waits until this transaction is over and then
   * sees the new execution, or it is seen here.
   * @throws AppError entering_maintenance_mode, maintenance_mode_active
   */
  async assertNoMaintenance(ctx: TenantCtx, isLetThrough: boolean): Promise<void> {
    const status = await this.repository.maintenance(ctx);
    if (status !== 'deactivated' && !isLetThrough) throw maintenanceError(status);
  }
}
