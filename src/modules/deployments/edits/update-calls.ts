import { Injectable } from '@nestjs/common';
import { AppError } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UpdateCallsRepository } from './update-calls.repository.js';

/** Changes that only the execution of a deployment's update may make (rest-api §3.2, §3.10). In the open transaction. */
@Injectable()
export class UpdateCalls {
  constructor(private readonly repository: UpdateCallsRepository) {}

  /** Whether the caller is a running update of this deployment. */
  async isOf(ctx: TenantCtx, deploymentStorageId: string): Promise<boolean> {
    const { executionId } = ctx.actor;
    return executionId !== undefined && this.repository.isUpdate(ctx, executionId, deploymentStorageId);
  }

  /** @throws AppError 403 only_deployment_update */
  async assertOf(ctx: TenantCtx, deploymentStorageId: string, what: string): Promise<void> {
    if (await this.isOf(ctx, deploymentStorageId)) return;
    throw new AppError('only_deployment_update', `Only a running update of the deployment may change ${what}`);
  }
}
