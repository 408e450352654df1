import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../../core/access/visibility.js';
import { ConflictError } from '../../../core/errors/app-error.js';
import type { ReachCtx, TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';
import type { UpdateState } from './update.dto.js';

/** How far an update got, whatever its state says. */
export type UpdateProgress = 'begun' | 'prepared' | 'performed' | 'finished';

export interface UpdateRecord {
  readonly storageId: string;
  readonly id: string;
  readonly state: UpdateState;
  readonly progress: UpdateProgress;
  readonly basis: string | null;
  readonly executionStorageId: string | null;
  readonly newBlueprintStorageId: string | null;
  /** JSON text. */
  readonly newInputs: string | null;
  readonly runtimeOnly: boolean;
  readonly keepsDependencies: boolean;
  readonly deploymentStorageId: string;
  readonly deployment: {
    readonly storageId: string;
    readonly id: string;
    readonly creatorId: number;
    readonly visibility: Visibility;
  };
}

export interface NewUpdate {
  readonly id: string;
  readonly deploymentStorageId: string;
  /** Of a private deployment all is its owner's: nobody else but administrators could see it. */
  readonly creatorId: number;
  readonly state: UpdateState;
  readonly executionStorageId: string | null;
  /** Null: what the deployment has. */
  readonly newBlueprintStorageId: string | null;
  /** Names; null: what there is now. */
  readonly oldBlueprintName: string | null;
  readonly newBlueprintName: string | null;
  /** JSON texts; null: those of now. */
  readonly oldInputs: string | null;
  /** These before the old ones. */
  readonly inputs: string;
  readonly steps: string;
  /** Null: the deployment's. */
  readonly runtimeOnly: boolean | null;
  readonly keepsDependencies: boolean;
  readonly createdAt: Date;
}

interface StoredRecord extends Omit<UpdateRecord, 'deployment'> {
  readonly deploymentId: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
}

/** In the order of the old ones, then what is new; what users wrote stays as it was. */
const MERGED = `(SELECT COALESCE(json_object_agg(m.key, m.value ORDER BY m.place), '{}') FROM (
    SELECT o.key, COALESCE(n.value, o.value) AS value, o.place
      FROM json_each(COALESCE($9::json, d.inputs, '{}')) WITH ORDINALITY AS o (key, value, place)
      LEFT JOIN json_each($10::json) AS n (key, value) ON n.key = o.key
    UNION ALL
    SELECT n.key, n.value, 1000000 + n.place FROM json_each($10::json) WITH ORDINALITY AS n (key, value, place)
     WHERE n.key NOT IN (SELECT json_object_keys(COALESCE($9::json, d.inputs, '{}')))) AS m)`;

/** Records of updates. Everything runs in the open transaction. */
@Injectable()
export class UpdateRecords {
  /** Answers the internal number. @throws ConflictError when the tenant has the id */
  async insert(ctx: TenantCtx, update: NewUpdate): Promise<string> {
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO deployment_update (id, deployment_id, tenant_id, creator_id, visibility, state, execution_id,
           old_blueprint_id, old_blueprint_name, new_blueprint_id, new_blueprint_name, old_inputs, new_inputs, steps,
           runtime_only_evaluation, keep_old_deployment_dependencies, created_at, progress)
         SELECT $1, d.storage_id, d.tenant_id, CASE WHEN d.visibility = 'private' THEN d.creator_id ELSE $3 END, d.visibility, $4, $5, d.blueprint_id, COALESCE($7, b.id),
                COALESCE($6, d.blueprint_id), COALESCE($8, (SELECT n.id FROM blueprint n WHERE n.storage_id = $6), b.id),
                COALESCE($9::json, d.inputs, '{}'), ${MERGED}, $11, COALESCE($12, d.runtime_only_evaluation), $13, $14,
                CASE WHEN $4 IN ('successful', 'failed', 'preview') THEN 'finished' ELSE 'begun' END
           FROM deployment d LEFT JOIN blueprint b ON b.storage_id = d.blueprint_id
          WHERE d.storage_id = $2 AND d.tenant_id = $15 RETURNING storage_id::text`,
        [
          update.id,
          update.deploymentStorageId,
          update.creatorId,
          update.state,
          update.executionStorageId,
          update.newBlueprintStorageId,
          update.oldBlueprintName,
          update.newBlueprintName,
          update.oldInputs,
          update.inputs,
          update.steps,
          update.runtimeOnly,
          update.keepsDependencies,
          update.createdAt,
          ctx.tenantId,
        ],
      );
      if (!row) throw new Error('An insert answered no row.');
      return row.storage_id;
    } catch (error) {
      if (violatedConstraint(error) !== 'deployment_update_tenant_id_uq') throw error;
      throw new ConflictError(`\`DeploymentUpdate\` with ID \`${update.id}\` already exists on this tenant`, {
        cause: error,
      });
    }
  }

  /** The tenant's own visible one; it and its deployment are held until the end of the transaction. */
  async lock(ctx: TenantCtx, id: string): Promise<UpdateRecord | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<StoredRecord>(
      ctx,
      `SELECT r.storage_id::text AS "storageId", r.id, r.state, r.progress, r.basis, r.execution_id::text AS "executionStorageId",
              r.new_blueprint_id::text AS "newBlueprintStorageId", r.new_inputs::text AS "newInputs",
              COALESCE(r.runtime_only_evaluation, d.runtime_only_evaluation) AS "runtimeOnly",
              r.keep_old_deployment_dependencies AS "keepsDependencies", d.storage_id::text AS "deploymentStorageId",
              d.id AS "deploymentId", d.creator_id AS "creatorId", d.visibility
         FROM deployment_update r JOIN deployment d ON d.storage_id = r.deployment_id
        WHERE ${where} FOR NO KEY UPDATE OF d, r`,
      parameters.values,
    );
    if (!row) return null;
    const { deploymentId, creatorId, visibility, ...record } = row;
    const deployment = { storageId: row.deploymentStorageId, id: deploymentId, creatorId, visibility };
    return { ...record, deployment };
  }

  async setExecution(ctx: TenantCtx, storageId: string, executionStorageId: string): Promise<void> {
    const text = 'UPDATE deployment_update SET execution_id = $2 WHERE storage_id = $1';
    await execute(ctx, text, [storageId, executionStorageId]);
  }

  async advance(
    ctx: TenantCtx,
    storageId: string,
    to: { readonly progress: UpdateProgress; readonly state?: UpdateState },
  ): Promise<void> {
    const text = 'UPDATE deployment_update SET progress = $2, state = COALESCE($3, state) WHERE storage_id = $1';
    await execute(ctx, text, [storageId, to.progress, to.state ?? null]);
  }

  /** What the record says besides its state. @param content JSON text of a dictionary, whose keys take the place of theirs */
  async patch(
    ctx: TenantCtx,
    storageId: string,
    changes: { readonly state: UpdateState | null; readonly steps: string | null; readonly content: string },
  ): Promise<void> {
    await execute(
      ctx,
      `UPDATE deployment_update SET state = COALESCE($2, state), steps = COALESCE($3::json, steps),
              progress = CASE WHEN $2 IN ('successful', 'failed', 'preview') THEN 'finished' ELSE progress END,
              content = COALESCE((SELECT json_object_agg(x.key, x.value) FROM (
                SELECT key, value FROM json_each(content) WHERE key NOT IN (SELECT json_object_keys($4::json))
                UNION ALL SELECT key, value FROM json_each($4::json)) AS x), '{}')
        WHERE storage_id = $1`,
      [storageId, changes.state, changes.steps, changes.content],
    );
  }

  /** A field of what was planned, as JSON text. */
  async part(ctx: ReachCtx, storageId: string, field: string): Promise<string> {
    const [row] = await queryRows<{ text: string | null }>(
      ctx,
      `SELECT (CASE WHEN $2 = 'steps' THEN steps ELSE content->$2 END)::text AS text FROM deployment_update WHERE storage_id = $1`,
      [storageId, field],
    );
    return row?.text ?? 'null';
  }

  /** What the execution was asked with. */
  async asked(
    ctx: TenantCtx,
    executionStorageId: string,
  ): Promise<{ readonly isPreview: boolean; readonly autoCorrectTypes: boolean }> {
    const [row] = await queryRows<{ isPreview: boolean; autoCorrectTypes: boolean }>(
      ctx,
      `SELECT COALESCE(lower(parameters->>'preview') = 'true', false) AS "isPreview",
              COALESCE(lower(parameters->>'auto_correct_types') = 'true', false) AS "autoCorrectTypes"
         FROM execution WHERE storage_id = $1`,
      [executionStorageId],
    );
    return row ?? { isPreview: false, autoCorrectTypes: false };
  }

  /** The tenant's visible execution of that id on that deployment. */
  async execution(ctx: TenantCtx, id: string, deploymentStorageId: string): Promise<string | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<{ storageId: string }>(
      ctx,
      `SELECT r.storage_id::text AS "storageId" FROM execution r
        WHERE ${where} AND r.deployment_id = ${parameters.add(deploymentStorageId)}`,
      parameters.values,
    );
    return row?.storageId ?? null;
  }
}
