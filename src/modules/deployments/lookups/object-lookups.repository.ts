import { Injectable } from '@nestjs/common';
import type { FilterRule } from '../../../core/filters/filter-rules.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';
import type { FilterSource } from '../../../platform/listing/filter-conditions.js';
import { Parameters, visibleSql, type Condition } from '../../../platform/listing/list-query.js';

/** Where names of a kind are found: `r` is what visibility is judged by. */
export interface NamedObjects extends Pick<FilterSource, 'name' | 'labels'> {
  readonly from: string;
  /** What the value is compared with; `name` is what patterns look at. */
  readonly value: string;
  readonly filters?: 'blueprint_filter' | 'deployment_filter';
  readonly columns?: FilterSource['columns'];
}

const OWNERS = 'JOIN tenant t ON t.id = r.tenant_id JOIN user_account c ON c.id = r.creator_id';
const NODES = `node n JOIN deployment r ON r.storage_id = n.deployment_id ${OWNERS}`;

export const TENANT_OBJECTS = {
  blueprint_id: {
    from: `blueprint r ${OWNERS}`,
    value: 'r.id',
    name: 'r.id',
    labels: 'blueprint_label l WHERE l.blueprint_id = r.storage_id',
    filters: 'blueprint_filter',
    columns: { id: 'r.id', created_by: 'c.username', state: 'r.state', tenant_name: 't.name' },
  },
  deployment_id: {
    from: `deployment r ${OWNERS} LEFT JOIN blueprint b ON b.storage_id = r.blueprint_id LEFT JOIN site s ON s.storage_id = r.site_id`,
    value: 'r.id',
    name: 'r.display_name',
    labels: 'deployment_label l WHERE l.deployment_id = r.storage_id',
    filters: 'deployment_filter',
    columns: {
      id: 'r.id',
      blueprint_id: 'b.id',
      created_by: 'c.username',
      site_name: 's.name',
      schedules: '(SELECT min(e.id) FROM execution_schedule e WHERE e.deployment_id = r.storage_id)',
      tenant_name: 't.name',
      display_name: 'r.display_name',
      installation_status: 'r.installation_status',
    },
  },
  secret_key: { from: `secret r ${OWNERS}`, value: 'r.key', name: 'r.key' },
} as const satisfies Record<string, NamedObjects>;

/** Things of a deployment; its id is compared besides. */
export const DEPLOYMENT_OBJECTS = {
  node_id: { from: NODES, value: 'n.id', name: 'n.id' },
  node_type: { from: NODES, value: 'n.type', name: 'n.type' },
  operation_name: {
    from: `${NODES} CROSS JOIN LATERAL json_object_keys(n.operations) AS o (name)`,
    value: 'o.name',
    name: 'o.name',
  },
  node_instance: {
    from: `node_instance n JOIN deployment r ON r.storage_id = n.deployment_id ${OWNERS}`,
    value: 'n.id',
    name: 'n.id',
  },
  scaling_group: {
    from: `deployment r ${OWNERS} CROSS JOIN LATERAL json_object_keys(r.scaling_groups) AS g (name)`,
    value: 'g.name',
    name: 'g.name',
  },
} as const satisfies Record<string, NamedObjects>;

@Injectable()
export class ObjectLookupsRepository {
  async exists(
    ctx: TenantCtx,
    objects: NamedObjects,
    value: string,
    conditions: readonly Condition[],
  ): Promise<boolean> {
    const parameters = new Parameters();
    const where = [
      visibleSql(ctx, parameters),
      `${objects.value} = ${parameters.add(value)}`,
      ...conditions.map((condition) => condition(parameters)),
    ];
    const rows = await queryRows(
      ctx,
      `SELECT 1 FROM ${objects.from} WHERE ${where.join(' AND ')} LIMIT 1`,
      parameters.values,
    );
    return rows.length > 0;
  }

  /** The rules of a stored filter, or null. */
  async rules(
    ctx: TenantCtx,
    table: 'blueprint_filter' | 'deployment_filter',
    id: string,
  ): Promise<readonly FilterRule[] | null> {
    const parameters = new Parameters();
    const [row] = await queryRows<{ rules: readonly FilterRule[] }>(
      ctx,
      `SELECT r.rules FROM ${table} r WHERE ${visibleSql(ctx, parameters)} AND r.id = ${parameters.add(id)}
        ORDER BY (r.tenant_id = ${parameters.add(ctx.tenantId)}::int) DESC LIMIT 1`,
      parameters.values,
    );
    return row?.rules ?? null;
  }

  /** Those among these keys of secrets that are there for the caller. */
  async secrets(ctx: TenantCtx, keys: readonly string[]): Promise<ReadonlySet<string>> {
    const parameters = new Parameters();
    const rows = await queryRows<{ key: string }>(
      ctx,
      `SELECT r.key FROM secret r WHERE r.key = ANY (${parameters.add(keys)}::text[]) AND ${visibleSql(ctx, parameters)}`,
      parameters.values,
    );
    return new Set(rows.map(({ key }) => key));
  }

  /** Those among these ids that instances of the tenant have, as far as the caller may see them. */
  async instancesTaken(ctx: TenantCtx, ids: readonly string[]): Promise<string[]> {
    const rows = await queryRows<{ id: string }>(
      ctx,
      'SELECT id FROM node_instance WHERE tenant_id = $1 AND id = ANY ($2::text[])',
      [ctx.tenantId, ids],
    );
    return rows.map(({ id }) => id);
  }
}
