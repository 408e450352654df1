import { Injectable } from '@nestjs/common';
import type { Label } from '../../../core/labels/labels.js';
import type { Listing } from '../../../core/listing/listing.js';
import type { Ctx, TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { pageStatement, Parameters, visibleSql, type Condition } from '../../../platform/listing/list-query.js';
import type { ListSource } from '../../../platform/listing/list-source.js';
import { DEPLOYMENT_LIST } from '../deployment-list.js';
import type { LabelAuthor, LabelView } from '../labels/deployment-labels.repository.js';

export interface Member {
  readonly storageId: string;
  readonly id: string;
}

const NUMBERED: ListSource = {
  ...DEPLOYMENT_LIST,
  fields: { id: { kind: 'text', sql: 'r.id' }, storage_id: { kind: 'text', sql: 'r.storage_id::text' } },
};

const ALL: Listing = {
  size: 0,
  offset: 0,
  everything: true,
  include: null,
  sort: [],
  search: null,
  filters: [],
  getData: false,
};

/** Who is in a group, and what labels say of it. Everything runs in the open transaction. */
@Injectable()
export class GroupMembersRepository {
  /** The visible deployments of these ids: the tenant's own before global ones of other tenants. */
  async named(ctx: TenantCtx, ids: readonly string[]): Promise<readonly Member[]> {
    const parameters = new Parameters();
    const where = `r.id = ANY (${parameters.add(ids)}::text[]) AND ${visibleSql(ctx, parameters)}`;
    const own = `(r.tenant_id = ${parameters.add(ctx.tenantId)}::int)`;
    return queryRows<Member>(
      ctx,
      `SELECT DISTINCT ON (r.id) r.id, r.storage_id::text AS "storageId" FROM deployment r WHERE ${where}
        ORDER BY r.id, ${own} DESC, r.tenant_id`,
      parameters.values,
    );
  }

  /** The tenant's own visible deployments that fulfil the rules. */
  async matching(ctx: TenantCtx, rules: readonly Condition[]): Promise<readonly Member[]> {
    const own: Condition = (parameters) => `r.tenant_id = ${parameters.add(ctx.tenantId)}::int`;
    const { text, parameters } = pageStatement(ctx, NUMBERED, ALL, { extra: [own, ...rules], limit: null, offset: 0 });
    const rows = await queryRows<{ id: string; storage_id: string }>(ctx, text, parameters);
    return rows.map(({ id, storage_id: storageId }) => ({ id, storageId }));
  }

  /** The members that the caller may see. */
  async of(ctx: TenantCtx, group: string): Promise<readonly Member[]> {
    return queryRows<Member>(
      ctx,
      `SELECT d.id, d.storage_id::text AS "storageId" FROM deployment_group_member m
         JOIN deployment d ON d.storage_id = m.deployment_id
        WHERE m.deployment_group_id = $1 ORDER BY d.created_at, d.storage_id`,
      [group],
    );
  }

  /** Answers those that were not members before. */
  async add(ctx: TenantCtx, group: string, storageIds: readonly string[]): Promise<readonly string[]> {
    const rows = await queryRows<{ storageId: string }>(
      ctx,
      `INSERT INTO deployment_group_member (deployment_group_id, deployment_id)
       SELECT $1, m.id FROM unnest($2::bigint[]) AS m (id) ON CONFLICT DO NOTHING RETURNING deployment_id::text AS "storageId"`,
      [group, storageIds],
    );
    return rows.map(({ storageId }) => storageId);
  }

  async remove(ctx: TenantCtx, group: string, storageIds: readonly string[]): Promise<void> {
    const text =
      'DELETE FROM deployment_group_member WHERE deployment_group_id = $1 AND deployment_id = ANY ($2::bigint[])';
    await execute(ctx, text, [group, storageIds]);
  }

  /** Ids of the members of several groups that the caller may see, by the groups' numbers. */
  async ids(ctx: Ctx, groups: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows = await queryRows<{ of: string; ids: string[] }>(
      ctx,
      `SELECT m.deployment_group_id::text AS of, array_agg(d.id ORDER BY d.created_at, d.storage_id) AS ids
         FROM deployment_group_member m JOIN deployment d ON d.storage_id = m.deployment_id
        WHERE m.deployment_group_id = ANY ($1::bigint[]) GROUP BY 1`,
      [groups],
    );
    return new Map(rows.map(({ of, ids }) => [of, ids]));
  }

  async labelViews(ctx: Ctx, groups: readonly string[]): Promise<ReadonlyMap<string, readonly LabelView[]>> {
    const rows = await queryRows<LabelView & { readonly of: string }>(
      ctx,
      `SELECT l.deployment_group_id::text AS of, l.key, l.value, l.created_at, c.username AS created_by
         FROM deployment_group_label l JOIN user_account c ON c.id = l.creator_id
        WHERE l.deployment_group_id = ANY ($1::bigint[]) ORDER BY l.storage_id`,
      [groups],
    );
    const views = new Map<string, LabelView[]>();
    for (const { of, ...view } of rows) {
      const before = views.get(of);
      if (before) before.push(view);
      else views.set(of, [view]);
    }
    return views;
  }

  async labels(ctx: TenantCtx, group: string): Promise<readonly Label[]> {
    const text = 'SELECT key, value FROM deployment_group_label WHERE deployment_group_id = $1 ORDER BY storage_id';
    return queryRows<Label>(ctx, text, [group]);
  }

  async addLabels(ctx: TenantCtx, group: string, labels: readonly Label[], by: LabelAuthor): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO deployment_group_label (deployment_group_id, key, value, created_at, creator_id)
       SELECT $1, l.key, l.value, $4, $5 FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS l (key, value, place) ORDER BY l.place
       ON CONFLICT ON CONSTRAINT deployment_group_label_uq DO NOTHING`,
      [group, labels.map(({ key }) => key), labels.map(({ value }) => value), by.at, by.creatorId],
    );
  }

  async removeLabels(ctx: TenantCtx, group: string, labels: readonly Label[]): Promise<void> {
    await execute(
      ctx,
      `DELETE FROM deployment_group_label
        WHERE deployment_group_id = $1 AND (key, value) IN (SELECT * FROM unnest($2::text[], $3::text[]))`,
      [group, labels.map(({ key }) => key), labels.map(({ value }) => value)],
    );
  }

  /** Puts the labels on deployments of the tenant, all at once. */
  async label(
    ctx: TenantCtx,
    deployments: readonly string[],
    labels: readonly Label[],
    by: LabelAuthor,
  ): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO deployment_label (deployment_id, key, value, created_at, creator_id)
       SELECT d.storage_id, l.key, l.value, $5, $6
         FROM deployment d, unnest($3::text[], $4::text[]) WITH ORDINALITY AS l (key, value, place)
        WHERE d.tenant_id = $1 AND d.storage_id = ANY ($2::bigint[]) ORDER BY d.storage_id, l.place
       ON CONFLICT ON CONSTRAINT deployment_label_uq DO NOTHING`,
      [ctx.tenantId, deployments, labels.map(({ key }) => key), labels.map(({ value }) => value), by.at, by.creatorId],
    );
  }

  async unlabel(ctx: TenantCtx, deployments: readonly string[], labels: readonly Label[]): Promise<void> {
    await execute(
      ctx,
      `DELETE FROM deployment_label l USING deployment d
        WHERE d.storage_id = l.deployment_id AND d.tenant_id = $1 AND d.storage_id = ANY ($2::bigint[])
          AND (l.key, l.value) IN (SELECT * FROM unnest($3::text[], $4::text[]))`,
      [ctx.tenantId, deployments, labels.map(({ key }) => key), labels.map(({ value }) => value)],
    );
  }
}
