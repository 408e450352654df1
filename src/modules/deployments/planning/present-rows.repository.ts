import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { queryRows } from '../../../platform/database/tx.js';

const ROWS_AT_ONCE = 500;

/** A deployment as it is stored, in the shape of `plan-rows.ts`. */
const TEXTS = {
  deployment: `SELECT json_build_object('description', d.description, 'workflows', d.workflows, 'outputs', d.outputs,
      'groups', d.groups, 'scaling_groups', d.scaling_groups)::text AS text
    FROM deployment d WHERE d.storage_id = $1 OFFSET $2 LIMIT $3`,
  nodes: `SELECT json_build_object('id', n.id, 'type', n.type, 'type_hierarchy', n.type_hierarchy, 'host_id', n.host_id,
      'properties', n.properties, 'operations', n.operations, 'relationships', n.relationships, 'plugins', n.plugins,
      'number_of_instances', n.number_of_instances)::text AS text
    FROM node n WHERE n.deployment_id = $1 ORDER BY n.position, n.storage_id OFFSET $2 LIMIT $3`,
  instances: `SELECT json_build_object('id', i.id, 'node_name', n.id, 'host_id', i.host_id,
      'relationships', i.relationships, 'scaling_groups', i.scaling_groups)::text AS text
    FROM node_instance i JOIN node n ON n.storage_id = i.node_id
   WHERE i.deployment_id = $1 ORDER BY i.storage_id OFFSET $2 LIMIT $3`,
} as const;

/** What a planning thread reads of the deployment that it plans an update of. */
@Injectable()
export class PresentRowsRepository {
  async texts(
    ctx: TenantCtx,
    part: keyof typeof TEXTS,
    deployment: string,
    offset: number,
  ): Promise<readonly string[]> {
    const rows = await queryRows<{ text: string }>(ctx, TEXTS[part], [deployment, offset, ROWS_AT_ONCE]);
    return rows.map(({ text }) => text);
  }
}
