import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { isWider, type Visibility } from '../../../core/access/visibility.js';
import { BadParametersError, IllegalActionError, NotFoundError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { isStorable } from '../../../core/text/storable.js';
import { AuditSink } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { DeployableBlueprintsService } from '../../blueprints/deployable-blueprints.service.js';
import { ExecutionStarter } from '../starting/execution-starter.service.js';
import {
  StartableDeploymentsRepository,
  type StartableDeployment,
} from '../starting/startable-deployments.repository.js';
import { isUpdate } from '../starting/startable.js';
import { WorkflowChecks } from '../starting/workflow-checks.service.js';
import { SystemExecutionsService } from '../system-executions.service.js';
import { UpdateRecords } from './update-records.repository.js';
import type { InitiateUpdate } from './update.dto.js';
import { UpdateOutcomes } from './update-outcomes.service.js';

/** Begins updates (rest-api §3.5, orchestration §11). */
@Injectable()
export class UpdateRequests {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly records: UpdateRecords,
    private readonly checks: WorkflowChecks,
    private readonly deployments: StartableDeploymentsRepository,
    private readonly blueprints: DeployableBlueprintsService,
    private readonly starter: ExecutionStarter,
    private readonly queue: SystemExecutionsService,
    private readonly outcomes: UpdateOutcomes,
    private readonly audit: AuditSink,
    private readonly clock: Clock,
  ) {}

  /**
   * Writes the record and its execution, both or none. A preview is waited for.
   * @returns the id of the update
   * @throws NotFoundError for deployment and blueprint, IllegalActionError, AppError dependent_exists_error and others of a
   *   start; of a preview what its plan was refused with
   */
  async initiate(ctx: TenantCtx, deploymentId: string, input: InitiateUpdate, mayPass: boolean): Promise<string> {
    const inputs = input.inputs ?? {};
    if (!isStorable(inputs)) throw new BadParametersError('The inputs hold characters that cannot be stored');
    const executionId = randomUUID();
    const id = await this.unitOfWork.run(ctx, async (ctx) => {
      const deployment = await this.ownDeployment(ctx, deploymentId);
      const update = `${deployment.id}-${randomUUID()}`;
      const storageId = await this.records.insert(ctx, {
        id: update,
        deploymentStorageId: deployment.storageId,
        creatorId: ctx.actor.userId,
        state: 'updating',
        executionStorageId: null,
        newBlueprintStorageId: await this.blueprint(ctx, input.blueprint_id ?? null, deployment),
        oldBlueprintName: null,
        newBlueprintName: null,
        oldInputs: null,
        inputs: JSON.stringify(inputs),
        steps: '[]',
        runtimeOnly: input.runtime_only_evaluation ?? null,
        keepsDependencies: false,
        createdAt: this.clock.now(),
      });
      const started = await this.starter.start(ctx, {
        id: executionId,
        deploymentId: deployment.id,
        workflowId: await this.workflow(ctx, deployment),
        parameters: parametersOf(update, input),
        force: input.force ?? false,
        overlaps: true,
        bypassesMaintenance: mayPass,
      });
      await this.records.setExecution(ctx, storageId, started.storageId);
      await this.record(ctx, { storageId, id: update }, deployment);
      return update;
    });
    this.queue.wake();
    if (input.preview === true) await this.outcomes.ofPreview(ctx, executionId, id);
    return id;
  }

  private async ownDeployment(ctx: TenantCtx, id: string): Promise<StartableDeployment> {
    const found = await this.checks.deployment(ctx, id);
    if (found.tenantId === ctx.tenantId) return found;
    throw new IllegalActionError(`Can't update the global deployment \`${found.id}\`: it belongs to another tenant`);
  }

  /** Null: the one it has. What a deployment is made of must be seen by whoever sees the deployment. */
  private async blueprint(
    ctx: TenantCtx,
    id: string | null,
    deployment: { readonly visibility: Visibility },
  ): Promise<string | null> {
    if (id === null) return null;
    const found = await this.blueprints.find(ctx, id);
    if (!found) throw new NotFoundError('Blueprint', printable(id));
    if (found.state !== 'uploaded') {
      throw new IllegalActionError(`The blueprint ${found.id} is in state ${found.state}, not uploaded`);
    }
    if (isWider(deployment.visibility, found.visibility)) {
      throw new IllegalActionError(
        `The deployment's visibility ${deployment.visibility} is wider than that of its new blueprint ${found.id}`,
      );
    }
    return found.storageId;
  }

  /** A workflow `update` of the blueprint's own is another thing; this one has a second name. */
  private async workflow(ctx: TenantCtx, { storageId }: StartableDeployment): Promise<string> {
    const declared = await this.deployments.workflow(ctx, storageId, 'update');
    return declared === null || isUpdate(declared) ? 'update' : 'csys_new_deployment_update';
  }

  private async record(
    ctx: TenantCtx,
    { storageId, id }: { readonly storageId: string; readonly id: string },
    deployment: StartableDeployment,
  ): Promise<void> {
    await this.audit.record(ctx, {
      action: 'deployment_update.create',
      operation: 'create',
      outcome: 'success',
      refTable: 'deployment_updates',
      refId: Number(storageId),
      refIdentifier: { tenant_id: ctx.tenantId, id },
      details: { deployment: deployment.id },
    });
  }
}

/** orchestration §11 */
function parametersOf(update: string, input: InitiateUpdate): Readonly<Record<string, unknown>> {
  return {
    update_id: update,
    preview: input.preview ?? false,
    force: input.force ?? false,
    reevaluate_active_statuses: input.reevaluate_active_statuses ?? false,
    auto_correct_types: input.auto_correct_types ?? false,
    install_first: input.install_first ?? false,
    ignore_failure: input.ignore_failure ?? false,
    skip_reinstall: input.skip_reinstall ?? false,
    skip_uninstall: input.skip_uninstall ?? false,
    skip_install: input.skip_install ?? false,
    skip_drift_check: input.skip_drift_check ?? false,
    skip_heal: input.skip_heal ?? false,
    force_reinstall: input.force_reinstall ?? false,
    update_plugins: input.update_plugins ?? true,
    reinstall_list: input.reinstall_list ?? [],
    runtime_only_evaluation: input.runtime_only_evaluation ?? null,
    workflow_id: input.workflow_id ?? null,
  };
}
