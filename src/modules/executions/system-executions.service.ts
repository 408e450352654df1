import { Injectable } from '@nestjs/common';
import { EventEmitter, once } from 'node:events';
import type { Reach } from '../../core/access/visibility.js';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import { Clock } from '../../platform/clock/clock.js';
import type { Ctx, TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import {
  SystemExecutions,
  type ExecutionView,
  type SystemWorkflow,
} from '../../platform/executions/system-executions.js';
import { ListQueries } from '../../platform/listing/list-queries.js';
import { EXECUTION_LIST, ExecutionsRepository } from './executions.repository.js';

/** How often the end of an execution is looked for that another process may work on. */
const LOOK_EVERY_MS = 500;

@Injectable()
export class SystemExecutionsService extends SystemExecutions {
  readonly workflows = new Map<string, SystemWorkflow>();
  /** `wake`: there may be work; `end:<tenant>:<id>`: an execution ended in this process. */
  readonly signals = new EventEmitter().setMaxListeners(0);

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: ExecutionsRepository,
    private readonly lists: ListQueries,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {
    super();
  }

  override register(workflow: SystemWorkflow): void {
    this.workflows.set(workflow.workflowId, workflow);
  }

  override async start(ctx: TenantCtx, request: Parameters<SystemExecutions['start']>[1]): Promise<string> {
    const storageId = await this.repository.insert(ctx, { ...request, createdAt: this.clock.now() });
    await this.audit.record(ctx, {
      action: 'execution.start',
      operation: 'create',
      outcome: 'success',
      refTable: 'executions',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id: request.id },
      details: { workflow_id: request.workflowId },
    });
    return storageId;
  }

  override wake(): void {
    this.signals.emit('wake');
  }

  override async views(
    ctx: Ctx & { readonly reach: Reach },
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, ExecutionView>> {
    if (ids.length === 0) return new Map();
    const rows = await this.lists.rowsAmong(ctx, EXECUTION_LIST, 'r.id', ids);
    return new Map(rows.map((row) => [String(row['id']), row]));
  }

  override async waitForEnd(ctx: TenantCtx, id: string, timeoutMs: number): Promise<boolean> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      if (await this.unitOfWork.run(ctx, (ctx) => this.repository.hasEnded(ctx, id))) return true;
      if (deadline.aborted) return false;
      const signal = AbortSignal.any([deadline, AbortSignal.timeout(LOOK_EVERY_MS)]);
      await once(this.signals, endSignal(ctx.tenantId, id), { signal }).catch(() => undefined);
    }
  }
}

export function endSignal(tenantId: number, id: string): string {
  return `end:${tenantId}:${id}`;
}
