import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';

/** A deployment as functions see it; what users wrote is JSON text. */
export interface EvaluatedDeployment {
  readonly storageId: string;
  readonly id: string;
  readonly displayName: string;
  readonly blueprint: string | null;
  readonly owner: string;
  readonly tenant: string;
  readonly inputs: string | null;
  readonly outputs: string | null;
  readonly capabilities: string | null;
}

export interface StoredNodeText {
  readonly id: string;
  readonly properties: string;
  readonly relationships: readonly { readonly target_id: string; readonly type_hierarchy: readonly string[] }[];
}

export interface StoredInstanceText {
  readonly id: string;
  readonly node: string;
  readonly index: number;
  readonly runtime_properties: string;
  readonly relationships: readonly { readonly target_name: string; readonly target_id: string }[];
  readonly scaling_groups: readonly { readonly name: string; readonly id: string }[];
}

/** Which rows are asked for: those of one id or node, or, where all are needed anyway, all. */
export type Wanted = { readonly id: string } | { readonly node: string } | 'all';

/** The questions of functions; all run in the open transaction, and are one statement each. */
@Injectable()
export class EvaluationRepository {
  async deployment(
    ctx: TenantCtx,
    by: { readonly storageId: string } | { readonly id: string },
  ): Promise<EvaluatedDeployment | null> {
    const parameters = new Parameters();
    const where =
      'id' in by ? `r.id = ${parameters.add(by.id)}` : `r.storage_id = ${parameters.add(by.storageId)}::bigint`;
    const [row] = await queryRows<EvaluatedDeployment>(
      ctx,
      `SELECT r.storage_id::text AS "storageId", r.id, r.display_name AS "displayName", b.id AS blueprint,
              c.username AS owner, t.name AS tenant, r.inputs::text AS inputs, r.outputs::text AS outputs,
              r.capabilities::text AS capabilities
         FROM deployment r JOIN tenant t ON t.id = r.tenant_id JOIN user_account c ON c.id = r.creator_id
         LEFT JOIN blueprint b ON b.storage_id = r.blueprint_id
        WHERE ${where} AND ${visibleSql(ctx, parameters)}
        ORDER BY (r.tenant_id = ${parameters.add(ctx.tenantId)}::int) DESC LIMIT 1`,
      parameters.values,
    );
    return row ?? null;
  }

  async nodes(ctx: TenantCtx, storageId: string, wanted: { readonly id: string } | 'all'): Promise<StoredNodeText[]> {
    return queryRows<StoredNodeText>(
      ctx,
      `SELECT n.id, n.properties::text AS properties,
              (SELECT COALESCE(json_agg(json_build_object('target_id', e -> 'target_id', 'type_hierarchy', e -> 'type_hierarchy')), '[]')
                 FROM json_array_elements(n.relationships) AS e) AS relationships
         FROM node n WHERE n.deployment_id = $1 AND ($2::text IS NULL OR n.id = $2)`,
      [storageId, wanted === 'all' ? null : wanted.id],
    );
  }

  /** In the order of their indexes. */
  async instances(ctx: TenantCtx, storageId: string, wanted: Wanted): Promise<StoredInstanceText[]> {
    return queryRows<StoredInstanceText>(
      ctx,
      `SELECT i.id, n.id AS node, i.index, i.runtime_properties::text AS runtime_properties, i.relationships,
              i.scaling_groups
         FROM node_instance i JOIN node n ON n.storage_id = i.node_id
        WHERE i.deployment_id = $1 AND ($2::text IS NULL OR i.id = $2) AND ($3::text IS NULL OR n.id = $3)
        ORDER BY i.index, i.storage_id`,
      [
        storageId,
        wanted !== 'all' && 'id' in wanted ? wanted.id : null,
        wanted !== 'all' && 'node' in wanted ? wanted.node : null,
      ],
    );
  }

  /** By time of creation, then value (dsl.md §16). */
  async labels(ctx: TenantCtx, storageId: string): Promise<{ readonly key: string; readonly value: string }[]> {
    return queryRows(
      ctx,
      'SELECT key, value FROM deployment_label WHERE deployment_id = $1 ORDER BY created_at, value',
      [storageId],
    );
  }

  /** The ids of the visible deployments of a visible group; null when there is no such group. */
  async groupMembers(ctx: TenantCtx, groupId: string): Promise<readonly string[] | null> {
    const parameters = new Parameters();
    const [group] = await queryRows<{ storageId: string }>(
      ctx,
      `SELECT r.storage_id::text AS "storageId" FROM deployment_group r
        WHERE r.id = ${parameters.add(groupId)} AND ${visibleSql(ctx, parameters)}
        ORDER BY (r.tenant_id = ${parameters.add(ctx.tenantId)}::int) DESC LIMIT 1`,
      parameters.values,
    );
    if (!group) return null;
    const rows = await queryRows<{ id: string }>(
      ctx,
      `SELECT d.id FROM deployment_group_member m JOIN deployment d ON d.storage_id = m.deployment_id
        WHERE m.deployment_group_id = $1 ORDER BY d.id`,
      [group.storageId],
    );
    return rows.map(({ id }) => id);
  }

  /** The display names of visible deployments of the tenant, by id. */
  async displayNames(ctx: TenantCtx, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await queryRows<{ id: string; displayName: string }>(
      ctx,
      'SELECT id, display_name AS "displayName" FROM deployment WHERE tenant_id = $1 AND id = ANY ($2::text[])',
      [ctx.tenantId, ids],
    );
    return new Map(rows.map(({ id, displayName }) => [id, displayName]));
  }
}
