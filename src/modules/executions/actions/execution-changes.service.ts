import { Injectable } from '@nestjs/common';
import { isEnd, isExecutionStatus } from '../../../core/executions/transitions.js';
import { BadParametersError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { pageStatement, type Condition } from '../../../platform/listing/list-query.js';
import type { ListSource } from '../../../platform/listing/list-source.js';
import { EXECUTION_LIST } from '../executions.repository.js';
import { ExecutionQueueRepository } from '../queue/execution-queue.repository.js';
import type { DeleteExecutions, DeletedExecutions, UpdateExecution } from '../starting/start-execution.dto.js';
import { ExecutionStatusesRepository } from '../status/execution-statuses.repository.js';
import { ExecutionStatuses } from '../status/execution-statuses.service.js';
import { SystemExecutionsService } from '../system-executions.service.js';
import { ExecutionActionsRepository } from './execution-actions.repository.js';

const IDS: ListSource = {
  ...EXECUTION_LIST,
  fields: { ...EXECUTION_LIST.fields, storage_id: { kind: 'text', sql: 'r.storage_id::text' } },
  order: 'r.created_at DESC, r.storage_id DESC',
};

/** Reports of those who run executions, and removal of what is over (rest-api §3.6). */
@Injectable()
export class ExecutionChanges {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: ExecutionActionsRepository,
    private readonly rows: ExecutionStatusesRepository,
    private readonly statuses: ExecutionStatuses,
    private readonly facts: ExecutionQueueRepository,
    private readonly queue: SystemExecutionsService,
    private readonly audit: AuditSink,
  ) {}

  /** @throws BadParametersError, NotFoundError, AppError invalid_exception_status_update */
  async update(ctx: TenantCtx, id: string, input: UpdateExecution): Promise<void> {
    const { status } = input;
    if (!isExecutionStatus(status)) throw new BadParametersError(`Invalid status: \`${printable(status)}\``);
    await this.unitOfWork.run(ctx, async (ctx) => {
      const execution = await this.rows.lockById(ctx, id);
      if (!execution) throw new NotFoundError('Execution', printable(id));
      await this.statuses.change(ctx, execution.storageId, status, { error: input.error ?? '' });
      await this.audit.record(ctx, {
        action: 'execution.update',
        operation: 'update',
        outcome: 'success',
        refTable: 'executions',
        refId: Number(execution.storageId),
        refIdentifier: { tenant_id: ctx.tenantId, id },
        details: { from: execution.status, to: status },
      });
    });
    this.queue.wake();
  }

  /** Whether it could begin now: nothing that concerns the whole system, and nothing else of its deployment, runs. */
  async shouldStart(ctx: TenantCtx, id: string): Promise<boolean> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const found = await this.repository.find(ctx, id);
      if (!found) throw new NotFoundError('Execution', printable(id));
      if (isEnd(found.status)) return false;
      const facts = await this.facts.facts(ctx, found.deploymentStorageId, found.storageId);
      return !facts.systemWide && (found.isForced || !facts.deploymentActive);
    });
  }

  /**
   * Removes ended executions that the filters name: all but the newest so many, or those from before a time.
   * @throws BadParametersError
   */
  async remove(ctx: TenantCtx, listing: Listing, input: DeleteExecutions): Promise<DeletedExecutions> {
    const rule = ruleOf(input);
    for (const { field, values } of listing.filters) {
      if (field === 'status' && !values.every((value) => isExecutionStatus(String(value)) && isEnd(value as never)))
        throw new BadParametersError('Only ended executions can be deleted: `status` must name one of their states');
    }
    const count = await this.unitOfWork.run(ctx, async (ctx) => {
      const extra: Condition[] = [
        (parameters) => `r.tenant_id = ${parameters.add(ctx.tenantId)}`,
        () => `r.status IN ('terminated', 'failed', 'cancelled')`,
      ];
      const { before } = rule;
      if (before !== null) extra.push((parameters) => `r.created_at < ${parameters.add(before)}`);
      const everything = { ...listing, include: ['storage_id'], sort: [] };
      const { text, parameters } = pageStatement(ctx, IDS, everything, { extra, limit: null, offset: rule.keep });
      const rows = await queryRows<{ storage_id: string }>(ctx, text, parameters);
      const removed = await this.repository.remove(
        ctx,
        rows.map((row) => row.storage_id),
      );
      await this.audit.record(ctx, {
        action: 'execution.delete',
        operation: 'delete',
        outcome: 'success',
        refTable: 'executions',
        refId: null,
        refIdentifier: { tenant_id: ctx.tenantId },
        details: { count: removed },
      });
      return removed;
    });
    return { items: [{ count }], metadata: { pagination: { total: 1, size: listing.size, offset: listing.offset } } };
  }
}

function ruleOf({ keep_last: last, to_datetime: text }: DeleteExecutions): { keep: number; before: Date | null } {
  const hasLast = last !== undefined && last !== null;
  const hasDate = text !== undefined && text !== null;
  if (hasLast && hasDate)
    throw new BadParametersError(
      'Must provide either a `to_datetime` timestamp or a `keep_last` number of executions to keep',
    );
  if (hasLast) {
    const keep = typeof last === 'string' && /^\d+$/.test(last) ? Number(last) : last;
    if (typeof keep !== 'number' || !Number.isSafeInteger(keep) || keep <= 0)
      throw new BadParametersError('`keep_last` must be an integer greater than 0');
    return { keep, before: null };
  }
  if (!hasDate) return { keep: 0, before: null };
  const before = readIsoDate(text);
  if (!before) throw new BadParametersError(`\`to_datetime\` is not a date: \`${printable(text)}\``);
  return { keep: 0, before };
}
