import { Injectable } from '@nestjs/common';
import type { MaintenanceStatus } from '../../platform/access/maintenance.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { execute, queryRows } from '../../platform/database/tx.js';

export interface MaintenanceState {
  readonly status: MaintenanceStatus;
  readonly requestedAt: string | null;
  readonly activatedAt: string | null;
  readonly requestedBy: string | null;
}

/** Each step is one statement that asks for the state it starts from: of two at the same time one does it. */
@Injectable()
export class MaintenanceRepository {
  async state(ctx: Ctx): Promise<MaintenanceState> {
    const [row] = await queryRows<MaintenanceState>(
      ctx,
      `SELECT maintenance_status AS status, maintenance_requested_at AS "requestedAt",
              maintenance_activated_at AS "activatedAt", maintenance_requested_by AS "requestedBy"
         FROM system_state`,
    );
    if (!row) throw new Error('The table system_state has no row.');
    return row;
  }

  async begin(ctx: Ctx, at: Date, requestedBy: string): Promise<boolean> {
    const changed = await execute(
      ctx,
      `UPDATE system_state SET maintenance_status = 'activating', maintenance_requested_at = $1,
              maintenance_activated_at = NULL, maintenance_requested_by = $2
        WHERE maintenance_status = 'deactivated'`,
      [at, requestedBy],
    );
    return changed === 1;
  }

  /** Finishes the activation that was asked for at that time, and no later one. */
  async finish(ctx: Ctx, requestedAt: string | null, at: Date): Promise<boolean> {
    const changed = await execute(
      ctx,
      `UPDATE system_state SET maintenance_status = 'activated', maintenance_activated_at = $2
        WHERE maintenance_status = 'activating' AND maintenance_requested_at IS NOT DISTINCT FROM $1::timestamptz`,
      [requestedAt, at],
    );
    return changed === 1;
  }

  async end(ctx: Ctx): Promise<boolean> {
    const changed = await execute(
      ctx,
      `UPDATE system_state SET maintenance_status = 'deactivated', maintenance_requested_at = NULL,
              maintenance_activated_at = NULL, maintenance_requested_by = NULL
        WHERE maintenance_status <> 'deactivated'`,
    );
    return changed === 1;
  }
}
