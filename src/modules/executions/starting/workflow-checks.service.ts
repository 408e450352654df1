import { Injectable } from '@nestjs/common';
import { isBeingCancelled } from '../../../core/executions/transitions.js';
import { AppError, NotFoundError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { requirePermission } from '../../../platform/access/require-permission.js';
import { Clock } from '../../../platform/clock/clock.js';
import { NO_REACH, type TenantCtx } from '../../../platform/context/ctx.js';
import { DependenciesService } from '../../deployments/dependencies/dependencies.service.js';
import { ExecutionsRepository } from '../executions.repository.js';
import { ExecutionParameters } from './execution-parameters.service.js';
import {
  StartableDeploymentsRepository,
  type DeclaredWorkflow,
  type StartableDeployment,
} from './startable-deployments.repository.js';
import { assertAvailable, assertEnvironment, systemWorkflow } from './startable.js';

/** What must hold before a workflow may run on a deployment (rest-api §3.6). All of it runs in the open transaction. */
@Injectable()
export class WorkflowChecks {
  constructor(
    private readonly deployments: StartableDeploymentsRepository,
    private readonly executions: ExecutionsRepository,
    private readonly dependencies: DependenciesService,
    private readonly preparation: ExecutionParameters,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError forbidden_while_cancelling for an execution that is being cancelled itself */
  async assertMayStart(ctx: TenantCtx): Promise<void> {
    const { executionId } = ctx.actor;
    if (executionId === undefined) return;
    const status = await this.executions.statusById(ctx, executionId);
    if (status !== null && isBeingCancelled(status)) {
      throw new AppError('forbidden_while_cancelling', 'Action not allowed: the execution is being cancelled');
    }
  }

  /** @throws NotFoundError when it is absent or not visible */
  async deployment(ctx: TenantCtx, id: string): Promise<StartableDeployment> {
    const found = await this.deployments.find(ctx, id);
    if (!found) throw new NotFoundError('Deployment', printable(id));
    return found;
  }

  notFound(id: string): never {
    throw new NotFoundError('Deployment', printable(id));
  }

  /**
   * The same caller in the tenant of the deployment: what runs on it belongs there. No more is reached than what is
   * global, or everybody's in that tenant.
   * @throws ForbiddenError without execute_global_workflow
   */
  inTenantOf(ctx: TenantCtx, { tenantId, tenantName }: StartableDeployment): TenantCtx {
    if (tenantId === ctx.tenantId) return ctx;
    requirePermission(ctx, 'execute_global_workflow');
    return { ...ctx, tenantId, tenantName, reach: { ...NO_REACH, tenantIds: [tenantId] } };
  }

  /** @throws AppError deployment_environment_…, deployment_creation_error, nonexistent_workflow_error */
  async workflow(
    ctx: TenantCtx,
    storageId: string,
    name: string,
  ): Promise<{ readonly deployment: StartableDeployment; readonly workflow: DeclaredWorkflow }> {
    const deployment = await this.deployments.byStorageId(ctx, storageId);
    if (!deployment) throw new NotFoundError('Deployment', storageId);
    assertEnvironment(deployment);
    const workflow = (await this.deployments.workflow(ctx, storageId, name)) ?? systemWorkflow(name);
    if (workflow === null) {
      throw new AppError(
        'nonexistent_workflow_error',
        `Workflow ${printable(name)} does not exist in deployment ${deployment.id}`,
      );
    }
    return { deployment, workflow };
  }

  parameters(
    ctx: TenantCtx,
    deployment: StartableDeployment,
    workflow: DeclaredWorkflow,
    { given, allowCustom }: { readonly given: string; readonly allowCustom: boolean },
  ): Promise<string> {
    const isOurs = systemWorkflow(workflow.name)?.operation === workflow.operation;
    return this.preparation.prepare(ctx, deployment, workflow, given, allowCustom || isOurs);
  }

  /** @throws AppError unavailable_workflow_error */
  async assertAvailable(ctx: TenantCtx, { storageId }: StartableDeployment, workflow: DeclaredWorkflow): Promise<void> {
    if (workflow.rules === null) return;
    assertAvailable(workflow, await this.deployments.state(ctx, storageId));
  }

  /** @param parameters JSON text. @throws AppError dependent_exists_error */
  async assertNoDependents(
    ctx: TenantCtx,
    deployment: StartableDeployment,
    { name }: DeclaredWorkflow,
    parameters: string,
  ): Promise<void> {
    const { recursive } = JSON.parse(parameters) as { readonly recursive?: unknown };
    await this.dependencies.assertNoDependents(ctx, deployment, {
      purpose: 'workflow',
      workflowId: name,
      recursive: name === 'uninstall' && recursive === true,
    });
  }

  /** What was forced runs; its log says what was passed over. */
  async warnOfDependents(
    ctx: TenantCtx,
    deployment: StartableDeployment,
    workflow: DeclaredWorkflow,
    { id, parameters }: { readonly id: string; readonly parameters: string },
  ): Promise<void> {
    try {
      await this.assertNoDependents(ctx, deployment, workflow, parameters);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      await this.warn(ctx, id, `Forced all the same: ${error.message}`);
    }
  }

  lock(ctx: TenantCtx, { storageId }: StartableDeployment): Promise<boolean> {
    return this.deployments.lock(ctx, storageId);
  }

  components(ctx: TenantCtx, storageId: string): Promise<{ readonly storageId: string; readonly id: string }[]> {
    return this.deployments.components(ctx, storageId);
  }

  async warn(ctx: TenantCtx, executionId: string, message: string): Promise<void> {
    await this.executions.addEvent(ctx, executionId, {
      type: 'cloudify_log',
      eventType: null,
      logger: 'manager',
      level: 'warning',
      message,
      at: this.clock.now(),
    });
  }
}
