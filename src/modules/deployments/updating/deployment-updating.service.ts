import { Injectable } from '@nestjs/common';
import { ConflictError } from '../../../core/errors/app-error.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork, violatedConstraint } from '../../../platform/database/unit-of-work.js';
import { DeployableBlueprintsService } from '../../blueprints/deployable-blueprints.service.js';
import { CreationChecks } from '../creation/creation-checks.js';
import type { DeploymentRow } from '../deployments.repository.js';
import { DeploymentPlanner, type PlannedUpdate } from '../planning/deployment-planner.js';
import { DeploymentUpdateParts } from './deployment-update-parts.js';
import { contentOf, type Later } from './update-content.js';
import { updateFailed, updateRefused } from './update-errors.js';
import { UpdatedRowsRepository, type UpdatePlace } from './updated-rows.repository.js';

const PARTS = ['nodes', 'instances', 'relationships'] as const;

/** What is to be planned. */
export interface UpdateToPlan extends UpdatePlace {
  readonly blueprintStorageId: string;
  /** JSON text of all inputs. */
  readonly inputs: string;
  readonly runtimeOnly: boolean;
  readonly autoCorrectTypes: boolean;
  /** It is only to be looked at: rows are not kept. */
  readonly isPreview: boolean;
}

/** What an update does to a deployment's rows (orchestration §11). Who may, and when, its callers decide. */
@Injectable()
export class DeploymentUpdating {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly rows: UpdatedRowsRepository,
    private readonly parts: DeploymentUpdateParts,
    private readonly blueprints: DeployableBlueprintsService,
    private readonly checks: CreationChecks,
    private readonly planner: DeploymentPlanner,
    private readonly clock: Clock,
  ) {}

  /**
   * Plans and keeps the plan in the record. Nothing of the deployment changes.
   * @param hold is asked in the transaction that keeps it: false when there is nothing to keep any more
   * @throws AppError unsupported_change_in_deployment_update, deployment_plugin_not_found, codes of inputs and secrets
   */
  async plan(
    ctx: TenantCtx,
    update: UpdateToPlan,
    signal: AbortSignal,
    hold: (ctx: TenantCtx) => Promise<boolean>,
  ): Promise<void> {
    const basis = await this.unitOfWork.run(ctx, (ctx) => this.rows.basis(ctx, update.deploymentStorageId));
    const encoded = await this.blueprints.encodedPlan(ctx, update.blueprintStorageId);
    if (basis === null || encoded === null) throw updateFailed('the blueprint has no plan; upload it anew');
    const { inputs, runtimeOnly, autoCorrectTypes, deploymentStorageId: deployment } = update;
    try {
      await this.planner.planUpdate(
        ctx,
        { encoded, inputs, runtimeOnly, autoCorrectTypes, deployment },
        signal,
        async (planned) => {
          await this.checks.assertInstalled(ctx, planned.facts.plugins);
          await this.unitOfWork.run(ctx, async (ctx) => {
            if (await hold(ctx)) await this.keep(ctx, update, planned, basis);
          });
        },
      );
    } catch (error) {
      throw updateRefused(error);
    }
  }

  /** The `UpdateChanges` of what was planned. In the open transaction. */
  changes(ctx: TenantCtx, place: UpdatePlace): Promise<string | null> {
    return this.rows.planned(ctx, place, ['changes']);
  }

  /**
   * Makes the deployment what was planned; what is to go stays for now. In the open transaction.
   * @throws ConflictError when the deployment is another one than the one that was planned with; AppError
   */
  async perform(
    ctx: TenantCtx,
    place: UpdatePlace,
    deployment: Pick<DeploymentRow, 'storageId' | 'id' | 'creatorId' | 'visibility'>,
    { basis, keepsDependencies }: { readonly basis: string | null; readonly keepsDependencies: boolean },
  ): Promise<void> {
    if ((await this.rows.basis(ctx, place.deploymentStorageId)) !== basis) {
      throw new ConflictError(`The deployment ${deployment.id} changed since its update was planned; update it again`);
    }
    const now = this.clock.now();
    const later = JSON.parse((await this.rows.planned(ctx, place, ['later'])) ?? '{}') as Later;
    await this.parts.join(ctx, deployment, later, now);
    await this.rows.writeAttributes(ctx, place, now);
    await this.parts.depend(ctx, deployment, later, { keepsDependencies, now });
    await this.rows.writeNodes(ctx, place);
    try {
      await this.rows.writeInstances(ctx, place);
    } catch (error) {
      if (violatedConstraint(error) !== 'node_instance_tenant_id_uq') throw error;
      throw new ConflictError('The id of a new node instance was taken meanwhile; update the deployment again');
    }
  }

  /** What is to go goes, and schedules come. In the open transaction. @param clean ids of instances without drift */
  async finish(
    ctx: TenantCtx,
    place: UpdatePlace,
    deployment: Pick<DeploymentRow, 'storageId' | 'creatorId' | 'visibility'>,
    clean: readonly string[],
  ): Promise<void> {
    await this.rows.removeOld(ctx, place);
    await this.rows.settleFlags(ctx, place, clean);
    const settings = await this.rows.planned(ctx, place, ['deployment_plan', 'deployment_settings']);
    await this.parts.schedule(ctx, deployment, settings ?? '{}', this.clock.now());
    await this.rows.forgetRows(ctx, place);
  }

  private async keep(ctx: TenantCtx, update: UpdateToPlan, planned: PlannedUpdate, basis: string): Promise<void> {
    const { facts } = planned;
    const preview = update.isPreview ? await this.parts.preview(ctx, update, facts, this.clock.now()) : null;
    await this.rows.forgetRows(ctx, update);
    await this.rows.keepPlan(ctx, update, { content: contentOf(facts, preview), steps: facts.steps, basis });
    if (update.isPreview) return;
    for (const part of PARTS) {
      let place = 0;
      for await (const text of planned.rows(part)) {
        await this.rows.keepRows(ctx, update, part, place, text);
        place += 1;
      }
    }
  }
}
