import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { DeploymentStatusesRepository } from './deployment-statuses.repository.js';

/** States of deployments and of those above them (orchestration §5). All of it runs in the open transaction. */
@Injectable()
export class DeploymentStatuses {
  constructor(private readonly repository: DeploymentStatusesRepository) {}

  async executionStarted(ctx: TenantCtx, storageId: string, executionStorageId: string): Promise<void> {
    await this.repository.begin(ctx, storageId, executionStorageId);
    await this.refreshAbove(ctx, [storageId]);
  }

  async executionEnded(ctx: TenantCtx, storageId: string): Promise<void> {
    await this.repository.countInstalled(ctx, storageId);
    await this.repository.refresh(ctx, [storageId]);
    await this.refreshAbove(ctx, [storageId]);
  }

  /** The deployments above these, level by level, as far up as something changes. */
  async refreshAbove(ctx: TenantCtx, storageIds: readonly string[]): Promise<void> {
    await this.refreshFrom(ctx, await this.repository.parents(ctx, storageIds), new Set(storageIds));
  }

  /** What points to a deployment decides of it; for a caller that takes labels away. */
  parents(ctx: TenantCtx, storageId: string): Promise<readonly string[]> {
    return this.repository.parents(ctx, [storageId]);
  }

  /** These deployments and those above them. */
  async refreshFrom(ctx: TenantCtx, storageIds: readonly string[], seen = new Set<string>()): Promise<void> {
    let level = storageIds.filter((id) => !seen.has(id));
    while (level.length > 0) {
      for (const id of level) seen.add(id);
      const changed = await this.repository.refresh(ctx, level);
      const above = changed.length === 0 ? [] : await this.repository.parents(ctx, changed);
      level = above.filter((id) => !seen.has(id));
    }
  }
}
