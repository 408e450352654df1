import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { isExecutionStatus, type ExecutionStatus } from '../../../core/executions/transitions.js';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { readIsoDate } from '../../../core/text/dates.js';
import { assertName } from '../../../core/text/names.js';
import { requireSystemPermission } from '../../../platform/access/require-permission.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { accountNamed } from '../../../platform/database/account-named.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { ExecutionView } from '../../../platform/executions/system-executions.js';
import { ExecutionsService } from '../executions.service.js';
import { ExecutionStarter, WAIT_AFTER_FAIL } from './execution-starter.service.js';
import { NewExecutionsRepository } from './new-executions.repository.js';
import type { StartRequest } from './start-request.js';
import type { StartExecution } from './start-execution.dto.js';
import { StartableDeploymentsRepository, type StartableDeployment } from './startable-deployments.repository.js';
import { WorkflowChecks } from './workflow-checks.service.js';

const MAX_WAIT_SECONDS = 2_147_483_647;

/** `POST /executions`: starts, schedules or restores (rest-api §3.6). */
@Injectable()
export class ExecutionRequests {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly starter: ExecutionStarter,
    private readonly checks: WorkflowChecks,
    private readonly deployments: StartableDeploymentsRepository,
    private readonly executions: NewExecutionsRepository,
    private readonly views: ExecutionsService,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  async post(ctx: TenantCtx, input: StartExecution, bypassesMaintenance: boolean): Promise<ExecutionView> {
    const request = requestOf(input, bypassesMaintenance);
    const restored = this.restored(ctx, input);
    if (input.scheduled_time !== undefined && input.scheduled_time !== null) {
      if (restored.status !== null)
        throw new BadParametersError(
          'A scheduled execution cannot be given a status: `force_status` and `scheduled_time` exclude each other',
        );
      return this.schedule(ctx, request, input.scheduled_time);
    }
    if (restored.status !== null || input.deployment_id === '') return this.restore(ctx, request, restored, input);
    const started = await this.starter.start(ctx, request);
    return this.views.get(ctx, started.id);
  }

  private async schedule(ctx: TenantCtx, request: StartRequest, text: string): Promise<ExecutionView> {
    const at = readIsoDate(text);
    if (!at) throw new BadParametersError(`\`scheduled_time\` is not a date: \`${printable(text)}\``);
    if (at <= this.clock.now())
      throw new BadParametersError(`\`scheduled_time\` is in the past: \`${printable(text)}\``);
    await this.unitOfWork.run(ctx, (ctx) => this.checks.assertMayStart(ctx));
    const found = await this.unitOfWork.run(ctx, (ctx) => this.checks.deployment(ctx, request.deploymentId));
    await this.unitOfWork.run(this.checks.inTenantOf(ctx, found), async (ctx) => {
      const { workflow } = await this.checks.workflow(ctx, found.storageId, request.workflowId);
      const id = `${workflow.name}_${randomUUID()}`;
      await this.deployments.addSchedule(ctx, {
        id,
        deployment: found,
        workflowId: workflow.name,
        at,
        parameters: JSON.stringify(request.parameters ?? {}),
        arguments: {
          allow_custom_parameters: request.allowCustomParameters ?? false,
          force: request.force ?? false,
          is_dry_run: request.dryRun ?? false,
          wait_after_fail: request.waitAfterFail ?? WAIT_AFTER_FAIL,
        },
        createdAt: this.clock.now(),
      });
      await this.record(ctx, 'execution.schedule', 'execution_schedules', id, workflow.name);
    });
    return { ...this.views.blank(), status: 'scheduled', status_display: 'scheduled', scheduled_for: at.toISOString() };
  }

