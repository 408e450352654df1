import { Injectable } from '@nestjs/common';
import { AppError, NotFoundError } from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { SystemExecutions } from '../../../platform/executions/system-executions.js';
import { PluginCatalogue } from '../../../platform/plugins/plugin-catalogue.js';
import { QueueFullError } from '../../../platform/threads/fair-turns.js';
import {
  DeployableBlueprintsService,
  type DeployableBlueprint,
} from '../../blueprints/deployable-blueprints.service.js';
import { DeploymentPlanner } from '../planning/deployment-planner.js';
import { PlanningEndedError, PlanRefusedError } from '../planning/planning-error.js';
import type { PluginNeeded } from '../planning/planning-messages.js';
import { PlanningQuestions } from '../planning/planning-questions.js';
import { creationFailed, creationRefused } from './creation-errors.js';
import type { CreationRequest } from './creation-request.js';

/** An asynchronous creation waits so long for an upload in progress, in ms (rest-api §3.2). */
const UPLOAD_WAIT_MS = 120_000;

/** What must hold before a deployment is made. */
@Injectable()
export class CreationChecks {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly blueprints: DeployableBlueprintsService,
    private readonly planner: DeploymentPlanner,
    private readonly questions: PlanningQuestions,
    private readonly plugins: PluginCatalogue,
    private readonly executions: SystemExecutions,
  ) {}

  /** @throws NotFoundError, AppError deployment_creation_error unless it is uploaded */
  async blueprint(ctx: TenantCtx, id: string, waits: boolean): Promise<DeployableBlueprint> {
    const found = await this.find(ctx, id);
    if (found.state === 'uploaded') return found;
    if (waits && found.uploadExecutionId !== null) {
      await this.executions.waitForEnd(ctx, found.uploadExecutionId, UPLOAD_WAIT_MS);
      const again = await this.find(ctx, id);
      if (again.state === 'uploaded') return again;
    }
    throw creationFailed(`blueprint ${id} is in state ${found.state}, not uploaded`);
  }

  /**
   * Inputs, plugins and secrets, in this order, each with all that is wrong.
   * @throws AppError with the code of what is wrong
   */
  async plan(ctx: TenantCtx, blueprint: DeployableBlueprint, request: CreationRequest): Promise<void> {
    const encoded = await this.blueprints.encodedPlan(ctx, blueprint.storageId);
    if (encoded === null) throw creationFailed(`blueprint ${blueprint.id} has no plan; upload it anew`);
    try {
      const { plugins, secrets } = await this.planner.check(ctx, { encoded, inputs: JSON.stringify(request.inputs) });
      if (!request.skipsPlugins) await this.assertInstalled(ctx, plugins);
      const missing = await this.questions.missingSecrets(ctx, secrets);
      if (missing.length > 0) {
        throw new AppError(
          'unknown_deployment_secret_error',
          `Cannot create deployment - Required secrets: [${missing.join(', ')}] don't exist in this tenant`,
        );
      }
    } catch (error) {
      if (error instanceof PlanRefusedError) throw creationRefused(error);
      if (error instanceof PlanningEndedError || error instanceof QueueFullError) {
        throw creationFailed(error.message, error);
      }
      throw error;
    }
  }

  private async find(ctx: TenantCtx, id: string): Promise<DeployableBlueprint> {
    const found = await this.unitOfWork.run(ctx, (ctx) => this.blueprints.find(ctx, id));
    if (!found) throw new NotFoundError('Blueprint', printable(id));
    return found;
  }

  /** @throws AppError deployment_plugin_not_found */
  async assertInstalled(ctx: TenantCtx, needed: readonly PluginNeeded[]): Promise<void> {
    const missing: string[] = [];
    for (const { packageName, packageVersion } of needed) {
      const installed = await this.plugins.named(ctx, packageName);
      const fits = installed.some((plugin) => packageVersion === null || plugin.packageVersion === packageVersion);
      if (!fits) missing.push(packageVersion === null ? packageName : `${packageName} (${packageVersion})`);
    }
    if (missing.length === 0) return;
    throw new AppError(
      'deployment_plugin_not_found',
      `Required plugins are not installed on the manager: ${missing.join(', ')}`,
    );
  }
}
