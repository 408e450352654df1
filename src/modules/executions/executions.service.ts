import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../core/errors/app-error.js';
import type { Listing } from '../../core/listing/listing.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { ExecutionView } from '../../platform/executions/system-executions.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { ListQueries, type ListPage } from '../../platform/listing/list-queries.js';
import type { Condition } from '../../platform/listing/list-query.js';
import { Summaries, type SummaryPage, type SummaryRequest } from '../../platform/listing/summaries.js';
import { EXECUTION_LIST } from './executions.repository.js';

export interface ExecutionListWish {
  readonly withSystemWorkflows: boolean;
  /** The id of an execution group. */
  readonly group: string | null;
}

@Injectable()
export class ExecutionsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly summaries: Summaries,
  ) {}

  /** System-wide executions are left out unless asked for, by the flag or by a filter (rest-api §3.6). */
  list(ctx: ReachCtx, listing: Listing, wish: ExecutionListWish): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, EXECUTION_LIST, listing, { extra: conditionsOf(listing, wish) });
  }

  /** rest-api §3.17 */
  summary(ctx: ReachCtx, listing: Listing, request: SummaryRequest, wish: ExecutionListWish): Promise<SummaryPage> {
    return this.summaries.page(ctx, EXECUTION_LIST, listing, request, {
      type: 'executions',
      extra: conditionsOf(listing, wish),
    });
  }

  /** What there is to show of an execution that is yet to be made. */
  blank(): ExecutionView {
    return Object.fromEntries(Object.keys(EXECUTION_LIST.fields).map((field) => [field, null]));
  }

  /** @throws NotFoundError when it does not exist or is not visible */
  async get(ctx: TenantCtx, id: string): Promise<ExecutionView> {
    const execution = await this.unitOfWork.run(ctx, (ctx) => this.lists.single(ctx, EXECUTION_LIST, 'r.id', id));
    if (!execution) throw new NotFoundError('Execution', id);
    return execution;
  }
}

function conditionsOf(listing: Listing, { withSystemWorkflows, group }: ExecutionListWish): Condition[] {
  const all = withSystemWorkflows || listing.filters.some((filter) => filter.field === 'is_system_workflow');
  const conditions: Condition[] = all ? [] : [() => 'NOT r.is_system_workflow'];
  if (group !== null) {
    conditions.push(
      (parameters) =>
        `r.execution_group_id IN (SELECT g.storage_id FROM execution_group g WHERE g.id = ${parameters.add(group)})`,
    );
  }
  return conditions;
}
