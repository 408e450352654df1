import { Injectable, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DslError } from '../../../core/dsl/diagnostics.js';
import { evaluateFunctions } from '../../../core/dsl/functions/run-time.js';
import { readJson } from '../../../core/dsl/json-values.js';
import { AppError } from '../../../core/errors/app-error.js';
import { labelKey, labelValue, type Label } from '../../../core/labels/labels.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import {
  SystemExecutions,
  type ExecutionOutcome,
  type RunningExecution,
  type SystemWorkflow,
} from '../../../platform/executions/system-executions.js';
import { QueueFullError } from '../../../platform/threads/fair-turns.js';
import { DeployableBlueprintsService } from '../../blueprints/deployable-blueprints.service.js';
import { EvaluationStores } from '../evaluation/evaluation-stores.js';
import { DeploymentLabels } from '../labels/deployment-labels.js';
import { DeploymentLabelsRepository } from '../labels/deployment-labels.repository.js';
import { DeploymentPlanner, type PlannedDeployment } from '../planning/deployment-planner.js';
import { PlanningEndedError, PlanRefusedError } from '../planning/planning-error.js';
import type { PlannedFacts } from '../planning/planning-messages.js';
import {
  DeploymentCreationRepository,
  InstanceIdTaken,
  type UnfinishedDeployment,
} from './deployment-creation.repository.js';
import { readSettings, type DeploymentSettings } from './deployment-settings.js';
import { displayName } from './display-name.js';

export const CREATE_WORKFLOW = 'create_deployment_environment';

/** Ids are random: a collision with an instance that the caller cannot see is no reason to fail. */
const ID_ATTEMPTS = 5;

/**
 * Makes what is in a deployment (orchestration §13): planned in a thread, written in one transaction, so that whoever
 * takes over after a crash finds nothing of it, or all.
 */
