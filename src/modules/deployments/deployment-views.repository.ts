import { Injectable } from '@nestjs/common';
import type { DeploymentState } from '../../core/executions/availability.js';
import type { Ctx, TenantCtx } from '../../platform/context/ctx.js';
import { queryRows } from '../../platform/database/tx.js';

/** What availability of workflows is judged by. */
export interface Activity {
  readonly started: number;
  readonly other: number;
  /** Of its nodes, each once. */
  readonly hierarchies: readonly (readonly string[])[];
}

/** What rules of availability look at. */
export function stateOf({ started, other, hierarchies }: Activity): DeploymentState {
  return { instances: started + other, startedInstances: started, types: new Set(hierarchies.flat()) };
}

/** The worst state of the children of a kind. */
const worst = (isEnvironment: boolean): string => `CASE
      WHEN bool_or(child.status = 'requires_attention') FILTER (WHERE child.is_environment = ${isEnvironment}) THEN 'requires_attention'
      WHEN bool_or(child.status = 'in_progress') FILTER (WHERE child.is_environment = ${isEnvironment}) THEN 'in_progress'
      WHEN bool_or(true) FILTER (WHERE child.is_environment = ${isEnvironment}) THEN 'good' END`;

/** What stands beside the rows of deployments, for a page of them; in the open transaction. */
@Injectable()
export class DeploymentViewsRepository {
  /** Ids of the visible groups that each is in. */
  async groups(ctx: Ctx, storageIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows = await queryRows<{ of: string; ids: string[] }>(
      ctx,
      `SELECT m.deployment_id::text AS of, array_agg(g.id ORDER BY g.id) AS ids
         FROM deployment_group_member m JOIN deployment_group g ON g.storage_id = m.deployment_group_id
        WHERE m.deployment_id = ANY ($1::bigint[]) GROUP BY 1`,
      [storageIds],
    );
    return new Map(rows.map(({ of, ids }) => [of, ids]));
  }

  /** Counts and the worst states of the children of a deployment of the tenant, which point to it with a label. */
  async directChildren(ctx: TenantCtx, id: string): Promise<Readonly<Record<string, unknown>>> {
    const [row] = await queryRows<Readonly<Record<string, unknown>>>(
      ctx,
      `WITH child AS (
         SELECT d.deployment_status AS status, EXISTS (SELECT FROM deployment_label t WHERE t.deployment_id = d.storage_id
                  AND t.key = 'csys-obj-type' AND t.value = 'environment') AS is_environment
           FROM deployment_label l JOIN deployment d ON d.storage_id = l.deployment_id
          WHERE l.key = 'csys-obj-parent' AND l.value = $2 AND d.tenant_id = $1)
       SELECT count(*) FILTER (WHERE NOT is_environment)::int AS sub_services_count,
              count(*) FILTER (WHERE is_environment)::int AS sub_environments_count,
              ${worst(false)} AS sub_services_status, ${worst(true)} AS sub_environments_status,
              count(*) > 0 AS has_sub_deployments
         FROM child`,
      [ctx.tenantId, id],
    );
    return row ?? {};
  }

  /** JSON text. */
  async workflows(ctx: Ctx, storageIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const rows = await queryRows<{ of: string; workflows: string }>(
      ctx,
      `SELECT storage_id::text AS of, workflows::text AS workflows FROM deployment
        WHERE storage_id = ANY ($1::bigint[]) AND workflows IS NOT NULL`,
      [storageIds],
    );
    return new Map(rows.map(({ of, workflows }) => [of, workflows]));
  }

  async activity(ctx: Ctx, storageIds: readonly string[]): Promise<ReadonlyMap<string, Activity>> {
    const counts = await queryRows<{ of: string; started: number; other: number }>(
      ctx,
      `SELECT deployment_id::text AS of, count(*) FILTER (WHERE state = 'started')::int AS started,
              count(*) FILTER (WHERE state <> 'started')::int AS other
         FROM node_instance WHERE deployment_id = ANY ($1::bigint[]) GROUP BY 1`,
      [storageIds],
    );
    const types = await queryRows<{ of: string; hierarchy: string[] }>(
      ctx,
      `SELECT DISTINCT deployment_id::text AS of, type_hierarchy AS hierarchy FROM node
        WHERE deployment_id = ANY ($1::bigint[])`,
      [storageIds],
    );
    const hierarchies = Map.groupBy(types, ({ of }) => of);
    const byKey = new Map(counts.map((row) => [row.of, row]));
    return new Map(
      storageIds.map((key) => [
        key,
        {
          started: byKey.get(key)?.started ?? 0,
          other: byKey.get(key)?.other ?? 0,
          hierarchies: (hierarchies.get(key) ?? []).map(({ hierarchy }) => hierarchy),
        },
      ]),
    );
  }
}
