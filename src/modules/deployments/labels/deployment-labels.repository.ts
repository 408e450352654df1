import { Injectable } from '@nestjs/common';
import type { Label } from '../../../core/labels/labels.js';
import type { Ctx, TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';

/** rest-api §1.13. */
export interface LabelView extends Label {
  readonly created_at: string;
  readonly created_by: string;
}

export interface LabelAuthor {
  readonly creatorId: number;
  readonly at: Date;
}

/** The labels of deployments. Everything runs in the open transaction. */
@Injectable()
export class DeploymentLabelsRepository {
  async labels(ctx: TenantCtx, storageId: string): Promise<readonly Label[]> {
    return queryRows<Label>(
      ctx,
      'SELECT key, value FROM deployment_label WHERE deployment_id = $1 ORDER BY key, value',
      [storageId],
    );
  }

  /** The labels of several deployments as they go out, by internal number. */
  async views(ctx: Ctx, storageIds: readonly string[]): Promise<ReadonlyMap<string, readonly LabelView[]>> {
    const rows = await queryRows<LabelView & { readonly of: string }>(
      ctx,
      `SELECT l.deployment_id::text AS of, l.key, l.value, l.created_at, c.username AS created_by
         FROM deployment_label l JOIN user_account c ON c.id = l.creator_id
        WHERE l.deployment_id = ANY ($1::bigint[]) ORDER BY l.storage_id`,
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

  /** Pairs that are there already keep their date and author. */
  async add(ctx: TenantCtx, storageId: string, labels: readonly Label[], by: LabelAuthor): Promise<void> {
    if (labels.length === 0) return;
    await execute(
      ctx,
      `INSERT INTO deployment_label (deployment_id, key, value, created_at, creator_id)
       SELECT $1, pair.key, pair.value, $4, $5
         FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS pair (key, value, place) ORDER BY pair.place
       ON CONFLICT ON CONSTRAINT deployment_label_uq DO NOTHING`,
      [storageId, labels.map(({ key }) => key), labels.map(({ value }) => value), by.at, by.creatorId],
    );
  }

  /** Removes all others, but those that the server keeps (rest-api §1.13). */
  async keepOnly(ctx: TenantCtx, storageId: string, labels: readonly Label[]): Promise<void> {
    await execute(
      ctx,
      `DELETE FROM deployment_label WHERE deployment_id = $1 AND key <> 'csys-consumer-id'
          AND (key, value) NOT IN (SELECT * FROM unnest($2::text[], $3::text[]))`,
      [storageId, labels.map(({ key }) => key), labels.map(({ value }) => value)],
    );
  }

  /** The tenant's own deployments of these ids that the caller may see, by id. */
  async parents(ctx: TenantCtx, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await queryRows<{ id: string; storageId: string }>(
      ctx,
      'SELECT id, storage_id::text AS "storageId" FROM deployment WHERE tenant_id = $1 AND id = ANY ($2::text[])',
      [ctx.tenantId, ids],
    );
    return new Map(rows.map(({ id, storageId }) => [id, storageId]));
  }

  /** Whether one of these deployments is the other one, or below it in the tree of parents. */
  async isBelow(ctx: TenantCtx, ids: readonly string[], ancestor: string): Promise<boolean> {
    const rows = await queryRows(
      ctx,
      `WITH RECURSIVE above (id) AS (
         SELECT unnest($2::text[])
          UNION
         SELECT l.value FROM above a JOIN deployment d ON d.tenant_id = $1 AND d.id = a.id
           JOIN deployment_label l ON l.deployment_id = d.storage_id AND l.key = 'csys-obj-parent'
       ) SELECT 1 FROM above WHERE id = $3 LIMIT 1`,
      [ctx.tenantId, ids, ancestor],
    );
    return rows.length > 0;
  }

  /** The names of capabilities that the parents of a deployment give. */
  async parentCapabilities(ctx: TenantCtx, storageId: string): Promise<ReadonlySet<string>> {
    const rows = await queryRows<{ name: string }>(
      ctx,
      `SELECT DISTINCT k.name FROM deployment_label l
         JOIN deployment p ON p.id = l.value AND (p.tenant_id = $2 OR p.visibility = 'global')
        CROSS JOIN LATERAL json_object_keys(p.capabilities) AS k (name)
        WHERE l.deployment_id = $1 AND l.key = 'csys-obj-parent'`,
      [storageId, ctx.tenantId],
    );
    return new Set(rows.map(({ name }) => name));
  }
}