@Injectable()
export class CreateWorkflow implements SystemWorkflow, OnModuleInit {
  readonly workflowId = CREATE_WORKFLOW;

  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: DeploymentCreationRepository,
    private readonly blueprints: DeployableBlueprintsService,
    private readonly planner: DeploymentPlanner,
    private readonly labels: DeploymentLabels,
    private readonly labelRows: DeploymentLabelsRepository,
    private readonly stores: EvaluationStores,
    private readonly executions: SystemExecutions,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.executions.register(this);
  }

  async run(ctx: TenantCtx, execution: RunningExecution): Promise<ExecutionOutcome> {
    const deployment = await this.unitOfWork.run(ctx, (ctx) => this.repository.lockByExecution(ctx, execution.id));
    if (!deployment) return failed('The deployment does not exist any more');
    if (deployment.isMade) return { kind: 'terminated' };
    try {
      await execution.log('info', `Creating the environment of deployment ${deployment.id}`);
      await this.make(ctx, execution, deployment);
      return { kind: 'terminated' };
    } catch (error) {
      execution.signal.throwIfAborted();
      const message = textFor(error);
      await execution.log('error', message);
      return failed(message);
    }
  }

  private async make(ctx: TenantCtx, execution: RunningExecution, deployment: UnfinishedDeployment): Promise<void> {
    const inputs = JSON.stringify(execution.parameters['inputs'] ?? {});
    for (let attempt = 1; ; attempt += 1) {
      const encoded = await this.blueprints.encodedPlan(ctx, deployment.blueprintStorageId);
      if (encoded === null) throw new NoPlan();
      try {
        await this.planner.plan(
          ctx,
          { encoded, inputs, runtimeOnly: deployment.runtimeOnly },
          execution.signal,
          (planned) => this.unitOfWork.run(ctx, (ctx) => this.write(ctx, execution, planned)),
        );
        return;
      } catch (error) {
        if (!(error instanceof InstanceIdTaken) || attempt === ID_ATTEMPTS) throw error;
      }
    }
  }

  private async write(ctx: TenantCtx, execution: RunningExecution, planned: PlannedDeployment): Promise<void> {
    execution.signal.throwIfAborted();
    const deployment = await this.repository.lockByExecution(ctx, execution.id);
    if (!deployment) throw new TakenAway();
    if (deployment.isMade) return;
    const { facts } = planned;
    const now = this.clock.now();
    await this.labels.add(ctx, deployment, labelsOf(facts), { creatorId: deployment.creatorId, at: now });
    await this.assertParentGives(ctx, deployment, facts);
    await this.repository.setPlan(ctx, deployment.storageId, facts, now);
    for await (const rows of planned.rows('nodes')) {
      execution.signal.throwIfAborted();
      await this.repository.insertNodes(ctx, deployment, rows);
    }
    for await (const rows of planned.rows('instances')) {
      execution.signal.throwIfAborted();
      await this.repository.insertInstances(ctx, deployment, rows);
    }
    await this.depend(ctx, deployment, facts, now);
    await this.settle(ctx, execution, deployment, facts, now);
  }

  /** dsl.md §15. */
  private async assertParentGives(
    ctx: TenantCtx,
    deployment: UnfinishedDeployment,
    facts: PlannedFacts,
  ): Promise<void> {
    if (facts.parentCapabilities.length === 0) return;
    const given = await this.labelRows.parentCapabilities(ctx, deployment.storageId);
    const missing = facts.parentCapabilities.filter((name) => !given.has(name));
    if (missing.length > 0) {
      throw new AppError(
        'deployment_creation_error',
        `Deployment ${deployment.id} needs a parent (label csys-obj-parent) with these capabilities: ${missing.join(', ')}`,
      );
    }
  }

  private async depend(
    ctx: TenantCtx,
    deployment: UnfinishedDeployment,
    { dependencies }: PlannedFacts,
    now: Date,
  ): Promise<void> {
    const rows = dependencies.map((dependency) => ({ ...dependency, id: randomUUID() }));
    const missing = await this.repository.insertDependencies(ctx, deployment, rows, now);
    if (missing.length > 0) {
      throw new AppError(
        'deployment_creation_error',
        `Deployment ${deployment.id} uses capabilities of deployments that were not found: ${missing.join(', ')}`,
      );
    }
    if (rows.length > 0) await this.repository.addConsumer(ctx, deployment, deployment.id, now);
  }

  private async settle(
    ctx: TenantCtx,
    execution: RunningExecution,
    deployment: UnfinishedDeployment,
    facts: PlannedFacts,
    now: Date,
  ): Promise<void> {
    const settings = await this.settingsOf(ctx, deployment, facts, now);
    const isNamed = typeof execution.parameters['display_name'] === 'string';
    if (settings.displayName !== null && !isNamed) {
      await this.repository.setDisplayName(ctx, deployment.storageId, displayName(settings.displayName));
    }
    await this.repository.joinGroups(ctx, deployment, settings.groups, now);
    await this.repository.insertSchedules(ctx, deployment, settings.schedules, now);
  }

  /** Functions of run time see the deployment as it is being made: they join its transaction. */
  private async settingsOf(
    ctx: TenantCtx,
    deployment: UnfinishedDeployment,
    { settings }: PlannedFacts,
    now: Date,
  ): Promise<DeploymentSettings> {
    const value = readJson(settings);
    const store = await this.stores.of(ctx, { storageId: deployment.storageId });
    return readSettings(store === null ? value : await evaluateFunctions(value, {}, store), now);
  }
}

function labelsOf({ labels }: PlannedFacts): readonly Label[] {
  return labels.map(({ key, value }) => {
    const name = labelKey(key);
    return { key: name, value: labelValue(name, value) };
  });
}

function failed(error: string): ExecutionOutcome {
  return { kind: 'failed', error };
}

/** What people are told; what is ours to mend goes on. */
function textFor(error: unknown): string {
  if (
    error instanceof AppError ||
    error instanceof DslError ||
    error instanceof PlanRefusedError ||
    error instanceof PlanningEndedError ||
    error instanceof QueueFullError ||
    error instanceof TakenAway ||
    error instanceof NoPlan
  ) {
    return error.message;
  }
  throw error;
}

/** Somebody removed the deployment, or gave it up, while it was made. */
class TakenAway extends Error {
  constructor() {
    super('The deployment was taken away while it was made');
  }
}

class NoPlan extends Error {
  constructor() {
    super('The blueprint has no plan that deployments can be made of; upload it anew');
  }
}
