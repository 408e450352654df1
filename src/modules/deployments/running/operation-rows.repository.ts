import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';

/** An instance with its node, as operations see it. */
export interface OperationRow {
  readonly id: string;
  readonly nodeId: string;
  readonly nodeType: string;
  readonly typeHierarchy: readonly string[];
  readonly hostId: string | null;
  readonly index: number;
  /** JSON text. */
  readonly properties: string;
  readonly scalingGroups: readonly { readonly name: string; readonly id: string }[];
  readonly relationships: readonly {
    readonly type: string;
    readonly target_name: string;
    readonly target_id: string;
  }[];
  /** Of the node's relationships. */
  readonly hierarchies: readonly { readonly type: string; readonly type_hierarchy: readonly string[] }[];
  /** JSON text. */
  readonly plugins: string | null;
}

/**
 * Instances `i` of deployment $2 by ids `x.id`, in tenant $1. Looked up one by one, by the unique index: joined as a whole,
 * each statement would read all instances of the deployment.
 */
const INSTANCE_OF_X = `
  CROSS JOIN LATERAL (SELECT one.* FROM node_instance one
                       WHERE one.tenant_id = $1 AND one.id = x.id AND one.deployment_id = $2 OFFSET 0) AS i`;

function inPlaces(
  count: number,
  rows: readonly { readonly place: number; readonly operation: string | null }[],
): readonly (string | null)[] {
  const found = new Map(rows.map(({ place, operation }) => [place, operation]));
  return Array.from({ length: count }, (_, index) => found.get(index + 1) ?? null);
}

/** What operations need of their instances, many at once. All of it runs in the open transaction. */
@Injectable()
export class OperationRowsRepository {
  async operationRows(
    ctx: TenantCtx,
    storageId: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, OperationRow>> {
    const rows = await queryRows<OperationRow>(
      ctx,
      `SELECT i.id, n.id AS "nodeId", n.type AS "nodeType", n.type_hierarchy AS "typeHierarchy", i.host_id AS "hostId",
              i.index, n.properties::text AS properties, i.scaling_groups AS "scalingGroups", i.relationships,
              (SELECT COALESCE(json_agg(json_build_object('type', r -> 'type', 'type_hierarchy', r -> 'type_hierarchy')), '[]')
                 FROM json_array_elements(n.relationships) AS r) AS hierarchies, n.plugins::text AS plugins
         FROM unnest($3::text[]) AS x (id)${INSTANCE_OF_X} JOIN node n ON n.storage_id = i.node_id`,
      [ctx.tenantId, storageId, [...new Set(ids)]],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Operations of nodes of instances as JSON text, by their places here; null for what is not there. */
  async nodeOperations(
    ctx: TenantCtx,
    storageId: string,
    asked: readonly { readonly instance: string; readonly operation: string }[],
  ): Promise<readonly (string | null)[]> {
    const rows = await queryRows<{ place: number; operation: string | null }>(
      ctx,
      `SELECT x.place::int AS place, (n.operations -> x.operation)::text AS operation
         FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS x (id, operation, place)${INSTANCE_OF_X}
         JOIN node n ON n.storage_id = i.node_id`,
      [ctx.tenantId, storageId, asked.map(({ instance }) => instance), asked.map(({ operation }) => operation)],
    );
    return inPlaces(asked.length, rows);
  }

  /** Operations of relationships: each of the one of that type, or else of any that leads to the target's node. */
  async relationshipOperations(
    ctx: TenantCtx,
    storageId: string,
    asked: readonly {
      readonly source: string;
      readonly target: string;
      readonly side: 'source' | 'target';
      readonly operation: string;
    }[],
  ): Promise<readonly (string | null)[]> {
    const rows = await queryRows<{ place: number; operation: string | null }>(
      ctx,
      `SELECT x.place::int AS place, found.operation
         FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
              AS x (id, target, side, operation, place)${INSTANCE_OF_X}
         JOIN node n ON n.storage_id = i.node_id
        CROSS JOIN LATERAL (
          SELECT (r.value -> x.side -> x.operation)::text AS operation
            FROM json_array_elements(i.relationships) AS own
           CROSS JOIN LATERAL json_array_elements(n.relationships) WITH ORDINALITY AS r (value, place)
           WHERE own ->> 'target_id' = x.target AND r.value ->> 'target_id' = own ->> 'target_name'
           ORDER BY (r.value ->> 'type' = own ->> 'type') DESC, r.place LIMIT 1
        ) AS found`,
      [
        ctx.tenantId,
        storageId,
        asked.map(({ source }) => source),
        asked.map(({ target }) => target),
        asked.map(({ side }) => `${side}_operations`),
        asked.map(({ operation }) => operation),
      ],
    );
    return inPlaces(asked.length, rows);
  }
}
