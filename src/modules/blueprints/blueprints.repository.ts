import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../core/access/visibility.js';
import type { Label } from '../../core/labels/labels.js';
import type { ArchiveFormat } from '../../platform/archives/detect-archive.js';
import type { Ctx, TenantCtx } from '../../platform/context/ctx.js';
import { AppError } from '../../core/errors/app-error.js';
import { idExists, type IdTable } from '../../platform/database/global-ids.js';
import { execute, queryRows } from '../../platform/database/tx.js';
import { violatedConstraint } from '../../platform/database/unit-of-work.js';
import { Parameters, visibleSql } from '../../platform/listing/list-query.js';
import type { BlueprintState } from './blueprint-state.js';

/** What the rules of blueprints look at. */
export interface BlueprintRow {
  readonly storageId: string;
  readonly id: string;
  readonly tenantId: number;
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly state: BlueprintState;
  readonly error: string | null;
  readonly mainFileName: string | null;
  readonly uploadExecutionId: string | null;
  readonly filesKey: string;
  readonly archiveKind: ArchiveFormat | null;
  readonly iconKey: string | null;
}

/** rest-api §1.13. */
export interface LabelView extends Label {
  readonly created_at: string;
  readonly created_by: string;
}

export interface NewBlueprint {
  readonly id: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly state: BlueprintState;
  readonly mainFileName: string | null;
  readonly requirements: unknown;
  readonly uploadExecutionId: string | null;
  readonly filesKey: string;
  readonly archiveKind: ArchiveFormat | null;
  readonly createdAt: Date;
}

/** Columns that change, each optional; `requirements` is the text of its JSON. */
export interface BlueprintChanges {
  readonly visibility?: Visibility;
  readonly main_file_name?: string | null;
  readonly requirements?: string | null;
  readonly description?: string | null;
  readonly state?: BlueprintState;
  readonly error?: string | null;
  readonly error_traceback?: string | null;
  readonly creator_id?: number;
  readonly created_at?: Date;
  readonly upload_execution_id?: string;
  readonly archive_kind?: ArchiveFormat | null;
  readonly icon_key?: string | null;
}

export const BLUEPRINT_IDS: IdTable = { table: 'blueprint', idColumn: 'id', kind: 'Blueprint' };

const COLUMNS = `r.storage_id::text AS "storageId", r.id, r.tenant_id AS "tenantId", r.creator_id AS "creatorId", r.visibility,
  r.state, r.error, r.main_file_name AS "mainFileName", r.upload_execution_id AS "uploadExecutionId",
  r.files_key AS "filesKey", r.archive_kind AS "archiveKind", r.icon_key AS "iconKey"`;

@Injectable()
export class BlueprintsRepository {
  /** The visible one with this id: the tenant's own, else a global one of another tenant (rest-api §1.5). */
  async find(ctx: TenantCtx, id: string): Promise<BlueprintRow | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND ${visibleSql(ctx, parameters)}`;
    const own = `(r.tenant_id = ${parameters.add(ctx.tenantId)}::int)`;
    const [row] = await queryRows<BlueprintRow>(
      ctx,
      `SELECT ${COLUMNS} FROM blueprint r WHERE ${where} ORDER BY ${own} DESC, r.tenant_id LIMIT 1`,
      parameters.values,
    );
    return row ?? null;
  }

  /** The tenant's own visible one with this id; never a global one of another tenant. */
  async findOwn(ctx: TenantCtx, id: string): Promise<BlueprintRow | null> {
    return this.own(ctx, 'id', id, '');
  }

  /** As `findOwn`, held until the end of the transaction. */
  async lockOwn(ctx: TenantCtx, id: string): Promise<BlueprintRow | null> {
    return this.own(ctx, 'id', id, 'FOR UPDATE');
  }

  /** The one that this execution processes, held until the end of the transaction. */
  async lockByExecution(ctx: TenantCtx, executionId: string): Promise<BlueprintRow | null> {
    return this.own(ctx, 'upload_execution_id', executionId, 'FOR UPDATE');
  }

  private async own(
    ctx: TenantCtx,
    column: 'id' | 'upload_execution_id',
    value: string,
    lock: '' | 'FOR UPDATE',
  ): Promise<BlueprintRow | null> {
    const parameters = new Parameters();
    const where = `r.${column} = ${parameters.add(value)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<BlueprintRow>(
      ctx,
      `SELECT ${COLUMNS} FROM blueprint r WHERE ${where} ${lock}`,
      parameters.values,
    );
    return row ?? null;
  }

