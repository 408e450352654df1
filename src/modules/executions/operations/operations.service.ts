import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import { AppError, BadParametersError, ForbiddenError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { firstOf, looseBoolean, printable, valuesOf, type QueryValues } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { requireSystemPermission } from '../../../platform/access/require-permission.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import type { Condition } from '../../../platform/listing/list-query.js';
import { DeploymentRuntime } from '../../deployments/running/deployment-runtime.port.js';
import { EventsRepository } from '../events/events.repository.js';
import { effectsOf, isOver, NOP, readState } from './operation-effects.js';
import type { OperationsAction, PatchOperation, PostTasksGraph, PutOperation } from './operation.dto.js';
import { OPERATION_LIST, TASKS_GRAPH_LIST } from './operation-list.js';
import { OperationsRepository, withoutNul, type LockedOperation, type NewOperation } from './operations.repository.js';

const SHOWN_TYPES = ['RemoteWorkflowTask', 'SubgraphTask'];

/** Operations and tasks graphs: what workflows that run elsewhere keep here, and what ours show (rest-api §3.20). */
@Injectable()
export class OperationsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: OperationsRepository,
    private readonly events: EventsRepository,
    private readonly lists: ListQueries,
    private readonly modules: ModuleRef,
    private readonly clock: Clock,
  ) {}

  /** @throws BadParametersError unless exactly one of `graph_id` and `execution_id` is given */
  list(ctx: ReachCtx, listing: Listing, query: QueryValues): Promise<ListPage | JsonStream> {
    const [graph, execution] = [valuesOf(query, 'graph_id'), valuesOf(query, 'execution_id')];
    if ((graph.length === 0) === (execution.length === 0))
      throw new BadParametersError('Exactly one of `graph_id` and `execution_id` is needed');
    const extra: Condition[] = [
      (parameters) =>
        graph.length > 0
          ? `g.id = ANY (${parameters.add(graph)}::text[])`
          : `g.execution_id = ANY (ARRAY(SELECT x.storage_id FROM execution x WHERE x.id = ANY (${parameters.add(execution)}::text[])))`,
    ];
    if (looseBoolean(query, 'skip_internal'))
      extra.push((parameters) => `r.type = ANY (${parameters.add(SHOWN_TYPES)}::text[])`);
    return this.lists.page(ctx, OPERATION_LIST, listing, { extra });
  }

  /** @throws NotFoundError */
  async get(ctx: TenantCtx, id: string): Promise<Item> {
    const operation = await this.unitOfWork.run(ctx, (ctx) => this.lists.single(ctx, OPERATION_LIST, 'r.id', id));
    if (!operation) throw new NotFoundError('Operation', printable(id));
    return operation;
  }

  /** @throws NotFoundError, ConflictError, BadParametersError, ForbiddenError */
  async create(ctx: TenantCtx, id: string, input: PutOperation): Promise<Item> {
    const { name, type, parameters } = input;
    const operation = {
      id,
      name,
      type,
      state: 'pending' as const,
      dependencies: textsOf(input.dependencies),
      parameters,
    };
    withoutNul(operation);
    await this.unitOfWork.run(ctx, async (ctx) => {
      const graph = await this.repository.graph(ctx, input.graph_id);
      if (!graph) throw new NotFoundError('TasksGraph', printable(input.graph_id));
      assertOwn(ctx, graph.executionId);
      await this.repository.insert(ctx, graph, [operation], this.clock.now());
    });
    return this.get(ctx, id);
  }

  /**
   * A new state, with what follows from it (orchestration §7 "Storage"), in one transaction; the same state once more does
   * nothing. Not audited: a workflow reports each of its steps.
   * @throws NotFoundError, BadParametersError, ForbiddenError
   */
  async patch(ctx: TenantCtx, id: string, input: PatchOperation): Promise<void> {
    const to = typeof input.state === 'string' ? readState(input.state) : null;
    const { manager_name: managerName = null, agent_name: agentName = null } = withoutNul(input);
    await this.unitOfWork.run(ctx, async (ctx) => {
      const operation = await this.held(ctx, id);
      const state = to === null || !mayReport(operation, to) ? operation.state : to;
      await this.repository.update(ctx, operation.storageId, { state, managerName, agentName });
      if (state === operation.state || operation.isOfEngine) return;
      const isCounted = isOver(state) && !isOver(operation.state) && operation.type !== NOP;
      await this.repository.count(ctx, operation.executionStorageId, { total: 0, finished: isCounted ? 1 : 0 });
      const { result, exception, exception_causes: causes } = input;
      const outcome = { state, result, exception, causes, managerName, agentName };
      await this.perform(ctx, operation, effectsOf(operation, outcome, this.clock.now()));
    });
  }

  /** @throws NotFoundError, ForbiddenError */
  async remove(ctx: TenantCtx, id: string): Promise<void> {
    await this.unitOfWork.run(ctx, async (ctx) => {
      const operation = await this.held(ctx, id);
      if (operation.isOfEngine) throw new ForbiddenError('Operations of the engine cannot be removed');
      await this.repository.remove(ctx, operation.storageId);
    });
  }

  /** Operations that wait to be sent get the inputs that their node declares now. @throws AppError, NotFoundError */
  async act(ctx: TenantCtx, input: OperationsAction): Promise<void> {
    if (input.action !== 'update-stored')
      throw new AppError('unknown_action', `Unknown action \`${printable(input.action)}\`. Allowed is: update-stored`);
    const relationship = relationshipOf(input);
    const of = { deploymentId: input.deployment_id, nodeId: input.node_id, operation: input.operation };
    await this.unitOfWork.run(ctx, async (ctx) => {
      const inputs = await this.repository.inputsOf(ctx, of, relationship);
      if (inputs === null) throw new NotFoundError('Operation', printable(input.operation));
      await this.repository.rewrite(ctx, of, inputs);
    });
  }

  /** @throws BadParametersError without `execution_id` */
  graphs(ctx: ReachCtx, listing: Listing, query: QueryValues): Promise<ListPage | JsonStream> {
    if ((firstOf(query, 'execution_id') ?? '') === '') throw new BadParametersError('`execution_id` is required');
    return this.lists.page(ctx, TASKS_GRAPH_LIST, listing);
  }

  /** @throws NotFoundError, ConflictError, BadParametersError, ForbiddenError */
  async createGraph(ctx: TenantCtx, input: PostTasksGraph): Promise<Item> {
    const id = input.graph_id ?? randomUUID();
    const operations = (input.operations ?? []).map((raw, place) => operationOf(raw, `operations[${place}]`));
    withoutNul([id, input.name, operations]);
    const createdAt = restoredDate(ctx, input.created_at) ?? this.clock.now();
    await this.unitOfWork.run(ctx, async (ctx) => {
      const executionStorageId = await this.repository.execution(ctx, input.execution_id);
      if (executionStorageId === null) throw new NotFoundError('Execution', printable(input.execution_id));
      assertOwn(ctx, input.execution_id);
      const storageId = await this.repository.insertGraph(ctx, { id, executionStorageId, name: input.name, createdAt });
      const graph = { storageId, executionStorageId, executionId: input.execution_id };
      if (operations.length > 0) await this.repository.insert(ctx, graph, operations, createdAt);
    });
    return this.graph(ctx, id);
  }

  /** Its state is that of its operations: what is sent is judged, and nothing of it needs keeping. @throws NotFoundError */
  async patchGraph(ctx: TenantCtx, id: string, state: string): Promise<Item> {
    if (state === '') throw new BadParametersError('`state` is empty');
    return this.graph(ctx, id);
  }

  private async graph(ctx: TenantCtx, id: string): Promise<Item> {
    const graph = await this.unitOfWork.run(ctx, (ctx) => this.lists.single(ctx, TASKS_GRAPH_LIST, 'r.id', id));
    if (!graph) throw new NotFoundError('TasksGraph', printable(id));
    return graph;
  }

  private async held(ctx: TenantCtx, id: string): Promise<LockedOperation> {
    const operation = await this.repository.lock(ctx, id);
    if (!operation) throw new NotFoundError('Operation', printable(id));
    assertOwn(ctx, operation.executionId);
    return operation;
  }

  private async perform(
    ctx: TenantCtx,
    { executionStorageId, deploymentStorageId }: LockedOperation,
    { event, sets }: ReturnType<typeof effectsOf>,
  ): Promise<void> {
    if (event !== null) await this.events.insert(ctx, { table: 'execution', storageId: executionStorageId }, [event]);
    if (sets === null || deploymentStorageId === null) return;
    const runtime = this.modules.get(DeploymentRuntime, { strict: false });
    await runtime.setStates(ctx, deploymentStorageId, [{ ...sets, at: this.clock.now() }]);
  }
}

