import type { Json } from '../../../core/graph/task.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';

export interface UpdateStep {
  readonly deploymentStorageId: string;
  /** The id of the deployment update. */
  readonly update: string;
  readonly executionId: string;
  readonly executionStorageId: string;
}

/**
 * A port: what an `update` does between its graphs (orchestration §11). Each step opens its own transactions and may be
 * asked again after a crash, when it had been done already.
 */
export abstract class UpdateSteps {
  /** Plans, and stores the plan; answers the `UpdateChanges`. */
  abstract prepare(ctx: TenantCtx, step: UpdateStep): Promise<Json>;
  abstract perform(ctx: TenantCtx, step: UpdateStep): Promise<void>;
  /** @param clean instances whose marks of drift are removed */
  abstract finish(ctx: TenantCtx, step: UpdateStep, clean: readonly string[]): Promise<void>;
}
