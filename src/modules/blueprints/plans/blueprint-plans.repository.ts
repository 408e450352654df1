import { Injectable } from '@nestjs/common';
import { AppError } from '../../../core/errors/app-error.js';
import type { Label } from '../../../core/labels/labels.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { isStillReferenced } from '../../../platform/database/still-referenced.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';
import type { PluginPackage } from '../blueprint-language.js';
import type { PlanSize } from './plan-texts.js';
import { HEADER_BYTES, unpackedLength, type StoredPlan } from './stored-plan.js';

const SLICE_BYTES = 128 * 1024;

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

  /** The size of the plan of a visible blueprint, or null where there is none. */
  async size(ctx: ReachCtx, storageId: string): Promise<PlanSize | null> {
    const parameters = new Parameters();
    const id = parameters.add(storageId);
    const [row] = await queryRows<{ packed: string; wire: string; header: Buffer }>(
      ctx,
      `SELECT octet_length(p.folded)::text AS packed, p.wire_bytes::text AS wire,
              substring(p.folded FOR ${HEADER_BYTES}) AS header
         FROM blueprint_plan p JOIN blueprint r ON r.storage_id = p.blueprint_id
        WHERE p.blueprint_id = ${id} AND ${visibleSql(ctx, parameters)}`,
      parameters.values,
    );
    return row === undefined
      ? null
      : { packedBytes: Number(row.packed), foldedBytes: unpackedLength(row.header), wireBytes: Number(row.wire) };
  }

  /**
   * The folded plan of a visible blueprint, or null. It comes in slices: as one value, tens of megabytes would be decoded
   * in one turn of the event loop.
   */
  async folded(ctx: ReachCtx, storageId: string): Promise<Buffer | null> {
    return this.sliced(ctx, storageId, 'folded');
  }

  /** As `folded`, in the form that the language reads back; null also for a plan that was restored. */
  async encoded(ctx: ReachCtx, storageId: string): Promise<Buffer | null> {
    return this.sliced(ctx, storageId, 'encoded');
  }

  private async sliced(ctx: ReachCtx, storageId: string, column: 'folded' | 'encoded'): Promise<Buffer | null> {
    const parameters = new Parameters();
    const id = parameters.add(storageId);
    const bytes = `${parameters.add(SLICE_BYTES)}::int`;
    const rows = await queryRows<{ slice: Buffer }>(
      ctx,
      `SELECT substring(p.${column} FROM n * ${bytes} + 1 FOR ${bytes}) AS slice
         FROM blueprint_plan p JOIN blueprint r ON r.storage_id = p.blueprint_id,
              generate_series(0, (octet_length(p.${column}) - 1) / ${bytes}) AS n
        WHERE p.blueprint_id = ${id} AND ${visibleSql(ctx, parameters)} ORDER BY n`,
      parameters.values,
    );
    return rows.length === 0 ? null : Buffer.concat(rows.map(({ slice }) => slice));
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
   * Makes these the plugins that this blueprint uses: those that it imports, and the installed ones of the packages that
   * its plan names. From now on they cannot be deleted without force.
   * @throws AppError invalid_blueprint_error when one is gone
   */
  async setPlugins(
    ctx: TenantCtx,
    storageId: string,
    { pluginIds, packages }: { readonly pluginIds: readonly string[]; readonly packages: readonly PluginPackage[] },
  ): Promise<void> {
    await execute(ctx, 'DELETE FROM blueprint_plugin WHERE blueprint_id = $1', [storageId]);
    if (pluginIds.length === 0 && packages.length === 0) return;
    const parameters = new Parameters();
    const [blueprint, ids] = [parameters.add(storageId), parameters.add(pluginIds)];
    const [names, versions] = [packages.map(({ name }) => name), packages.map(({ version }) => version)];
    try {
      await execute(
        ctx,
        `INSERT INTO blueprint_plugin (blueprint_id, plugin_id)
         SELECT ${blueprint}::bigint, id FROM unnest(${ids}::bigint[]) AS id
          UNION
         SELECT ${blueprint}::bigint, r.storage_id
           FROM unnest(${parameters.add(names)}::text[], ${parameters.add(versions)}::text[]) AS p (name, version)
           JOIN plugin r ON r.package_name = p.name AND r.package_version = p.version
          WHERE ${visibleSql(ctx, parameters)}`,
        parameters.values,
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
