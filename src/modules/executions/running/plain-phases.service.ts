import { Injectable, Optional } from '@nestjs/common';
import { DslError } from '../../../core/dsl/diagnostics.js';
import { AppError } from '../../../core/errors/app-error.js';
import type { FinishedPhase, Phase } from '../../../core/graph/sequences/phase.js';
import type { Json } from '../../../core/graph/task.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { DeploymentModifications } from '../../deployments/modifications/deployment-modifications.service.js';
import type { RunningDeployment } from '../../deployments/running/deployment-runtime.port.js';
import { InnerWorkflows } from './inner-workflows.port.js';
import { UpdateSteps } from './update-steps.port.js';

type PlainPhase = Exclude<Phase, { kind: 'end' | 'graph' }>;

export interface PlainStep {
  readonly executionId: string;
  readonly executionStorageId: string;
  readonly deployment: RunningDeployment;
  readonly isDryRun: boolean;
  readonly isStopped: () => boolean;
}

/** Writes that a phase is over; false when the lease was lost. In the open transaction. */
type Save = (ctx: TenantCtx, finished: FinishedPhase) => Promise<boolean>;

class LeaseLost extends Error {}

/** Phases that run no graph. A dry run passes them over. */
@Injectable()
export class PlainPhases {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly modifications: DeploymentModifications,
    @Optional() private readonly inner?: InnerWorkflows,
    @Optional() private readonly updates?: UpdateSteps,
  ) {}

  /** What cannot be done makes the phase fail, with a text for people. Null when it was stopped or its lease lost. */
  async perform(ctx: TenantCtx, phase: PlainPhase, step: PlainStep, save: Save): Promise<FinishedPhase | null> {
    try {
      return await this.succeed(ctx, phase, step, save);
    } catch (error) {
      if (error instanceof LeaseLost) return null;
      if (!(error instanceof AppError) && !(error instanceof DslError)) throw error;
      const finished: FinishedPhase = { name: phase.name, outcome: 'failed', data: null, error: error.message };
      return (await this.unitOfWork.run(ctx, (ctx) => save(ctx, finished))) ? finished : null;
    }
  }

  private async succeed(ctx: TenantCtx, phase: PlainPhase, step: PlainStep, save: Save): Promise<FinishedPhase | null> {
    const { name } = phase;
    const done = (ctx: TenantCtx, data: Json): Promise<FinishedPhase> =>
      saved(ctx, { name, outcome: 'succeeded', data }, save);
    if (step.isDryRun) return this.unitOfWork.run(ctx, (ctx) => done(ctx, null));
    const { id: deploymentId, storageId: deploymentStorageId } = step.deployment;
    switch (phase.kind) {
      case 'modify':
        return this.unitOfWork.run(ctx, async (ctx) => {
          const { nodes } = phase;
          const { id } = await this.modifications.start(ctx, { deploymentId, nodes, context: {} });
          return done(ctx, id);
        });
      case 'finish-modification':
        return this.unitOfWork.run(ctx, async (ctx) => {
          await this.modifications.finish(ctx, phase.modification);
          return done(ctx, null);
        });
      case 'roll-back-modification':
        return this.unitOfWork.run(ctx, async (ctx) => {
          await this.modifications.rollBack(ctx, phase.modification);
          return done(ctx, null);
        });
      case 'children':
      case 'workflow': {
        if (!this.inner) throw notThere('Workflows of workflows cannot be run here');
        const { workflow, parameters } = phase;
        const { executionId, deployment, isStopped } = step;
        const asked = { executionId, phase: name, deployment, workflow, parameters };
        const isOver = await (phase.kind === 'children'
          ? this.inner.onServices(ctx, asked, isStopped)
          : this.inner.onDeployment(ctx, asked, isStopped));
        return isOver ? this.unitOfWork.run(ctx, (ctx) => done(ctx, null)) : null;
      }
      case 'update-prepare':
      case 'update-perform':
      case 'update-finish': {
        if (!this.updates) throw notThere('Deployments cannot be updated here');
        const { executionId, executionStorageId } = step;
        const update = { update: phase.update, executionId, executionStorageId, deploymentStorageId };
        let data: Json = null;
        if (phase.kind === 'update-prepare') data = await this.updates.prepare(ctx, update);
        else if (phase.kind === 'update-finish') await this.updates.finish(ctx, update, phase.clean);
        else await this.updates.perform(ctx, update);
        return this.unitOfWork.run(ctx, (ctx) => done(ctx, data));
      }
      default:
        phase satisfies never;
        return null;
    }
  }
}

async function saved(ctx: TenantCtx, finished: FinishedPhase, save: Save): Promise<FinishedPhase> {
  // What the phase did goes with its mark, or not at all.
  if (!(await save(ctx, finished))) throw new LeaseLost('The lease of an execution was lost.');
  return finished;
}

function notThere(what: string): AppError {
  return new AppError('illegal_action_error', what);
}
