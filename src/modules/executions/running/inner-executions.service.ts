import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { isEnd } from '../../../core/executions/transitions.js';
import { AppError } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { Log } from '../../../platform/logging/log.js';
import { ExecutionStarter } from '../starting/execution-starter.service.js';
import { InnerExecutionsRepository } from './inner-executions.repository.js';
import { InnerWorkflows, type InnerWorkflow } from './inner-workflows.port.js';
import { idFrom } from './operation-rows.js';

/** orchestration §9.3, §11: how often their end is looked for. */
const LOOK_EVERY_MS = 1_000;

/**
 * Executions that an execution starts go under ids made of its own, so that whoever takes over finds them again and does
 * not start them twice.
 */
@Injectable()
export class InnerExecutions extends InnerWorkflows {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: InnerExecutionsRepository,
    private readonly starter: ExecutionStarter,
    private readonly log: Log,
  ) {
    super();
  }

  override async onServices(ctx: TenantCtx, inner: InnerWorkflow, isStopped: () => boolean): Promise<boolean> {
    const services = await this.unitOfWork.run(ctx, (ctx) => this.repository.services(ctx, inner.deployment.id));
    const ids = new Map(services.map((service) => [service, idOf(inner, service)]));
    const known = await this.statuses(ctx, [...ids.values()]);
    for (const [service, id] of ids) {
      if (isStopped()) return false;
      if (!known.has(id)) await this.startOn(ctx, inner, service, id);
    }
    return this.ended(ctx, [...ids.values()], isStopped);
  }

  override async onDeployment(ctx: TenantCtx, inner: InnerWorkflow, isStopped: () => boolean): Promise<boolean> {
    const id = idOf(inner, inner.deployment.id);
    if (!(await this.statuses(ctx, [id])).has(id)) {
      await this.starter.start(ctx, {
        id,
        deploymentId: inner.deployment.id,
        workflowId: inner.workflow,
        parameters: inner.parameters,
        allowCustomParameters: true,
        force: true,
      });
    }
    if (!(await this.ended(ctx, [id], isStopped))) return false;
    const { status, error } = (await this.statuses(ctx, [id])).get(id) ?? { status: 'failed', error: null };
    if (status === 'terminated') return true;
    throw new AppError('illegal_action_error', `The workflow '${inner.workflow}' ${status}: ${error ?? ''}`);
  }

  /** A service on which it cannot run does not keep the others from it. */
  private async startOn(ctx: TenantCtx, inner: InnerWorkflow, deploymentId: string, id: string): Promise<void> {
    const { workflow: workflowId, parameters } = inner;
    try {
      await this.starter.start(ctx, {
        id,
        deploymentId,
        workflowId,
        parameters,
        allowCustomParameters: true,
        queue: true,
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.log.warn('a workflow could not be started on a service', {
        executionId: inner.executionId,
        deploymentId,
        error,
      });
    }
  }

  private async ended(ctx: TenantCtx, ids: readonly string[], isStopped: () => boolean): Promise<boolean> {
    for (;;) {
      if (isStopped()) return false;
      const found = await this.statuses(ctx, ids);
      if ([...found.values()].every(({ status }) => isEnd(status))) return true;
      await delay(LOOK_EVERY_MS);
    }
  }

  private statuses(ctx: TenantCtx, ids: readonly string[]): ReturnType<InnerExecutionsRepository['statuses']> {
    return this.unitOfWork.run(ctx, (ctx) => this.repository.statuses(ctx, ids));
  }
}

function idOf({ executionId, phase }: InnerWorkflow, deploymentId: string): string {
  return idFrom(`${executionId}/${phase}/${deploymentId}`);
}
