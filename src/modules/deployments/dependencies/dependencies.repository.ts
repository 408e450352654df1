import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../../core/access/visibility.js';
import { ConflictError } from '../../../core/errors/app-error.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { advisoryLockKeys } from '../../../platform/database/advisory-locks.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';

/** What is written; dictionaries are JSON text, deployments are internal numbers. */
export interface DependencyRow {
  readonly id: string;
  readonly creator: string;
  readonly target: string | null;
  readonly targetFunction: string | null;
  readonly externalSource: string | null;
  readonly externalTarget: string | null;
}

export interface DependencyOwner {
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly createdAt: Date;
}

export interface StoredDependency {
  readonly id: string;
  readonly storageId: string;
  readonly isNew: boolean;
}

export interface RawDependent {
  readonly deployment: string | null;
  readonly tenant: string | null;
  readonly creator: string;
  readonly isActive: boolean;
  readonly isChild: boolean;
}

/** The dependencies of one source, which is null for one on another manager. Everything runs in the open transaction. */
@Injectable()
export class DependenciesRepository {
  /** Nobody else makes dependencies until the transaction ends. */
  async lock(ctx: TenantCtx): Promise<void> {
    await execute(ctx, 'SELECT pg_advisory_xact_lock($1, $2)', advisoryLockKeys('deploymentDependencies'));
  }

  /** The visible deployments of these ids, by id: the tenant's own before global ones of other tenants. */
  async targets(ctx: TenantCtx, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const parameters = new Parameters();
    const where = `r.id = ANY (${parameters.add(ids)}::text[]) AND ${visibleSql(ctx, parameters)}`;
    const own = `(r.tenant_id = ${parameters.add(ctx.tenantId)}::int)`;
    const rows = await queryRows<{ id: string; storageId: string }>(
      ctx,
      `SELECT DISTINCT ON (r.id) r.id, r.storage_id::text AS "storageId" FROM deployment r WHERE ${where}
        ORDER BY r.id, ${own} DESC, r.tenant_id`,
      parameters.values,
    );
    return new Map(rows.map(({ id, storageId }) => [id, storageId]));
  }

  /** Those of the targets that the source may not depend on: they depend on it, or are it. */
  async closingCircles(ctx: TenantCtx, source: string, targets: readonly string[]): Promise<readonly string[]> {
    const text = 'SELECT deployments_depending_on($1, $2::bigint[])::text AS "storageId"';
    const rows = await queryRows<{ storageId: string }>(ctx, text, [source, targets]);
    return rows.map(({ storageId }) => storageId);
  }

  /**
   * Writes them; what is there already keeps its id. Answers them in the order given.
   * @throws ConflictError for an id that the tenant has
   */
  async put(
    ctx: TenantCtx,
    source: string | null,
    rows: readonly DependencyRow[],
    owner: DependencyOwner,
  ): Promise<readonly StoredDependency[]> {
    const ofSource =
      source === null ? 'r.source_deployment_id IS NULL AND $1::bigint IS NULL' : 'r.source_deployment_id = $1';
    try {
      return await queryRows<StoredDependency>(
        ctx,
        `WITH wanted AS (
           SELECT * FROM unnest($6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[])
             WITH ORDINALITY AS w (id, creator, target, func, external_source, external_target, place)
         ), kept AS (
           UPDATE inter_deployment_dependency r SET target_deployment_func = w.func::json FROM wanted w
            WHERE r.tenant_id = $2 AND ${ofSource} AND r.dependency_creator = w.creator
              AND r.target_deployment_id IS NOT DISTINCT FROM w.target
              AND r.external_source::text IS NOT DISTINCT FROM w.external_source
              AND r.external_target::text IS NOT DISTINCT FROM w.external_target
              AND (w.target IS NOT NULL OR w.external_target IS NOT NULL
                OR r.target_deployment_func::text IS NOT DISTINCT FROM w.func)
           RETURNING w.place, r.id, r.storage_id
         ), made AS (
           INSERT INTO inter_deployment_dependency (id, tenant_id, creator_id, visibility, dependency_creator,
             source_deployment_id, target_deployment_id, target_deployment_func, external_source, external_target, created_at)
           SELECT w.id, $2, $3, $4, w.creator, $1, w.target, w.func::json, w.external_source::json, w.external_target::json, $5
             FROM wanted w WHERE w.place NOT IN (SELECT place FROM kept) ORDER BY w.place
           RETURNING id, storage_id
         )
         SELECT COALESCE(k.id, m.id) AS id, COALESCE(k.storage_id, m.storage_id)::text AS "storageId", k.id IS NULL AS "isNew"
           FROM wanted w LEFT JOIN kept k ON k.place = w.place LEFT JOIN made m ON m.id = w.id ORDER BY w.place`,
        [
          source,
          ctx.tenantId,
          owner.creatorId,
          owner.visibility,
          owner.createdAt,
          rows.map(({ id }) => id),
          rows.map(({ creator }) => creator),
          rows.map(({ target }) => target),
          rows.map(({ targetFunction }) => targetFunction),
          rows.map(({ externalSource }) => externalSource),
          rows.map(({ externalTarget }) => externalTarget),
        ],
      );
    } catch (error) {
      if (violatedConstraint(error) !== 'inter_deployment_dependency_tenant_id_uq') throw error;
      throw new ConflictError('A dependency with this ID already exists', { cause: error });
    }
  }

