import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { EXECUTION_STATUSES, isEnd, type ExecutionStatus } from '../../../core/executions/transitions.js';
import { AppError, BadParametersError, NotFoundError } from '../../../core/errors/app-error.js';
import type { Listing } from '../../../core/listing/listing.js';
import { printable } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { assertName } from '../../../core/text/names.js';
import { requireSystemPermission } from '../../../platform/access/require-permission.js';
import { AuditSink, type AuditEvent } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { accountNamed } from '../../../platform/database/account-named.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { JsonStream } from '../../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../../platform/listing/list-queries.js';
import { ExecutionActions } from '../actions/execution-actions.service.js';
import { ExecutionPlaces } from '../queue/execution-places.service.js';
import { systemWorkflow } from '../starting/startable.js';
import { WorkflowChecks } from '../starting/workflow-checks.service.js';
import { SystemExecutionsService } from '../system-executions.service.js';
import { ExecutionGroupsRepository } from './execution-groups.repository.js';
import { BRIEF_EXECUTION_GROUP_LIST, EXECUTION_GROUP_LIST } from './group-list.js';
import type { StartGroup, UpdateGroup } from './group.dto.js';

const CONCURRENCY = 5;
const MOST_AT_ONCE = 1_000_000;

/** Which executions of a group an action is about (orchestration §4). */
const CONCERNS: Readonly<Record<string, (status: ExecutionStatus) => boolean>> = {
  cancel: (status) => !isEnd(status),
  'force-cancel': (status) => !isEnd(status),
  kill: (status) => !isEnd(status),
  resume: (status) => status === 'failed' || status === 'cancelled',
  'force-resume': (status) => status === 'failed' || status === 'cancelled',
};

/** The same workflow on all deployments of a group (rest-api §3.7). */
@Injectable()
export class ExecutionGroupsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: ExecutionGroupsRepository,
    private readonly lists: ListQueries,
    private readonly checks: WorkflowChecks,
    private readonly places: ExecutionPlaces,
    private readonly actions: ExecutionActions,
    private readonly queue: SystemExecutionsService,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, listing.getData ? EXECUTION_GROUP_LIST : BRIEF_EXECUTION_GROUP_LIST, listing);
  }

  /** @throws NotFoundError */
  async get(ctx: TenantCtx, id: string): Promise<Item> {
    const group = await this.unitOfWork.run(ctx, (ctx) => this.lists.single(ctx, EXECUTION_GROUP_LIST, 'r.id', id));
    if (!group) throw new NotFoundError('ExecutionGroup', printable(id));
    return group;
  }

  /**
   * Queues an execution for each deployment that has the workflow; the queue lets `concurrency` of them run. Parameters are
   * judged when an execution leaves the queue, as the deployment is then.
   * @throws BadParametersError, NotFoundError, ConflictError, ForbiddenError, AppError in maintenance mode
   */
  async start(ctx: TenantCtx, input: StartGroup): Promise<Item> {
    const concurrency = concurrencyOf(input.concurrency) ?? CONCURRENCY;
    const parameters = parametersOf(input);
    const restored = restoredOf(ctx, input);
    const id = restored.id ?? randomUUID();
    await this.unitOfWork.run(ctx, async (ctx) => {
      await this.checks.assertMayStart(ctx);
      const deploymentGroup = await this.deploymentGroup(ctx, input.deployment_group_id);
      await this.places.assertNoMaintenance(ctx, false);
      const at = restored.createdAt ?? this.clock.now();
      const storageId = await this.repository.insert(ctx, {
        id,
        deploymentGroup,
        creatorId: restored.creator === null ? ctx.actor.userId : await accountNamed(ctx, restored.creator),
        workflowId: input.workflow_id,
        concurrency,
        successGroup: await this.target(ctx, input.success_group_id),
        failedGroup: await this.target(ctx, input.failed_group_id),
        createdAt: at,
      });
      const queued = restored.executions
        ? await this.adopted(ctx, storageId, restored.executions)
        : await this.queueAll(ctx, { storageId, deploymentGroup: deploymentGroup.storageId }, input, parameters, at);
      await this.audit.recordAll(ctx, [
        this.recordOf(ctx, 'create', storageId, id, { workflow_id: input.workflow_id, executions: queued.length }),
        ...queued,
      ]);
    });
    this.queue.wake();
    return this.get(ctx, id);
  }

  /**
   * On each execution that it means anything to, in transactions of their own; one that ends in between is passed over.
   * @throws BadParametersError, NotFoundError
   */
  async act(ctx: TenantCtx, id: string, action: string): Promise<Item> {
    const concerns = Object.hasOwn(CONCERNS, action) ? CONCERNS[action] : undefined;
    if (!concerns)
      throw new BadParametersError(
        `Invalid action: \`${printable(action)}\`. Valid ones are: ${Object.keys(CONCERNS).join(', ')}`,
      );
    const executions = await this.unitOfWork.run(ctx, async (ctx) => {
      const group = await this.held(ctx, id);
      await this.audit.record(ctx, this.recordOf(ctx, 'update', group.storageId, id, { action }));
      return this.repository.executions(ctx, group.storageId, EXECUTION_STATUSES.filter(concerns));
    });
    for (const execution of executions) {
      try {
        await this.actions.act(ctx, execution.id, action, true);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
      }
    }
    return this.get(ctx, id);
  }

  /** @throws BadParametersError, NotFoundError */
  async update(ctx: TenantCtx, id: string, input: UpdateGroup): Promise<Item> {
    const concurrency = concurrencyOf(input.concurrency);
    await this.unitOfWork.run(ctx, async (ctx) => {
      const group = await this.held(ctx, id);
      await this.repository.update(ctx, group.storageId, {
        concurrency,
        successGroup: await this.target(ctx, input.success_group_id),
        failedGroup: await this.target(ctx, input.failure_group_id),
      });
      await this.audit.record(
        ctx,
        this.recordOf(ctx, 'update', group.storageId, id, {
          concurrency: { before: group.concurrency, after: concurrency ?? group.concurrency },
        }),
      );
    });
    this.queue.wake(); // a higher limit lets more of them go
    return this.get(ctx, id);
  }

  private async queueAll(
    ctx: TenantCtx,
    group: { readonly storageId: string; readonly deploymentGroup: string },
    input: StartGroup,
    parameters: { readonly defaults: string; readonly each: string },
    at: Date,
  ): Promise<AuditEvent[]> {
    const queued = await this.repository.queueAll(
      ctx,
      { ...group, workflowId: input.workflow_id },
      {
        mapping: systemWorkflow(input.workflow_id)?.operation ?? null,
        defaults: parameters.defaults,
        parameters: parameters.each,
        force: input.force ?? false,
        at,
      },
    );
    await this.repository.logSkipped(ctx, group.storageId, at);
    return queued.map(({ storageId, id, deploymentId }) => ({
      action: 'execution.start',
      operation: 'create',
      outcome: 'success',
      refTable: 'executions',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id },
      details: { workflow_id: input.workflow_id, deployment_id: deploymentId, status: 'queued' },
    }));
  }

  private async adopted(ctx: TenantCtx, storageId: string, executions: readonly string[]): Promise<AuditEvent[]> {
    const adopted = await this.repository.adopt(ctx, storageId, executions);
    if (adopted !== new Set(executions).size) throw new NotFoundError('Execution', 'one of `associated_executions`');
    return [];
  }

  private async held(
    ctx: TenantCtx,
    id: string,
  ): Promise<{ readonly storageId: string; readonly concurrency: number }> {
    const group = await this.repository.lock(ctx, id);
    if (!group) throw new NotFoundError('ExecutionGroup', printable(id));
    return group;
  }

  private async deploymentGroup(
    ctx: TenantCtx,
    id: string,
  ): Promise<{ readonly storageId: string; readonly visibility: string }> {
    const group = await this.repository.deploymentGroup(ctx, id);
    if (!group) throw new NotFoundError('DeploymentGroup', printable(id));
    return group;
  }

  private async target(ctx: TenantCtx, id: string | null | undefined): Promise<string | null> {
    return typeof id === 'string' ? (await this.deploymentGroup(ctx, id)).storageId : null;
  }

  private recordOf(
    ctx: TenantCtx,
    operation: 'create' | 'update',
    storageId: string,
    id: string,
    details: Readonly<Record<string, unknown>>,
  ): AuditEvent {
    return {
      action: `execution_group.${operation}`,
      operation,
      outcome: 'success',
      refTable: 'execution_groups',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id },
      details,
    };
  }
}