/** Whoever runs one of our engine's operations says that it began and that it answered; the rest is the engine's. */
function mayReport({ isOfEngine, state }: LockedOperation, to: string): boolean {
  return !isOfEngine || (!isOver(state) && (to === 'started' || to === 'response-sent'));
}

/** A request tied to an execution is about that one alone (security-design §1 row 6). @throws ForbiddenError */
function assertOwn(ctx: TenantCtx, executionId: string): void {
  const own = ctx.actor.executionId;
  if (own !== undefined && own !== executionId)
    throw new ForbiddenError(`The execution \`${own}\` may not change operations of others`);
}

function relationshipOf({
  key,
  rel_index: index,
}: OperationsAction): { readonly key: 'source_operations' | 'target_operations'; readonly index: number } | null {
  if (typeof key !== 'string' && (index === undefined || index === null)) return null;
  if (key !== 'source_operations' && key !== 'target_operations')
    throw new BadParametersError('`key` must be source_operations or target_operations');
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index > 1_000_000)
    throw new BadParametersError('`rel_index` must be a number of 0 or more');
  return { key, index };
}

function operationOf(raw: unknown, at: string): NewOperation {
  if (typeof raw !== 'object' || raw === null) throw new BadParametersError(`\`${at}\` must be a dict`);
  const { id, name, type, state, dependencies, parameters } = raw as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof type !== 'string')
    throw new BadParametersError(`\`${at}\` must have \`id\`, \`name\` and \`type\``);
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))
    throw new BadParametersError(`\`${at}.parameters\` must be a dict`);
  return {
    id,
    name,
    type,
    state: typeof state === 'string' ? readState(state) : 'pending',
    dependencies: textsOf(Array.isArray(dependencies) ? dependencies : []),
    parameters: parameters as Readonly<Record<string, unknown>>,
  };
}

function textsOf(values: readonly unknown[]): readonly string[] {
  return values.map((value) => {
    if (typeof value !== 'string') throw new BadParametersError('`dependencies` must be a list of ids');
    return value;
  });
}

function restoredDate(ctx: TenantCtx, text: string | null | undefined): Date | null {
  if (typeof text !== 'string') return null;
  requireSystemPermission(ctx, 'set_timestamp');
  const date = readIsoDate(text);
  if (!date) throw new BadParametersError(`\`created_at\` is not a date: \`${printable(text)}\``);
  return date;
}
