import { Injectable } from '@nestjs/common';
import { assertNotNarrower, isWider, type Visibility } from '../../../core/access/visibility.js';
import {
  BadParametersError,
  ConflictError,
  IllegalActionError,
  NotFoundError,
} from '../../../core/errors/app-error.js';
import { printable } from '../../../core/listing/query-values.js';
import { requirePermission, requireSystemPermission } from '../../../platform/access/require-permission.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { accountNamed } from '../../../platform/database/account-named.js';
import { assertIdCanBeGlobal } from '../../../platform/database/global-ids.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import type { Item } from '../../../platform/listing/list-queries.js';
import { DeployableBlueprintsService } from '../../blueprints/deployable-blueprints.service.js';
import { DeploymentAudit } from '../deployment-audit.js';
import { DeploymentViews } from '../deployment-views.js';
import { DEPLOYMENT_IDS, type DeploymentRow } from '../deployments.repository.js';
import { DeploymentLabels } from '../labels/deployment-labels.js';
import { DeploymentLabelsRepository } from '../labels/deployment-labels.repository.js';
import { OwnDeployments } from '../ownership/own-deployments.js';
import { DeploymentStatuses } from '../statuses/deployment-statuses.js';
import { DeploymentEditsRepository } from './deployment-edits.repository.js';
import type { DeploymentUpdate, OnceColumn } from './deployment-update.js';
import { UpdateCalls } from './update-calls.js';

/** Changes of a deployment's row (rest-api §3.2). */
@Injectable()
export class DeploymentEditsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly deployments: OwnDeployments,
    private readonly repository: DeploymentEditsRepository,
    private readonly blueprints: DeployableBlueprintsService,
    private readonly labels: DeploymentLabels,
    private readonly labelRows: DeploymentLabelsRepository,
    private readonly statuses: DeploymentStatuses,
    private readonly updates: UpdateCalls,
    private readonly views: DeploymentViews,
    private readonly audit: DeploymentAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws NotFoundError, IllegalActionError, ForbiddenError for restore fields, ConflictError for what is set once;
   *   AppError only_deployment_update, deployment_parent_not_found_error
   */
  async update(ctx: TenantCtx, id: string, update: DeploymentUpdate, include: readonly string[] | null): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const deployment = await this.deployments.held(ctx, id);
      if (update.createdAt !== null) requireSystemPermission(ctx, 'set_timestamp');
      if (update.creator !== null) requireSystemPermission(ctx, 'set_owner');
      await this.assertOnce(ctx, deployment, Object.keys(update.once) as OnceColumn[]);
      const changes = {
        ...update.once,
        ...(update.displayName === null ? {} : { display_name: update.displayName }),
        ...(update.createdAt === null ? {} : { created_at: update.createdAt }),
        ...(update.creator === null ? {} : { creator_id: await accountNamed(ctx, update.creator) }),
        ...(await this.references(ctx, deployment, update)),
      };
      await this.repository.update(ctx, deployment.storageId, changes, this.clock.now());
      await this.audit.record(ctx, {
        action: 'deployment.update',
        operation: 'update',
        storageId: deployment.storageId,
        id,
        details: { fields: Object.keys(changes) },
      });
      if (update.labels !== null) await this.replaceLabels(ctx, deployment, update.labels);
      return this.views.one(ctx, id, include);
    });
  }

  /** @throws BadParametersError, NotFoundError, IllegalActionError, ForbiddenError, ConflictError */
  async setVisibility(
    ctx: TenantCtx,
    id: string,
    visibility: Visibility,
    include: readonly string[] | null,
  ): Promise<Item> {
    if (visibility === 'private') {
      throw new BadParametersError('Invalid visibility: `private`. Allowed values are: tenant, global');
    }
    return this.unitOfWork.run(ctx, async (ctx) => {
      const deployment = await this.deployments.held(ctx, id);
      await this.assertMayWiden(ctx, deployment, visibility);
      await this.repository.setVisibility(ctx, deployment.storageId, visibility, this.clock.now());
      await this.audit.record(ctx, {
        action: 'deployment.set_visibility',
        operation: 'update',
        storageId: deployment.storageId,
        id,
        details: { before: deployment.visibility, after: visibility },
      });
      return this.views.one(ctx, id, include);
    });
  }

  private async assertMayWiden(ctx: TenantCtx, deployment: DeploymentRow, visibility: Visibility): Promise<void> {
    const { id, storageId } = deployment;
    assertNotNarrower(id, deployment.visibility, visibility);
    const { blueprint, site } = await this.repository.bounds(ctx, storageId);
    for (const [what, bound] of [
      ['blueprint', blueprint],
      ['site', site],
    ] as const) {
      if (bound === null || !isWider(visibility, bound)) continue;
      throw new IllegalActionError(
        `The visibility of deployment \`${id}\` can't be wider than that of its ${what}: ${visibility} is wider than ${bound}`,
      );
    }
    if (visibility !== 'global' || deployment.visibility === 'global') return;
    requirePermission(ctx, 'create_global_resource');
    await assertIdCanBeGlobal(ctx, DEPLOYMENT_IDS, id);
  }

  private async assertOnce(ctx: TenantCtx, deployment: DeploymentRow, columns: readonly OnceColumn[]): Promise<void> {
    const written = await this.repository.written(ctx, deployment.storageId, columns);
    if (written.length === 0 || (await this.updates.isOf(ctx, deployment.storageId))) return;
    throw new ConflictError(`These attributes of deployment ${deployment.id} are set already: ${written.join(', ')}`);
  }

  private async references(
    ctx: TenantCtx,
    deployment: DeploymentRow,
    update: DeploymentUpdate,
  ): Promise<Readonly<Record<string, string>>> {
    const changes: Record<string, string> = {};
    for (const [column, id] of [
      ['create_execution_id', update.createExecution],
      ['latest_execution_id', update.latestExecution],
    ] as const) {
      if (id === null) continue;
      const execution = await this.repository.execution(ctx, id);
      if (execution === null) throw new NotFoundError('Execution', printable(id));
      changes[column] = execution;
    }
    if (update.blueprintId !== null) {
      await this.updates.assertOf(ctx, deployment.storageId, 'its blueprint');
      const blueprint = await this.blueprints.find(ctx, update.blueprintId);
      if (!blueprint) throw new NotFoundError('Blueprint', printable(update.blueprintId));
      changes['blueprint_id'] = blueprint.storageId;
    }
    return changes;
  }

  private async replaceLabels(
    ctx: TenantCtx,
    deployment: DeploymentRow,
    labels: DeploymentUpdate['labels'],
  ): Promise<void> {
    const { storageId, id } = deployment;
    const [before, above] = [await this.labelRows.labels(ctx, storageId), await this.statuses.parents(ctx, storageId)];
    const by = { creatorId: ctx.actor.userId, at: this.clock.now() };
    await this.labels.replace(ctx, deployment, labels ?? [], by);
    // Whoever was above counted it, and whoever is now shall.
    await this.statuses.refreshFrom(ctx, [...new Set([...above, ...(await this.statuses.parents(ctx, storageId))])]);
    await this.audit.record(ctx, {
      action: 'deployment.labels',
      operation: 'update',
      storageId,
      id,
      table: 'deployments_labels',
      details: { before, after: labels },
    });
  }
}
