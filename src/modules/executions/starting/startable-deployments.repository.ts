import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../../core/access/visibility.js';
import type { AvailabilityRules, DeploymentState } from '../../../core/executions/availability.js';
import type { ExecutionStatus } from '../../../core/executions/transitions.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { Parameters, visibleSql } from '../../../platform/listing/list-query.js';

/** A deployment, as whoever wants to run a workflow on it sees it. */
export interface StartableDeployment {
  readonly storageId: string;
  readonly id: string;
  readonly displayName: string;
  readonly visibility: Visibility;
  readonly tenantId: number;
  readonly tenantName: string;
  readonly blueprintStorageId: string;
  readonly blueprintId: string;
  /** The execution that made its environment; null when there is no record of it. */
  readonly environmentStatus: ExecutionStatus | null;
  readonly environmentError: string | null;
}

/** plan.md §1.4 */
export interface DeclaredWorkflow {
  readonly name: string;
  /** What it is mapped to. */
  readonly operation: string;
  /** JSON text of the declared parameters; text keeps what JSON numbers of JavaScript would lose. */
  readonly parameters: string;
  readonly isCascading: boolean;
  readonly rules: AvailabilityRules | null;
}

const COLUMNS = `r.storage_id::text AS "storageId", r.id, r.display_name AS "displayName", r.visibility,
  r.tenant_id AS "tenantId", t.name AS "tenantName", r.blueprint_id::text AS "blueprintStorageId", b.id AS "blueprintId",
  x.status AS "environmentStatus", x.error AS "environmentError"`;
const FROM = `deployment r JOIN tenant t ON t.id = r.tenant_id LEFT JOIN blueprint b ON b.storage_id = r.blueprint_id
  LEFT JOIN execution x ON x.storage_id = r.create_execution_id`;

@Injectable()
export class StartableDeploymentsRepository {
  /** The visible one: the tenant's own, else a global one of another tenant. */
  async find(ctx: TenantCtx, id: string): Promise<StartableDeployment | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND ${visibleSql(ctx, parameters)}`;
    const own = `(r.tenant_id = ${parameters.add(ctx.tenantId)}::int)`;
    const [row] = await queryRows<StartableDeployment>(
      ctx,
      `SELECT ${COLUMNS} FROM ${FROM} WHERE ${where} ORDER BY ${own} DESC, r.tenant_id LIMIT 1`,
      parameters.values,
    );
    return row ?? null;
  }

  async byStorageId(ctx: TenantCtx, storageId: string): Promise<StartableDeployment | null> {
    const [row] = await queryRows<StartableDeployment>(
      ctx,
      `SELECT ${COLUMNS} FROM ${FROM} WHERE r.storage_id = $1 AND r.tenant_id = $2`,
      [storageId, ctx.tenantId],
    );
    return row ?? null;
  }

  /** Of two that want to start something on it at once, the second waits here. False when it is gone. */
  async lock(ctx: TenantCtx, storageId: string): Promise<boolean> {
    const rows = await queryRows(
      ctx,
      'SELECT 1 FROM deployment WHERE storage_id = $1 AND tenant_id = $2 FOR NO KEY UPDATE',
      [storageId, ctx.tenantId],
    );
    return rows.length > 0;
  }

  async workflow(ctx: TenantCtx, storageId: string, name: string): Promise<DeclaredWorkflow | null> {
    const [row] = await queryRows<DeclaredWorkflow>(
      ctx,
      `SELECT w ->> 'name' AS name, w ->> 'operation' AS operation, COALESCE((w -> 'parameters')::text, '{}') AS parameters,
              COALESCE((w ->> 'is_cascading')::boolean, false) AS "isCascading", w -> 'availability_rules' AS rules
         FROM deployment d, json_array_elements(d.workflows) w WHERE d.storage_id = $1 AND w ->> 'name' = $2 LIMIT 1`,
      [storageId, name],
    );
    return row ?? null;
  }

  async state(ctx: TenantCtx, storageId: string): Promise<DeploymentState> {
    const [row] = await queryRows<{ instances: number; startedInstances: number; types: string[] }>(
      ctx,
      `SELECT (SELECT count(*)::int FROM node_instance i WHERE i.deployment_id = $1) AS instances,
              (SELECT count(*)::int FROM node_instance i WHERE i.deployment_id = $1 AND i.state = 'started') AS "startedInstances",
              ARRAY(SELECT DISTINCT unnest(n.type_hierarchy) FROM node n WHERE n.deployment_id = $1) AS types`,
      [storageId],
    );
    return {
      instances: row?.instances ?? 0,
      startedInstances: row?.startedInstances ?? 0,
      types: new Set(row?.types),
    };
  }

  /** Deployments that components of this one stand for, as their instances say; those of the tenant that are visible. */
  async components(ctx: TenantCtx, storageId: string): Promise<{ readonly storageId: string; readonly id: string }[]> {
    return queryRows(
      ctx,
      `SELECT DISTINCT d.storage_id::text AS "storageId", d.id FROM node_instance i
         JOIN node n ON n.storage_id = i.node_id
         JOIN deployment d ON d.tenant_id = i.tenant_id AND d.id = i.runtime_properties -> 'deployment' ->> 'id'
        WHERE i.deployment_id = $1 AND 'cloudify.nodes.Component' = ANY (n.type_hierarchy) AND d.storage_id <> $1
        ORDER BY d.id`,
      [storageId],
    );
  }

  async addSchedule(
    ctx: TenantCtx,
    schedule: {
      readonly id: string;
      readonly deployment: Pick<StartableDeployment, 'storageId' | 'visibility'>;
      readonly workflowId: string;
      readonly at: Date;
      readonly parameters: string;
      readonly arguments: Readonly<Record<string, unknown>>;
      readonly createdAt: Date;
    },
  ): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO execution_schedule (id, deployment_id, tenant_id, creator_id, visibility, workflow_id, rule, since, slip,
         parameters, execution_arguments, next_occurrence, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, '{"count": 1}', $7, 0, $8, $9, $7, $10)`,
      [
        schedule.id,
        schedule.deployment.storageId,
        ctx.tenantId,
        ctx.actor.userId,
        schedule.deployment.visibility,
        schedule.workflowId,
        schedule.at,
        schedule.parameters,
        JSON.stringify(schedule.arguments),
        schedule.createdAt,
      ],
    );
  }
}