  /** Writes a record as it is told; nothing runs. */
  private async restore(
    ctx: TenantCtx,
    request: StartRequest,
    restored: RestoredDetails,
    input: StartExecution,
  ): Promise<ExecutionView> {
    requireSystemPermission(ctx, 'set_execution_details');
    const { status } = restored;
    if (status === null) throw new BadParametersError('`force_status` is needed where `deployment_id` is empty');
    const id = request.id ?? randomUUID();
    await this.unitOfWork.run(ctx, async (ctx) => {
      const deployment = request.deploymentId === '' ? null : await this.ownDeployment(ctx, request.deploymentId);
      const declared =
        deployment === null ? null : await this.deployments.workflow(ctx, deployment.storageId, request.workflowId);
      await this.executions.insert(ctx, {
        id,
        workflowId: request.workflowId,
        status,
        engine: 'none',
        mapping: declared?.operation ?? null,
        parameters: JSON.stringify(request.parameters ?? {}),
        deployment,
        creatorId: restored.creator === null ? ctx.actor.userId : await accountNamed(ctx, restored.creator),
        isDryRun: request.dryRun ?? false,
        isForced: request.force ?? false,
        isSystemWorkflow: input.is_system_workflow ?? false,
        allowCustomParameters: request.allowCustomParameters ?? false,
        waitAfterFail: request.waitAfterFail ?? WAIT_AFTER_FAIL,
        groupStorageId: null,
        error: input.error ?? null,
        createdAt: restored.createdAt ?? this.clock.now(),
        startedAt: restored.startedAt,
        endedAt: restored.endedAt,
      });
      await this.record(ctx, 'execution.restore', 'executions', id, request.workflowId);
    });
    return this.views.get(ctx, id);
  }

  private async ownDeployment(ctx: TenantCtx, id: string): Promise<StartableDeployment> {
    const found = await this.checks.deployment(ctx, id);
    return found.tenantId === ctx.tenantId ? found : this.checks.notFound(id);
  }

  /** @throws ForbiddenError, BadParametersError */
  private restored(ctx: TenantCtx, input: StartExecution): RestoredDetails {
    const details = [input.id, input.force_status, input.error, input.is_system_workflow];
    if (details.some((value) => value !== undefined && value !== null) || input.deployment_id === '')
      requireSystemPermission(ctx, 'set_execution_details');
    if (input.created_by !== undefined && input.created_by !== null) requireSystemPermission(ctx, 'set_owner');
    const date = (name: 'created_at' | 'started_at' | 'ended_at'): Date | null => {
      const text = input[name];
      if (text === undefined || text === null) return null;
      requireSystemPermission(ctx, 'set_timestamp');
      const read = readIsoDate(text);
      if (!read) throw new BadParametersError(`\`${name}\` is not a date: \`${printable(text)}\``);
      return read;
    };
    const status = input.force_status ?? null;
    if (status !== null && !isExecutionStatus(status))
      throw new BadParametersError(`Invalid status: \`${printable(status)}\``);
    return {
      status,
      creator: input.created_by ?? null,
      createdAt: date('created_at'),
      startedAt: date('started_at'),
      endedAt: date('ended_at'),
    };
  }

  private record(ctx: TenantCtx, action: string, refTable: string, id: string, workflowId: string): Promise<void> {
    return this.audit.record(ctx, {
      action,
      operation: 'create',
      outcome: 'success',
      refTable,
      refId: null,
      refIdentifier: { tenant_id: ctx.tenantId, id },
      details: { workflow_id: workflowId },
    });
  }
}

interface RestoredDetails {
  readonly status: ExecutionStatus | null;
  readonly creator: string | null;
  readonly createdAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

function requestOf(input: StartExecution, bypassesMaintenance: boolean): StartRequest {
  const { id } = input;
  return {
    deploymentId: input.deployment_id,
    workflowId: input.workflow_id,
    parameters: input.parameters ?? {},
    allowCustomParameters: input.allow_custom_parameters ?? false,
    force: input.force ?? false,
    queue: input.queue ?? false,
    dryRun: input.dry_run ?? false,
    waitAfterFail: waitOf(input.wait_after_fail),
    bypassesMaintenance,
    ...(id === undefined || id === null ? {} : { id: assertName('id', id) }),
  };
}

/** Clients send it as a number or as text. */
function waitOf(raw: unknown): number {
  if (raw === undefined || raw === null) return WAIT_AFTER_FAIL;
  const seconds = typeof raw === 'string' && /^\d+$/.test(raw) ? Number(raw) : raw;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > MAX_WAIT_SECONDS)
    throw new BadParametersError('`wait_after_fail` must be a number of seconds');
  return seconds;
}
