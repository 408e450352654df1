import { Injectable } from '@nestjs/common';
import { BadParametersError, ConflictError, ForbiddenError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import { ListQueries, type ListPage } from '../../../platform/listing/list-queries.js';
import type { ReportEvents } from './event.dto.js';
import { takenRecords } from './event-intake.js';
import { conditionsAmong, conditionsOf, EVENT_LIST, executionConditions, withoutForeignKeys } from './event-list.js';
import type { EventQuery } from './event-query.js';
import { EventsRepository, type EventOwner } from './events.repository.js';

/** Up to so many executions are found before their events; more of them are joined. */
const EXECUTIONS_BY_NUMBER = 1_000;

@Injectable()
export class EventsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly lists: ListQueries,
    private readonly repository: EventsRepository,
    private readonly clock: Clock,
  ) {}

  async list(ctx: ReachCtx, listing: Listing, query: EventQuery): Promise<ListPage | JsonStream> {
    // Ties go in the direction of the last key, so that a page turned round is the same list backwards.
    const isDescending = listing.sort.at(-1)?.descending === true;
    const order = isDescending ? 'r.timestamp DESC, r.storage_id DESC' : EVENT_LIST.order;
    return this.lists.page(ctx, { ...EVENT_LIST, order }, listing, {
      extra: await this.conditions(ctx, query),
      toItem: withoutForeignKeys,
    });
  }

  /**
   * Takes what agents and workflows report; answers whether there was anything. A running execution writes about itself
   * alone, whatever its user may do besides (security-design §1 row 6). Not audited, there is one request for each line.
   * @throws ConflictError unless it is clear what they belong to, NotFoundError, BadParametersError, ForbiddenError
   */
  async report(ctx: TenantCtx, input: ReportEvents): Promise<boolean> {
    const records = takenRecords(ctx, input, this.clock.now());
    if (records.length === 0) return false;
    const { table, id } = targetOf(ctx, input);
    await this.unitOfWork.run(ctx, async (ctx) => {
      const owner = await this.ownerOf(ctx, table, id);
      await this.repository.insert(ctx, owner, records);
    });
    return true;
  }

  /** Names of executions are turned into numbers in a query of their own: the list is then planned for those that are meant. */
  private async conditions(ctx: ReachCtx, query: EventQuery): Promise<readonly Condition[]> {
    const ofExecutions = executionConditions(query);
    if (ofExecutions.length === 0) return conditionsOf(query);
    const executions = await this.unitOfWork.run(ctx, (ctx) =>
      this.repository.executionsAmong(ctx, ofExecutions, EXECUTIONS_BY_NUMBER),
    );
    return executions === null ? conditionsOf(query) : conditionsAmong(query, executions);
  }

  private async ownerOf(ctx: TenantCtx, table: EventOwner['table'], id: string): Promise<EventOwner> {
    const owner = await this.repository.owner(ctx, table, id);
    if (!owner) throw new NotFoundError(table === 'execution' ? 'Execution' : 'ExecutionGroup', id);
    return owner;
  }
}

function targetOf(
  ctx: TenantCtx,
  { execution_id: executionId, execution_group_id: groupId }: ReportEvents,
): { readonly table: EventOwner['table']; readonly id: string } {
  const own = ctx.actor.executionId;
  if (typeof executionId === 'string' && typeof groupId === 'string')
    throw new ConflictError('Only one of `execution_id` and `execution_group_id` can be given');
  if (own !== undefined && (typeof groupId === 'string' || (typeof executionId === 'string' && executionId !== own)))
    throw new ForbiddenError(`The execution \`${own}\` may not write events of others`);
  if (typeof groupId === 'string') return { table: 'execution_group', id: groupId };
  const id = executionId ?? own;
  if (id === undefined) throw new ConflictError('`execution_id` or `execution_group_id` is needed');
  if (id === '') throw new BadParametersError('`execution_id` is empty');
  return { table: 'execution', id };
}