function concurrencyOf(raw: unknown): number | null {
  if (raw === undefined || raw === null) return null;
  if (!Number.isInteger(raw) || Number(raw) < 0 || Number(raw) > MOST_AT_ONCE)
    throw new BadParametersError(`\`concurrency\` must be a number from 0 to ${MOST_AT_ONCE}`);
  return Number(raw);
}

/** JSON texts. */
function parametersOf(input: StartGroup): { readonly defaults: string; readonly each: string } {
  const each = input.parameters ?? {};
  const bad = Object.entries(each).find(
    ([, given]) => typeof given !== 'object' || given === null || Array.isArray(given),
  );
  if (bad) throw new BadParametersError(`\`parameters\` of the deployment \`${printable(bad[0])}\` must be a dict`);
  return { defaults: JSON.stringify(input.default_parameters ?? {}), each: JSON.stringify(each) };
}

interface Restored {
  readonly id: string | null;
  readonly creator: string | null;
  readonly createdAt: Date | null;
  readonly executions: readonly string[] | null;
}

function restoredOf(ctx: TenantCtx, input: StartGroup): Restored {
  const {
    id = null,
    created_by: creator = null,
    created_at: created = null,
    associated_executions: given = null,
  } = input;
  if (id !== null || given !== null) requireSystemPermission(ctx, 'set_execution_group_details');
  if (creator !== null) requireSystemPermission(ctx, 'set_owner');
  if (created !== null) requireSystemPermission(ctx, 'set_timestamp');
  if (id !== null) assertName('id', id);
  const createdAt = created === null ? null : readIsoDate(created);
  if (created !== null && createdAt === null)
    throw new BadParametersError(`\`created_at\` is not a date: \`${printable(created)}\``);
  const executions = given?.map((entry) => {
    const executionId =
      typeof entry === 'object' && entry !== null && 'execution_id' in entry ? entry.execution_id : entry;
    if (typeof executionId !== 'string') throw new BadParametersError('`associated_executions` must name executions');
    return executionId;
  });
  return { id, creator, createdAt, executions: executions ?? null };
}
