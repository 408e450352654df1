import { isEnd, type EndStatus, type ExecutionStatus } from '../../../core/executions/transitions.js';
import type { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { Log } from '../../../platform/logging/log.js';
import type { EventRecord, EventWriter } from '../events/event-writer.service.js';
import type { ExecutionStatuses } from '../status/execution-statuses.service.js';
import { patiently } from './database-errors.js';
import { LEASE_MS, type Lease } from './lease.js';
import type { HeldExecution, Hold, RunningRepository } from './running.repository.js';

/** How an execution is to end. */
export interface Outcome {
  readonly status: EndStatus;
  readonly error?: string;
}

export interface ExecutionEndParts {
  readonly unitOfWork: UnitOfWork;
  readonly repository: RunningRepository;
  readonly statuses: ExecutionStatuses;
  readonly events: EventWriter;
  readonly clock: Clock;
  readonly log: Log;
  /** An execution ended: whoever waits for it is told. */
  readonly announce: (execution: HeldExecution) => void;
}

export function isCancelling(status: ExecutionStatus | null): boolean {
  return status === 'cancelling' || status === 'force_cancelling' || status === 'kill_cancelling';
}

/** As texts of a dry run end (orchestration §4). */
export function runText(message: string, isDryRun: boolean): string {
  return isDryRun ? `${message} (dry run)` : message;
}

/** How a worker parts with an execution: at its end, or before. */
export class ExecutionEnd {
  constructor(
    private readonly parts: ExecutionEndParts,
    private readonly ctx: TenantCtx,
    private readonly held: HeldExecution,
    private readonly lease: Lease,
    private readonly hold: () => Hold,
  ) {}

  async finish(outcome: Outcome, isUnderWay: boolean): Promise<void> {
    await patiently(this.lease, () =>
      this.parts.unitOfWork.run(this.ctx, async (ctx) => {
        await this.parts.events.write(ctx, this.held.storageId, await this.write(ctx, outcome, isUnderWay));
      }),
    );
    this.parts.announce(this.held);
  }

  /**
   * In the open transaction: the status. Nothing when the lease was lost or it is over already.
   * @param isUnderWay whether operations are left, whose answers are still to be written
   * @returns the events that tell of it
   */
  async write(ctx: TenantCtx, outcome: Outcome, isUnderWay: boolean): Promise<EventRecord[]> {
    const { statuses, repository, clock } = this.parts;
    const hold = this.hold();
    const row = await repository.load(ctx, hold.storageId, hold.worker);
    const isAnother = row !== null && hold.run > 0 && row.run !== hold.run;
    if (row === null || isAnother || isEnd(row.status)) return [];
    // Who asked for a cancellation in the last moment gets it, unless the failure came first.
    const { status, error }: Outcome =
      outcome.status === 'terminated' && isCancelling(row.status) ? { status: 'cancelled' } : outcome;
    const details = { lease: hold.worker, error: error ?? '' };
    if ((await statuses.change(ctx, hold.storageId, status, details)) === null) return [];
    if (isUnderWay) await repository.startTail(ctx, hold, LEASE_MS);
    const name = `'${this.held.workflowId}' workflow execution`;
    const [eventType, message] = {
      terminated: ['workflow_succeeded', `${name} succeeded`],
      cancelled: ['workflow_cancelled', `${name} cancelled`],
      failed: ['workflow_failed', `${name} failed: ${error ?? ''}`],
    }[status] as [string, string];
    return [{ type: 'cloudify_event', eventType, message: runText(message, row.is_dry_run), at: clock.now() }];
  }

  /** Others may take it after that many seconds. */
  async letGo(afterSeconds: number): Promise<void> {
    const { unitOfWork, repository, log } = this.parts;
    const { storageId, worker } = this.hold();
    await unitOfWork
      .run(this.ctx, async (ctx) => {
        await repository.endTail(ctx, storageId, worker);
        await repository.release(ctx, storageId, worker, afterSeconds);
      })
      .catch((error: unknown) => log.warn('a lease is left to run out', { executionId: this.held.id, error }));
  }
}
