import { Injectable } from '@nestjs/common';
import { AppError, ConflictError } from '../../../core/errors/app-error.js';
import type { Label } from '../../../core/labels/labels.js';
import { printable } from '../../../core/listing/query-values.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { DeploymentLabelsRepository, type LabelAuthor } from './deployment-labels.repository.js';

const PARENT = 'csys-obj-parent';

/** Labels of deployments, some of which put it into a tree (rest-api §1.13). All of it runs in the open transaction. */
@Injectable()
export class DeploymentLabels {
  constructor(private readonly repository: DeploymentLabelsRepository) {}

  /** @throws AppError deployment_parent_not_found_error, ConflictError for a cycle; nothing is changed then */
  async add(
    ctx: TenantCtx,
    deployment: { readonly storageId: string; readonly id: string },
    labels: readonly Label[],
    by: LabelAuthor,
  ): Promise<void> {
    await this.assertParents(ctx, deployment.id, labels);
    await this.repository.add(ctx, deployment.storageId, labels, by);
  }

  /** Makes the labels these; what stays keeps its date. @throws as `add` */
  async replace(
    ctx: TenantCtx,
    deployment: { readonly storageId: string; readonly id: string },
    labels: readonly Label[],
    by: LabelAuthor,
  ): Promise<void> {
    await this.assertParents(ctx, deployment.id, labels);
    await this.repository.keepOnly(ctx, deployment.storageId, labels);
    await this.repository.add(ctx, deployment.storageId, labels, by);
  }

  private async assertParents(ctx: TenantCtx, id: string, labels: readonly Label[]): Promise<void> {
    const ids = labels.filter(({ key }) => key === PARENT).map(({ value }) => value);
    if (ids.length === 0) return;
    const found = await this.repository.parents(ctx, ids);
    const missing = ids.filter((parent) => !found.has(parent));
    if (missing.length > 0) {
      throw new AppError(
        'deployment_parent_not_found_error',
        `Deployment ${printable(id)}: requested parents were not found: ${missing.map(printable).join(', ')}`,
      );
    }
    if (await this.repository.isBelow(ctx, ids, id)) {
      throw new ConflictError(
        `Deployment ${printable(id)} would be its own parent through ${ids.map(printable).join(', ')}`,
      );
    }
  }
}
