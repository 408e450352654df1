import { assertNotNarrower, type Visibility } from '../../core/access/visibility.js';
import { AppError, IllegalActionError } from '../../core/errors/app-error.js';
import { requirePermission } from '../../platform/access/require-permission.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { assertIdCanBeGlobal } from '../../platform/database/global-ids.js';
import { hasEnded } from './blueprint-state.js';
import { BLUEPRINT_IDS, type BlueprintRow } from './blueprints.repository.js';

/** @throws IllegalActionError for a global one of another tenant (rest-api §1.14) */
export function assertOwn(ctx: TenantCtx, blueprint: BlueprintRow): void {
  if (blueprint.tenantId !== ctx.tenantId) {
    throw new IllegalActionError(
      `Can't modify the global blueprint \`${blueprint.id}\` from tenant \`${ctx.tenantName}\`: it belongs to another one`,
    );
  }
}

/** @throws AppError 400 invalid_blueprint_error while its upload is at work on it (rest-api §3.1) */
export function assertNotProcessed(blueprint: BlueprintRow): void {
  if (!hasEnded(blueprint.state) && blueprint.uploadExecutionId !== null) {
    throw new AppError(
      'invalid_blueprint_error',
      `Blueprint ${blueprint.id} is still being uploaded (state ${blueprint.state}); wait until that has ended`,
    );
  }
}

/**
 * @throws IllegalActionError when it would narrow, ForbiddenError for `global` without create_global_resource,
 *   ConflictError when another tenant has the id
 */
export async function assertMayWiden(ctx: TenantCtx, blueprint: BlueprintRow, visibility: Visibility): Promise<void> {
  assertNotNarrower(blueprint.id, blueprint.visibility, visibility);
  if (visibility !== 'global' || blueprint.visibility === 'global') return;
  requirePermission(ctx, 'create_global_resource');
  await assertIdCanBeGlobal(ctx, BLUEPRINT_IDS, blueprint.id);
}