  /**
   * Removes those of the source that match, or all. Answers what went.
   * @param match `target`: undefined is any
   */
  async remove(
    ctx: TenantCtx,
    source: string | null,
    match: {
      readonly creator?: string;
      readonly target?: string;
      readonly externalSource?: string | null;
      readonly externalTarget?: string | null;
    } = {},
  ): Promise<readonly { readonly id: string; readonly storageId: string }[]> {
    const parameters = new Parameters();
    const conditions = [
      `r.tenant_id = ${parameters.add(ctx.tenantId)}`,
      source === null ? 'r.source_deployment_id IS NULL' : `r.source_deployment_id = ${parameters.add(source)}`,
      ...(match.creator === undefined ? [] : [`r.dependency_creator = ${parameters.add(match.creator)}`]),
      ...(match.target === undefined ? [] : [`r.target_deployment_id = ${parameters.add(match.target)}`]),
      ...(match.externalSource ? [`r.external_source::jsonb = ${parameters.add(match.externalSource)}::jsonb`] : []),
      ...(match.externalTarget ? [`r.external_target::jsonb = ${parameters.add(match.externalTarget)}::jsonb`] : []),
    ];
    return queryRows(
      ctx,
      `DELETE FROM inter_deployment_dependency r WHERE ${conditions.join(' AND ')}
       RETURNING r.id, r.storage_id::text AS "storageId"`,
      parameters.values,
    );
  }

  /** Makes the labels that say by whom a deployment of the tenant is used (rest-api §1.13) true again for one source. */
  async refreshConsumerLabels(
    ctx: TenantCtx,
    source: { readonly storageId: string; readonly id: string },
    at: Date,
  ): Promise<void> {
    await execute(
      ctx,
      `DELETE FROM deployment_label l USING deployment t
        WHERE t.storage_id = l.deployment_id AND t.tenant_id = $1 AND l.key = 'csys-consumer-id' AND l.value = $3
          AND NOT EXISTS (SELECT FROM inter_deployment_dependency i
            WHERE i.source_deployment_id = $2 AND i.target_deployment_id = t.storage_id)`,
      [ctx.tenantId, source.storageId, source.id],
    );
    await execute(
      ctx,
      `INSERT INTO deployment_label (deployment_id, key, value, created_at, creator_id)
       SELECT DISTINCT t.storage_id, 'csys-consumer-id', $3, $4::timestamptz, $5::int
         FROM inter_deployment_dependency i JOIN deployment t ON t.storage_id = i.target_deployment_id
        WHERE i.source_deployment_id = $2 AND t.tenant_id = $1 AND t.storage_id <> $2
       ON CONFLICT ON CONSTRAINT deployment_label_uq DO NOTHING`,
      [ctx.tenantId, source.storageId, source.id, at, ctx.actor.userId],
    );
  }

  /** Whatever the caller may see of it: names of what is hidden are null. */
  async dependents(ctx: TenantCtx, target: string, throughChildren: boolean): Promise<readonly RawDependent[]> {
    return queryRows<RawDependent>(
      ctx,
      `SELECT deployment, tenant, creator, is_active AS "isActive", is_child AS "isChild"
         FROM deployment_dependents($1, $2) ORDER BY deployment NULLS LAST, creator`,
      [target, throughChildren],
    );
  }
}
