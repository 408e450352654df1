import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { AppError, NotFoundError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { SystemExecutionsService } from '../system-executions.service.js';
import { ExecutionPlaces } from '../queue/execution-places.service.js';
import { NewExecutionsRepository } from './new-executions.repository.js';
import type { StartedExecution, StartRequest } from './start-request.js';
import type { DeclaredWorkflow, StartableDeployment } from './startable-deployments.repository.js';
import { isUpdate } from './startable.js';
import { WorkflowChecks } from './workflow-checks.service.js';

/** Seconds; orchestration §2. */
export const WAIT_AFTER_FAIL = 600;

interface Checked {
  readonly deployment: StartableDeployment;
  readonly workflow: DeclaredWorkflow;
  /** JSON text. */
  readonly parameters: string;
  readonly status: 'pending' | 'queued';
}

/** Starts workflows: by people, schedules, groups, updates and other executions (orchestration §2). */
@Injectable()
export class ExecutionStarter {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly checks: WorkflowChecks,
    private readonly places: ExecutionPlaces,
    private readonly executions: NewExecutionsRepository,
    private readonly queue: SystemExecutionsService,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * Writes a pending execution, or a queued one where something is in its way and it may wait, in a transaction of its
   * own. Of two starts on a deployment at the same time one is judged after the other.
   * @throws NotFoundError, ForbiddenError, AppError with the codes of rest-api §3.6
   */
  async start(ctx: TenantCtx, request: StartRequest): Promise<StartedExecution> {
    await this.unitOfWork.run(ctx, (ctx) => this.checks.assertMayStart(ctx));
    const found = await this.unitOfWork.run(ctx, (ctx) => this.checks.deployment(ctx, request.deploymentId));
    const home = this.checks.inTenantOf(ctx, found);
    const { started, workflow, components } = await this.unitOfWork.run(home, async (ctx) => {
      const checked = await this.checked(ctx, request, found);
      return {
        started: await this.insert(ctx, request, checked),
        workflow: checked.workflow,
        components: checked.workflow.isCascading ? await this.checks.components(ctx, found.storageId) : [],
      };
    });
    this.queue.wake();
    for (const component of components) await this.startComponent(home, request, component.id, workflow, started.id);
    return started;
  }

  private async checked(ctx: TenantCtx, request: StartRequest, found: StartableDeployment): Promise<Checked> {
    const { deployment, workflow } = await this.checks.workflow(ctx, found.storageId, request.workflowId);
    const parameters = await this.checks.parameters(ctx, deployment, workflow, {
      given: JSON.stringify(request.parameters ?? {}),
      allowCustom: request.allowCustomParameters ?? false,
    });
    const isForced = request.force ?? false;
    if (!isForced) {
      await this.checks.assertAvailable(ctx, deployment, workflow);
      await this.checks.assertNoDependents(ctx, deployment, workflow, parameters);
    }
    if (!(await this.checks.lock(ctx, deployment))) throw new NotFoundError('Deployment', printable(deployment.id));
    const place = await this.places.decide(ctx, {
      deploymentStorageId: deployment.storageId,
      itself: null,
      force: isForced,
      queue: request.queue ?? false,
      overlaps: request.overlaps ?? isUpdate(workflow),
      isAwaited: ctx.actor.executionId !== undefined,
    });
    if (place === 'refuse' && request.startsQueued !== true) throw existing(deployment, workflow);
    await this.places.assertNoMaintenance(ctx, request.bypassesMaintenance ?? false);
    const status = place === 'run' && request.startsQueued !== true ? 'pending' : 'queued';
    return { deployment, workflow, parameters, status };
  }

  private async insert(ctx: TenantCtx, request: StartRequest, checked: Checked): Promise<StartedExecution> {
    const { deployment, workflow, status, parameters } = checked;
    const id = request.id ?? randomUUID();
    const storageId = await this.executions.insert(ctx, {
      id,
      workflowId: workflow.name,
      status,
      engine: 'graph',
      mapping: workflow.operation,
      parameters,
      deployment,
      creatorId: ctx.actor.userId,
      isDryRun: request.dryRun ?? false,
      isForced: request.force ?? false,
      isSystemWorkflow: false,
      allowCustomParameters: request.allowCustomParameters ?? false,
      waitAfterFail: request.waitAfterFail ?? WAIT_AFTER_FAIL,
      groupStorageId: request.groupStorageId ?? null,
      error: null,
      createdAt: this.clock.now(),
      startedAt: null,
      endedAt: null,
    });
    await this.audit.record(ctx, {
      action: 'execution.start',
      operation: 'create',
      outcome: 'success',
      refTable: 'executions',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id },
      details: { workflow_id: workflow.name, deployment_id: deployment.id, status, force: request.force ?? false },
    });
    if (request.force === true) await this.checks.warnOfDependents(ctx, deployment, workflow, { id, parameters });
    return { storageId, id, status, tenantId: ctx.tenantId };
  }

  /** What the deployment itself does must not fail because one of its components cannot; the log says so. */
  private async startComponent(
    ctx: TenantCtx,
    request: StartRequest,
    deploymentId: string,
    workflow: DeclaredWorkflow,
    executionId: string,
  ): Promise<void> {
    const { id: _own, groupStorageId: _group, ...rest } = request;
    try {
      await this.start(ctx, { ...rest, deploymentId, workflowId: workflow.name });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const message = `'${workflow.name}' could not be started on the component deployment ${deploymentId}: ${error.message}`;
      await this.unitOfWork.run(ctx, (ctx) => this.checks.warn(ctx, executionId, message));
    }
  }
}

export function existing({ id }: Pick<StartableDeployment, 'id'>, { name }: Pick<DeclaredWorkflow, 'name'>): AppError {
  return new AppError(
    'existing_running_execution_error',
    `Workflow ${name} cannot be started: an execution of the deployment ${id} is running or waiting. ` +
      'To execute this workflow anyway, use the "force" flag or queue it',
  );
}
