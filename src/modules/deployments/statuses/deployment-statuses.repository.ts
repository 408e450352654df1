import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';

const RANK = (sql: string): string =>
  `CASE ${sql} WHEN 'requires_attention' THEN 3 WHEN 'in_progress' THEN 2 WHEN 'good' THEN 1 END`;
const NAME = (sql: string): string =>
  `CASE ${sql} WHEN 3 THEN 'requires_attention' WHEN 2 THEN 'in_progress' WHEN 1 THEN 'good' END`;

/** What a deployment is by itself (orchestration §5); `d` with its latest execution `le`. */
const OWN = `CASE
  WHEN le.status IS NOT NULL AND le.status NOT IN ('terminated', 'failed', 'cancelled') THEN 2
  WHEN le.status = 'failed' OR d.installation_status = 'inactive' THEN 3 ELSE 1 END`;

/** The worst state among children of a kind and all that is below any child. */
const worst = (isEnvironment: boolean, sub: string): string => `GREATEST(
  max(${RANK('c.deployment_status')}) FILTER (WHERE c.is_environment = ${isEnvironment}), max(${RANK(`c.${sub}`)}))`;

/**
 * States of deployments, counted where the rows are (orchestration §5). All of it runs in the open transaction. Children
 * point to their parents with the label `csys-obj-parent`; what is no environment is a service.
 */
@Injectable()
export class DeploymentStatusesRepository {
  /** An execution has started: it is the latest one from now on. A dry run changes nothing else (orchestration §4). */
  async begin(ctx: TenantCtx, storageId: string, executionStorageId: string): Promise<void> {
    await execute(
      ctx,
      `UPDATE deployment d SET latest_execution_id = e.storage_id,
              deployment_status = CASE WHEN e.is_dry_run THEN d.deployment_status ELSE 'in_progress' END
         FROM execution e
        WHERE d.tenant_id = $1 AND d.storage_id = $2 AND e.storage_id = $3`,
      [ctx.tenantId, storageId, executionStorageId],
    );
  }

  /** `active` when every instance is started, also when there is none. */
  async countInstalled(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(
      ctx,
      `UPDATE deployment d SET installation_status = CASE
         WHEN d.workflows IS NULL OR EXISTS (SELECT FROM node_instance i WHERE i.deployment_id = d.storage_id AND i.state <> 'started')
         THEN 'inactive' ELSE 'active' END
        WHERE d.tenant_id = $1 AND d.storage_id = $2`,
      [ctx.tenantId, storageId],
    );
  }

  /** Works out the states of these anew, from their own and those of their direct children. Answers those that changed. */
  async refresh(ctx: TenantCtx, storageIds: readonly string[]): Promise<readonly string[]> {
    const rows = await queryRows<{ storageId: string }>(
      ctx,
      `WITH child AS (
         SELECT p.storage_id AS parent, c.deployment_status, c.sub_services_status, c.sub_environments_status,
                c.sub_services_count, c.sub_environments_count,
                EXISTS (SELECT FROM deployment_label t WHERE t.deployment_id = c.storage_id AND t.key = 'csys-obj-type'
                           AND t.value = 'environment') AS is_environment
           FROM deployment p
           JOIN deployment_label l ON l.key = 'csys-obj-parent' AND l.value = p.id
           JOIN deployment c ON c.storage_id = l.deployment_id AND c.tenant_id = p.tenant_id
          WHERE p.storage_id = ANY ($2::bigint[])
       ), sub AS (
         SELECT parent,
                (count(*) FILTER (WHERE NOT c.is_environment) + sum(c.sub_services_count))::int AS services,
                (count(*) FILTER (WHERE c.is_environment) + sum(c.sub_environments_count))::int AS environments,
                ${worst(false, 'sub_services_status')} AS worst_service,
                ${worst(true, 'sub_environments_status')} AS worst_environment
           FROM child c GROUP BY parent
       ), state AS (
         SELECT d.storage_id, COALESCE(s.services, 0) AS services, COALESCE(s.environments, 0) AS environments,
                ${NAME('s.worst_service')} AS service_status, ${NAME('s.worst_environment')} AS environment_status,
                ${NAME(`GREATEST(${OWN}, s.worst_service, s.worst_environment)`)} AS status
           FROM deployment d LEFT JOIN sub s ON s.parent = d.storage_id
           LEFT JOIN execution le ON le.storage_id = d.latest_execution_id AND NOT le.is_dry_run
          WHERE d.storage_id = ANY ($2::bigint[])
       )
       UPDATE deployment d SET sub_services_count = n.services, sub_environments_count = n.environments,
              sub_services_status = n.service_status, sub_environments_status = n.environment_status,
              deployment_status = n.status
         FROM state n
        WHERE d.tenant_id = $1 AND d.storage_id = n.storage_id
          AND (d.sub_services_count, d.sub_environments_count, d.sub_services_status, d.sub_environments_status, d.deployment_status)
              IS DISTINCT FROM (n.services, n.environments, n.service_status, n.environment_status, n.status)
       RETURNING d.storage_id::text AS "storageId"`,
      [ctx.tenantId, storageIds],
    );
    return rows.map((row) => row.storageId);
  }

  /** The deployments that these point to. */
  async parents(ctx: TenantCtx, storageIds: readonly string[]): Promise<readonly string[]> {
    const rows = await queryRows<{ storageId: string }>(
      ctx,
      `SELECT DISTINCT p.storage_id::text AS "storageId" FROM deployment_label l
         JOIN deployment p ON p.tenant_id = $1 AND p.id = l.value
        WHERE l.deployment_id = ANY ($2::bigint[]) AND l.key = 'csys-obj-parent'`,
      [ctx.tenantId, storageIds],
    );
    return rows.map((row) => row.storageId);
  }
}
