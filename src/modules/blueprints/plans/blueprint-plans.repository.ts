import { Injectable } from '@nestjs/common';
import { AppError } from '../../../core/errors/app-error.js';
import type { Label } from '../../../core/labels/labels.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { isStillReferenced } from '../../../platform/database/still-referenced.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';
import type { StoredPlan } from './stored-plan.js';

/** What is read to send a plan. */
export interface FoldedRow {
  readonly folded: Buffer;
}

@Injectable()
export class BlueprintPlansRepository {
  /** In the transaction that changes the blueprint; replaces what was there. */
  async put(ctx: TenantCtx, storageId: string, plan: StoredPlan): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO blueprint_plan (blueprint_id, folded, wire_bytes, encoded, blueprint_labels)
       VALUES ($1, $2, $3, $4, $5::jsonb)
       ON CONFLICT ON CONSTRAINT blueprint_plan_pk DO UPDATE SET folded = EXCLUDED.folded,
         wire_bytes = EXCLUDED.wire_bytes, encoded = EXCLUDED.encoded, blueprint_labels = EXCLUDED.blueprint_labels`,
      [
        storageId,
        Buffer.from(plan.folded.buffer, plan.folded.byteOffset, plan.folded.byteLength),
        plan.wireBytes,
        plan.encoded === null
          ? null
          : Buffer.from(plan.encoded.buffer, plan.encoded.byteOffset, plan.encoded.byteLength),
        JSON.stringify(plan.labels),
      ],
    );
  }

  async remove(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(ctx, 'DELETE FROM blueprint_plan WHERE blueprint_id = $1', [storageId]);
  }

  /** The sizes of plans, unfolded, by the internal number of their visible blueprints; those without a plan are left out. */
  async sizes(ctx: ReachCtx, storageIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const parameters = new Parameters();
    const ids = parameters.add(storageIds);
    const rows = await queryRows<{ of: string; bytes: string }>(
      ctx,
      `SELECT p.blueprint_id::text AS of, p.wire_bytes::text AS bytes FROM blueprint_plan p
         JOIN blueprint r ON r.storage_id = p.blueprint_id
        WHERE p.blueprint_id = ANY (${ids}::bigint[]) AND ${visibleSql(ctx, parameters)}`,
      parameters.values,
    );
    return new Map(rows.map(({ of, bytes }) => [of, Number(bytes)]));
  }

  /** The folded plan of a visible blueprint, or null. */
  async folded(ctx: ReachCtx, storageId: string): Promise<Buffer | null> {
    const parameters = new Parameters();
    const id = parameters.add(storageId);
    const [row] = await queryRows<FoldedRow>(
      ctx,
      `SELECT p.folded FROM blueprint_plan p JOIN blueprint r ON r.storage_id = p.blueprint_id
        WHERE p.blueprint_id = ${id} AND ${visibleSql(ctx, parameters)}`,
      parameters.values,
    );
    return row?.folded ?? null;
  }

  /** The labels that the stored plan gives its blueprint. */
  async labels(ctx: TenantCtx, storageId: string): Promise<readonly Label[]> {
    const [row] = await queryRows<{ labels: readonly Label[] }>(
      ctx,
      'SELECT blueprint_labels AS labels FROM blueprint_plan WHERE blueprint_id = $1',
      [storageId],
    );
    return row?.labels ?? [];
  }

  /**
   * Makes these the blueprints that this one imports. From now on they cannot be deleted without force.
   * @throws AppError imported_blueprint_not_found when one is gone
   */
  async setImports(ctx: TenantCtx, storageId: string, importedIds: readonly string[]): Promise<void> {
    await execute(ctx, 'DELETE FROM blueprint_import WHERE importer_id = $1', [storageId]);
    if (importedIds.length === 0) return;
    try {
      await execute(
        ctx,
        `INSERT INTO blueprint_import (importer_id, imported_id) SELECT $1, id FROM unnest($2::bigint[]) AS id
         ON CONFLICT ON CONSTRAINT blueprint_import_pk DO NOTHING`,
        [storageId, importedIds],
      );
    } catch (error) {
      if (!isStillReferenced(error)) throw error;
      throw new AppError('imported_blueprint_not_found', 'An imported blueprint was not found: it is gone meanwhile', {
        cause: error,
      });
    }
  }

  /**
   * Makes these the plugins that this blueprint uses. From now on they cannot be deleted without force.
   * @throws AppError invalid_blueprint_error when one is gone
   */
  async setPlugins(ctx: TenantCtx, storageId: string, pluginIds: readonly string[]): Promise<void> {
    await execute(ctx, 'DELETE FROM blueprint_plugin WHERE blueprint_id = $1', [storageId]);
    if (pluginIds.length === 0) return;
    try {
      await execute(
        ctx,
        'INSERT INTO blueprint_plugin (blueprint_id, plugin_id) SELECT $1, id FROM unnest($2::bigint[]) AS id',
        [storageId, pluginIds],
      );
    } catch (error) {
      if (!isStillReferenced(error)) throw error;
      throw new AppError('invalid_blueprint_error', 'A plugin that the blueprint imports is gone meanwhile', {
        cause: error,
      });
    }
  }

  /** Ends the imports of this blueprint by others, of whatever tenant. */
  async forgetImporters(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(ctx, 'DELETE FROM blueprint_import WHERE imported_id = $1', [storageId]);
  }

  /** The ids of blueprints that import this one and that the caller may see, some at least. */
  async importers(ctx: TenantCtx, storageId: string): Promise<readonly string[]> {
    const parameters = new Parameters();
    const id = parameters.add(storageId);
    const rows = await queryRows<{ id: string }>(
      ctx,
      `SELECT r.id FROM blueprint_import i JOIN blueprint r ON r.storage_id = i.importer_id
        WHERE i.imported_id = ${id} AND ${visibleSql(ctx, parameters)} ORDER BY r.id LIMIT 20`,
      parameters.values,
    );
    return rows.map((row) => row.id);
  }

  async isImported(ctx: TenantCtx, storageId: string): Promise<boolean> {
    const rows = await queryRows(ctx, 'SELECT 1 FROM blueprint_import WHERE imported_id = $1 LIMIT 1', [storageId]);
    return rows.length > 0;
  }
}