  /** Answers the internal number. @throws ConflictError when the tenant has the id */
  async insert(ctx: TenantCtx, blueprint: NewBlueprint): Promise<string> {
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO blueprint (id, tenant_id, creator_id, visibility, state, main_file_name, requirements,
           upload_execution_id, files_key, archive_kind, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING storage_id`,
        [
          blueprint.id,
          ctx.tenantId,
          blueprint.creatorId,
          blueprint.visibility,
          blueprint.state,
          blueprint.mainFileName,
          blueprint.requirements === null ? null : JSON.stringify(blueprint.requirements),
          blueprint.uploadExecutionId,
          blueprint.filesKey,
          blueprint.archiveKind,
          blueprint.createdAt,
        ],
      );
      if (!row) throw new Error('An insert answered no row.');
      return row.storage_id;
    } catch (error) {
      if (violatedConstraint(error) === 'blueprint_tenant_id_uq')
        throw idExists(ctx, BLUEPRINT_IDS, blueprint.id, error);
      throw error;
    }
  }

  /** False when the row is gone or may not be written. */
  async update(ctx: TenantCtx, storageId: string, changes: BlueprintChanges, now: Date): Promise<boolean> {
    const parameters = new Parameters();
    const sets = Object.entries(changes).map(([column, value]) => `${column} = ${parameters.add(value)}`);
    const text = `UPDATE blueprint SET ${[...sets, `updated_at = ${parameters.add(now)}`].join(', ')}
      WHERE tenant_id = ${parameters.add(ctx.tenantId)} AND storage_id = ${parameters.add(storageId)}`;
    return (await execute(ctx, text, parameters.values)) > 0;
  }

  /** @throws AppError blueprint_in_use when another blueprint imports it, dependent_exists_error when it is deployed */
  async delete(ctx: TenantCtx, { storageId, id }: Pick<BlueprintRow, 'storageId' | 'id'>): Promise<void> {
    try {
      const text = 'DELETE FROM blueprint WHERE tenant_id = $1 AND storage_id = $2';
      await execute(ctx, text, [ctx.tenantId, storageId]);
    } catch (error) {
      const constraint = violatedConstraint(error);
      if (constraint === 'blueprint_import_imported_fk') throw blueprintInUse(id, [], error);
      // Whose they are is not told: a global blueprint has deployments in tenants that the caller does not know.
      if (constraint === 'deployment_blueprint_fk') {
        throw new AppError('dependent_exists_error', `Can't delete blueprint ${id}: there are deployments of it`, {
          cause: error,
        });
      }
      throw error;
    }
  }

  async labels(ctx: TenantCtx, storageId: string): Promise<readonly Label[]> {
    const text = 'SELECT key, value FROM blueprint_label WHERE blueprint_id = $1 ORDER BY key, value';
    return queryRows<Label>(ctx, text, [storageId]);
  }

  /** The labels of several blueprints as they go out, by internal number. */
  async labelViews(ctx: Ctx, storageIds: readonly string[]): Promise<ReadonlyMap<string, readonly LabelView[]>> {
    const rows = await queryRows<LabelView & { readonly of: string }>(
      ctx,
      `SELECT l.blueprint_id::text AS of, l.key, l.value, l.created_at, c.username AS created_by
         FROM blueprint_label l JOIN user_account c ON c.id = l.creator_id
        WHERE l.blueprint_id = ANY ($1::bigint[]) ORDER BY l.key, l.value`,
      [storageIds],
    );
    const views = new Map<string, LabelView[]>();
    for (const { of, ...view } of rows) {
      const before = views.get(of);
      if (before) before.push(view);
      else views.set(of, [view]);
    }
    return views;
  }

  /** Makes the labels these; pairs that stay keep their date and author (rest-api §1.13). */
  async replaceLabels(
    ctx: TenantCtx,
    storageId: string,
    labels: readonly Label[],
    by: { readonly creatorId: number; readonly at: Date },
  ): Promise<void> {
    const keys = labels.map(({ key }) => key);
    const values = labels.map(({ value }) => value);
    await execute(
      ctx,
      `DELETE FROM blueprint_label WHERE blueprint_id = $1
          AND (key, value) NOT IN (SELECT * FROM unnest($2::text[], $3::text[]))`,
      [storageId, keys, values],
    );
    await execute(
      ctx,
      `INSERT INTO blueprint_label (blueprint_id, key, value, created_at, creator_id)
       SELECT $1, pair.key, pair.value, $4, $5 FROM unnest($2::text[], $3::text[]) AS pair (key, value)
       ON CONFLICT ON CONSTRAINT blueprint_label_uq DO NOTHING`,
      [storageId, keys, values, by.at, by.creatorId],
    );
  }

  async isExecution(ctx: TenantCtx, id: string): Promise<boolean> {
    const rows = await queryRows(ctx, 'SELECT 1 FROM execution WHERE tenant_id = $1 AND id = $2', [ctx.tenantId, id]);
    return rows.length > 0;
  }
}

/** 405 `blueprint_in_use`. @param importers those that the caller may see */
export function blueprintInUse(id: string, importers: readonly string[], cause?: unknown): AppError {
  const by = importers.length === 0 ? 'other blueprints' : `the blueprints ${importers.join(', ')}`;
  return new AppError(
    'blueprint_in_use',
    `Blueprint ${id} is in use: it is imported by ${by}`,
    cause === undefined ? {} : { cause },
  );
}
