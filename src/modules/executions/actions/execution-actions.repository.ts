import { Injectable } from '@nestjs/common';
import type { ExecutionStatus } from '../../../core/executions/transitions.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';

export interface FoundExecution {
  readonly storageId: string;
  readonly tenantId: number;
  readonly tenantName: string;
  readonly deploymentStorageId: string | null;
  readonly status: ExecutionStatus;
  readonly isForced: boolean;
}

interface Component {
  readonly storageId: string;
  readonly latest: {
    readonly id: string;
    readonly status: ExecutionStatus;
    readonly workflowId: string;
  } | null;
}

@Injectable()
export class ExecutionActionsRepository {
  /** The visible one, the tenant's own first. */
  async find(ctx: TenantCtx, id: string): Promise<FoundExecution | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND ${visibleSql(ctx, parameters)}`;
    const own = `(r.tenant_id = ${parameters.add(ctx.tenantId)}::int)`;
    const [row] = await queryRows<FoundExecution>(
      ctx,
      `SELECT r.storage_id::text AS "storageId", r.tenant_id AS "tenantId", t.name AS "tenantName",
              r.deployment_id::text AS "deploymentStorageId", r.status, r.is_forced AS "isForced"
         FROM execution r JOIN tenant t ON t.id = r.tenant_id WHERE ${where} ORDER BY ${own} DESC, r.tenant_id LIMIT 1`,
      parameters.values,
    );
    return row ?? null;
  }

  /** Deployments that components of this one stand for, with what ran on them last. */
  async components(ctx: TenantCtx, deploymentStorageId: string): Promise<Component[]> {
    return queryRows(
      ctx,
      `SELECT DISTINCT ON (d.id) d.storage_id::text AS "storageId",
              CASE WHEN x.id IS NOT NULL
                THEN json_build_object('id', x.id, 'status', x.status, 'workflowId', x.workflow_id) END AS latest
         FROM node_instance i
         JOIN node n ON n.storage_id = i.node_id
         JOIN deployment d ON d.tenant_id = i.tenant_id AND d.id = i.runtime_properties -> 'deployment' ->> 'id'
         LEFT JOIN execution x ON x.storage_id = d.latest_execution_id
        WHERE i.deployment_id = $1 AND 'cloudify.nodes.Component' = ANY (n.type_hierarchy)
        ORDER BY d.id`,
      [deploymentStorageId],
    );
  }

  /**
   * Ended executions among these go, with their events; what made a deployment that is still there stays, if it is the
   * last that did. Answers how many went.
   */
  async remove(ctx: TenantCtx, storageIds: readonly string[]): Promise<number> {
    return execute(
      ctx,
      `DELETE FROM execution e
        WHERE e.tenant_id = $1 AND e.storage_id = ANY ($2::bigint[]) AND e.status IN ('terminated', 'failed', 'cancelled')
          AND NOT (e.workflow_id = 'create_deployment_environment' AND e.status = 'terminated' AND e.deployment_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM execution l WHERE l.deployment_id = e.deployment_id AND l.workflow_id = e.workflow_id
              AND l.status = 'terminated' AND l.storage_id > e.storage_id))`,
      [ctx.tenantId, storageIds],
    );
  }
}
