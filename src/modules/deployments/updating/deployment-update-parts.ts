import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { evaluateFunctions } from '../../../core/dsl/functions/run-time.js';
import { readJson } from '../../../core/dsl/json-values.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { DeploymentCreationRepository } from '../creation/deployment-creation.repository.js';
import { readSettings } from '../creation/deployment-settings.js';
import { DependenciesRepository } from '../dependencies/dependencies.repository.js';
import { DependenciesService } from '../dependencies/dependencies.service.js';
import type { DeploymentRow } from '../deployments.repository.js';
import { EvaluationStores } from '../evaluation/evaluation-stores.js';
import { DeploymentLabels } from '../labels/deployment-labels.js';
import { DeploymentLabelsRepository } from '../labels/deployment-labels.repository.js';
import type { PlannedUpdate } from '../planning/deployment-planner.js';
import { labelsOf, previewedSchedules, type Later, type UpdatePreview } from './update-content.js';
import { updateFailed } from './update-errors.js';
import { UpdatedRowsRepository, type UpdatePlace } from './updated-rows.repository.js';

/** What is around a deployment, as updates change it. All of it runs in the open transaction. */
@Injectable()
export class DeploymentUpdateParts {
  constructor(
    private readonly rows: UpdatedRowsRepository,
    private readonly labels: DeploymentLabels,
    private readonly labelRows: DeploymentLabelsRepository,
    private readonly dependencyRows: DependenciesRepository,
    private readonly dependencies: DependenciesService,
    private readonly stores: EvaluationStores,
    private readonly creation: DeploymentCreationRepository,
  ) {}

  async preview(
    ctx: TenantCtx,
    { deploymentStorageId }: UpdatePlace,
    facts: PlannedUpdate['facts'],
    now: Date,
  ): Promise<UpdatePreview> {
    const present = new Set(
      (await this.labelRows.labels(ctx, deploymentStorageId)).map(({ key, value }) => `${key}\0${value}`),
    );
    const dependents = await this.dependencies.dependentsOf(ctx, deploymentStorageId, {
      purpose: 'workflow',
      workflowId: 'update',
      recursive: true,
    });
    const schedules = await this.rows.scheduleIds(ctx, deploymentStorageId);
    return {
      recursive_dependencies: dependents.map(({ deployment, type, node, tenant }) => ({
        deployment,
        dependency_type: type,
        dependent_node: node,
        tenant,
      })),
      schedules_to_create: previewedSchedules(facts.settings, schedules, now),
      schedules_to_delete: [],
      labels_to_create: labelsOf(facts).filter(({ key, value }) => !present.has(`${key}\0${value}`)),
    };
  }

  /** Labels are added; with them its parents give what the new plan needs (dsl.md §15). */
  async join(
    ctx: TenantCtx,
    { storageId, id, creatorId }: Pick<DeploymentRow, 'storageId' | 'id' | 'creatorId'>,
    { labels, parentCapabilities }: Later,
    at: Date,
  ): Promise<void> {
    await this.labels.add(ctx, { storageId, id }, labels, { creatorId, at });
    if (parentCapabilities.length === 0) return;
    const given = await this.labelRows.parentCapabilities(ctx, storageId);
    const missing = parentCapabilities.filter((name) => !given.has(name));
    if (missing.length > 0) {
      throw updateFailed(`it needs a parent (label csys-obj-parent) with these capabilities: ${missing.join(', ')}`);
    }
  }

  async depend(
    ctx: TenantCtx,
    deployment: Pick<DeploymentRow, 'storageId' | 'id' | 'creatorId' | 'visibility'>,
    { dependencies }: Later,
    { keepsDependencies, now }: { readonly keepsDependencies: boolean; readonly now: Date },
  ): Promise<void> {
    await this.dependencyRows.lock(ctx);
    const names = dependencies.flatMap(({ target }) => (target === null ? [] : [target]));
    const targets = await this.dependencyRows.targets(ctx, names);
    const missing = names.filter((name) => !targets.has(name));
    if (missing.length > 0) {
      throw updateFailed(`it uses capabilities of deployments that were not found: ${missing.join(', ')}`);
    }
    const wanted = dependencies.map(({ creator, target, func }) => ({
      id: randomUUID(),
      creator,
      target: target === null ? null : (targets.get(target) ?? null),
      targetFunction: func,
      externalSource: null,
      externalTarget: null,
    }));
    const { storageId, creatorId, visibility } = deployment;
    if (!keepsDependencies) await this.rows.removeOldDependencies(ctx, storageId, wanted);
    if (wanted.length > 0) {
      await this.dependencyRows.put(ctx, storageId, wanted, { creatorId, visibility, createdAt: now });
    }
    await this.dependencyRows.refreshConsumerLabels(ctx, deployment, now);
  }

  /** Schedules of the blueprint are made or changed, never removed. */
  async schedule(
    ctx: TenantCtx,
    deployment: Pick<DeploymentRow, 'storageId' | 'creatorId' | 'visibility'>,
    settings: string,
    now: Date,
  ): Promise<void> {
    const value = readJson(settings);
    const store = await this.stores.of(ctx, { storageId: deployment.storageId });
    const { schedules } = readSettings(store === null ? value : await evaluateFunctions(value, {}, store), now);
    const present = await this.rows.scheduleIds(ctx, deployment.storageId);
    for (const schedule of schedules) {
      if (present.has(schedule.id)) await this.rows.changeSchedule(ctx, deployment.storageId, schedule);
    }
    const added = schedules.filter(({ id }) => !present.has(id));
    await this.creation.insertSchedules(ctx, deployment, added, now);
  }
}
