import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../core/errors/app-error.js';
import type { Listing } from '../../core/listing/listing.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { ExecutionView } from '../../platform/executions/system-executions.js';
import type { JsonStream } from '../../platform/http/json-stream.js';
import { ListQueries, type ListPage } from '../../platform/listing/list-queries.js';
import { EXECUTION_LIST } from './executions.repository.js';

@Injectable()
export class ExecutionsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
  ) {}

  /** System-wide executions are left out unless asked for, by the flag or by a filter (rest-api §3.6). */
  list(ctx: ReachCtx, listing: Listing, withSystemWorkflows: boolean): Promise<ListPage | JsonStream> {
    const all = withSystemWorkflows || listing.filters.some((filter) => filter.field === 'is_system_workflow');
    return this.lists.page(ctx, EXECUTION_LIST, listing, { extra: all ? [] : [() => 'NOT r.is_system_workflow'] });
  }

  /** @throws NotFoundError when it does not exist or is not visible */
  async get(ctx: TenantCtx, id: string): Promise<ExecutionView> {
    const execution = await this.unitOfWork.run(ctx, (ctx) => this.lists.single(ctx, EXECUTION_LIST, 'r.id', id));
    if (!execution) throw new NotFoundError('Execution', id);
    return execution;
  }
}
