import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../../core/access/visibility.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { idExists } from '../../../platform/database/global-ids.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import { violatedConstraint } from '../../../platform/database/unit-of-work.js';
import { Parameters } from '../../../platform/listing/list-query.js';
import { DEPLOYMENT_IDS } from '../deployments.repository.js';
import type { PlanAttribute } from '../planning/planning-messages.js';

export interface NewDeployment {
  readonly id: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly displayName: string;
  readonly blueprintStorageId: string;
  readonly siteStorageId: string | null;
  readonly runtimeOnly: boolean;
  readonly filesKey: string;
  readonly createdAt: Date;
  /** Of a restore: columns with their values, JSON as text. */
  readonly restored: Readonly<Record<string, string | number | null>>;
}

/** A deployment that its creation works on, locked. */
export interface UnfinishedDeployment {
  readonly storageId: string;
  readonly id: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly displayName: string;
  readonly blueprintStorageId: string;
  readonly runtimeOnly: boolean;
  readonly filesKey: string;
  /** What creation writes is there already. */
  readonly isMade: boolean;
}

/** Owner, tenant and visibility that what is in a deployment has from it. */
export type DeploymentOwner = Pick<UnfinishedDeployment, 'storageId' | 'creatorId' | 'visibility'>;

export interface NewDependency {
  readonly id: string;
  readonly creator: string;
  readonly target: string | null;
  readonly func: string | null;
}

export interface NewSchedule {
  readonly id: string;
  readonly workflowId: string;
  /** JSON text, as the two that follow. */
  readonly rule: string;
  readonly parameters: string;
  readonly executionArguments: string;
  readonly isRecurring: boolean;
  readonly since: Date;
  readonly until: Date | null;
  /** Minutes. */
  readonly slip: number;
  readonly stopOnFail: boolean;
  readonly enabled: boolean;
  readonly nextOccurrence: Date | null;
}

/** Another instance of the tenant has one of the ids, and perhaps cannot be seen: other ids are to be tried. */
export class InstanceIdTaken extends Error {}

@Injectable()
export class DeploymentCreationRepository {
  /** Answers the internal number. @throws ConflictError when the tenant has the id */
  async insert(ctx: TenantCtx, deployment: NewDeployment): Promise<string> {
    const parameters = new Parameters();
    const columns: Record<string, unknown> = {
      id: deployment.id,
      tenant_id: ctx.tenantId,
      creator_id: deployment.creatorId,
      visibility: deployment.visibility,
      display_name: deployment.displayName,
      blueprint_id: deployment.blueprintStorageId,
      site_id: deployment.siteStorageId,
      runtime_only_evaluation: deployment.runtimeOnly,
      files_key: deployment.filesKey,
      created_at: deployment.createdAt,
      updated_at: deployment.createdAt,
      ...deployment.restored,
    };
    const values = Object.values(columns).map((value) => parameters.add(value));
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO deployment (${Object.keys(columns).join(', ')}) VALUES (${values.join(', ')}) RETURNING storage_id::text`,
        parameters.values,
      );
      if (!row) throw new Error('An insert answered no row.');
      return row.storage_id;
    } catch (error) {
      if (violatedConstraint(error) === 'deployment_tenant_id_uq') {
        throw idExists(ctx, DEPLOYMENT_IDS, deployment.id, error);
      }
      throw error;
    }
  }

  async setCreateExecution(ctx: TenantCtx, storageId: string, executionStorageId: string): Promise<void> {
    await execute(ctx, 'UPDATE deployment SET create_execution_id = $3 WHERE tenant_id = $1 AND storage_id = $2', [
      ctx.tenantId,
      storageId,
      executionStorageId,
    ]);
  }

  /** The status and error of the execution that made a deployment; null when it is gone or there was none. */
  async creationOf(
    ctx: TenantCtx,
    storageId: string,
  ): Promise<{ readonly status: string; readonly error: string | null } | null> {
    const [row] = await queryRows<{ status: string; error: string | null }>(
      ctx,
      `SELECT e.status, e.error FROM deployment d JOIN execution e ON e.storage_id = d.create_execution_id
        WHERE d.storage_id = $1`,
      [storageId],
    );
    return row ?? null;
  }

  /** The one that this execution makes, held until the end of the transaction. */
  async lockByExecution(ctx: TenantCtx, executionId: string): Promise<UnfinishedDeployment | null> {
    const [row] = await queryRows<UnfinishedDeployment>(
      ctx,
      `SELECT d.storage_id::text AS "storageId", d.id, d.creator_id AS "creatorId", d.visibility,
              d.display_name AS "displayName", d.blueprint_id::text AS "blueprintStorageId",
              d.runtime_only_evaluation AS "runtimeOnly", d.files_key AS "filesKey", d.workflows IS NOT NULL AS "isMade"
         FROM deployment d JOIN execution e ON e.storage_id = d.create_execution_id
        WHERE d.tenant_id = $1 AND e.tenant_id = $1 AND e.id = $2 FOR UPDATE OF d`,
      [ctx.tenantId, executionId],
    );
    return row ?? null;
  }

  async setPlan(
    ctx: TenantCtx,
    storageId: string,
    plan: {
      readonly attributes: Readonly<Record<PlanAttribute, string>>;
      readonly description: string | null;
    },
    now: Date,
  ): Promise<void> {
    const parameters = new Parameters();
    const sets = Object.entries(plan.attributes).map(([column, text]) => `${column} = ${parameters.add(text)}`);
    await execute(
      ctx,
      `UPDATE deployment SET ${sets.join(', ')}, description = ${parameters.add(plan.description)},
         updated_at = ${parameters.add(now)}
        WHERE tenant_id = ${parameters.add(ctx.tenantId)} AND storage_id = ${parameters.add(storageId)}`,
      parameters.values,
    );
  }

  async setDisplayName(ctx: TenantCtx, storageId: string, name: string): Promise<void> {
    await execute(ctx, 'UPDATE deployment SET display_name = $3 WHERE tenant_id = $1 AND storage_id = $2', [
      ctx.tenantId,
      storageId,
      name,
    ]);
  }

  /** @param rows a JSON list, see planning/plan-rows.ts */
  async insertNodes(ctx: TenantCtx, owner: DeploymentOwner, rows: string): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO node (deployment_id, tenant_id, creator_id, visibility, id, position, type, type_hierarchy, host_id,
         properties, operations, relationships, plugins, plugins_to_install, number_of_instances,
         planned_number_of_instances, deploy_number_of_instances, min_number_of_instances, max_number_of_instances)
       SELECT $1, $2, $3, $4, n.id, n.position, n.type, n.type_hierarchy, n.host_id, n.properties, n.operations,
              n.relationships, n.plugins, n.plugins_to_install, n.number_of_instances, n.planned_number_of_instances,
              n.deploy_number_of_instances, n.min_number_of_instances, n.max_number_of_instances
         FROM json_to_recordset($5::json) AS n (id text, position int, type text, type_hierarchy text[], host_id text,
              properties json, operations json, relationships json, plugins json, plugins_to_install json,
              number_of_instances int, planned_number_of_instances int, deploy_number_of_instances int,
              min_number_of_instances int, max_number_of_instances int)`,
      [owner.storageId, ctx.tenantId, owner.creatorId, owner.visibility, rows],
    );
  }

  /** @throws InstanceIdTaken */
  async insertInstances(ctx: TenantCtx, owner: DeploymentOwner, rows: string): Promise<void> {
    try {
      await execute(
        ctx,
        `INSERT INTO node_instance (deployment_id, tenant_id, creator_id, visibility, node_id, id, host_id, index, state,
           relationships, scaling_groups)
         SELECT $1, $2, $3, $4, n.storage_id, i.id, i.host_id, i.index, 'uninitialized', i.relationships, i.scaling_groups
           FROM json_to_recordset($5::json) AS i (id text, node_name text, host_id text, index int, relationships json,
                scaling_groups json)
           JOIN node n ON n.deployment_id = $1 AND n.id = i.node_name`,
        [owner.storageId, ctx.tenantId, owner.creatorId, owner.visibility, rows],
      );
    } catch (error) {
      if (violatedConstraint(error) === 'node_instance_tenant_id_uq') throw new InstanceIdTaken();
      throw error;
    }
  }

  /** Targets that the caller may see; the ids of those that are not there come back. */
  async insertDependencies(
    ctx: TenantCtx,
    owner: DeploymentOwner,
    dependencies: readonly NewDependency[],
    now: Date,
  ): Promise<readonly string[]> {
    if (dependencies.length === 0) return [];
    const targets = [...new Set(dependencies.flatMap(({ target }) => (target === null ? [] : [target])))];
    const found = await queryRows<{ id: string; storageId: string }>(
      ctx,
      `SELECT DISTINCT ON (id) id, storage_id::text AS "storageId" FROM deployment
        WHERE id = ANY ($1::text[]) AND (tenant_id = $2 OR visibility = 'global') ORDER BY id, (tenant_id = $2) DESC`,
      [targets, ctx.tenantId],
    );
    const byId = new Map(found.map(({ id, storageId }) => [id, storageId]));
    await execute(
      ctx,
      `INSERT INTO inter_deployment_dependency (id, tenant_id, creator_id, visibility, dependency_creator,
         source_deployment_id, target_deployment_id, target_deployment_func, created_at)
       SELECT d.id, $1, $2, $3, d.creator, $4, d.target, d.func::json, $5
         FROM unnest($6::text[], $7::text[], $8::bigint[], $9::text[]) AS d (id, creator, target, func)`,
      [
        ctx.tenantId,
        owner.creatorId,
        owner.visibility,
        owner.storageId,
        now,
        dependencies.map(({ id }) => id),
        dependencies.map(({ creator }) => creator),
        dependencies.map(({ target }) => (target === null ? null : (byId.get(target) ?? null))),
        dependencies.map(({ func }) => func),
      ],
    );
    return targets.filter((target) => !byId.has(target));
  }

  /** Deployments of the tenant that are depended on are told by whom (rest-api §1.13, `csys-consumer-id`). */
  async addConsumer(ctx: TenantCtx, owner: DeploymentOwner, id: string, now: Date): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO deployment_label (deployment_id, key, value, created_at, creator_id)
       SELECT DISTINCT d.storage_id, 'csys-consumer-id', $3, $4::timestamptz, $5::int
         FROM inter_deployment_dependency i JOIN deployment d ON d.storage_id = i.target_deployment_id
        WHERE i.source_deployment_id = $1 AND d.tenant_id = $2 AND d.storage_id <> $1
       ON CONFLICT ON CONSTRAINT deployment_label_uq DO NOTHING`,
      [owner.storageId, ctx.tenantId, id, now, owner.creatorId],
    );
  }

  async insertSchedules(
    ctx: TenantCtx,
    owner: DeploymentOwner,
    schedules: readonly NewSchedule[],
    now: Date,
  ): Promise<void> {
    for (const schedule of schedules) {
      await execute(
        ctx,
        `INSERT INTO execution_schedule (id, deployment_id, tenant_id, creator_id, visibility, workflow_id, rule,
           is_recurring, since, until, slip, parameters, execution_arguments, stop_on_fail, enabled, next_occurrence,
           created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
        [
          schedule.id,
          owner.storageId,
          ctx.tenantId,
          owner.creatorId,
          owner.visibility,
          schedule.workflowId,
          schedule.rule,
          schedule.isRecurring,
          schedule.since,
          schedule.until,
          schedule.slip,
          schedule.parameters,
          schedule.executionArguments,
          schedule.stopOnFail,
          schedule.enabled,
          schedule.nextOccurrence,
          now,
        ],
      );
    }
  }

  /** Joins the groups of these ids, which are made where there are none (dsl.md §15, `default_groups`). */
  async joinGroups(ctx: TenantCtx, owner: DeploymentOwner, ids: readonly string[], now: Date): Promise<void> {
    if (ids.length === 0) return;
    await execute(
      ctx,
      `INSERT INTO deployment_group (id, tenant_id, creator_id, visibility, created_at)
       SELECT g.id, $1, $2, $3, $4 FROM unnest($5::text[]) AS g (id)
       ON CONFLICT ON CONSTRAINT deployment_group_tenant_id_uq DO NOTHING`,
      [ctx.tenantId, owner.creatorId, owner.visibility, now, ids],
    );
    await execute(
      ctx,
      `INSERT INTO deployment_group_member (deployment_group_id, deployment_id)
       SELECT g.storage_id, $2 FROM deployment_group g WHERE g.tenant_id = $1 AND g.id = ANY ($3::text[])
       ON CONFLICT DO NOTHING`,
      [ctx.tenantId, owner.storageId, ids],
    );
  }

  /** The number of the visible site. */
  async site(
    ctx: TenantCtx,
    name: string,
  ): Promise<{ readonly storageId: string; readonly visibility: Visibility } | null> {
    const [row] = await queryRows<{ storageId: string; visibility: Visibility }>(
      ctx,
      `SELECT storage_id::text AS "storageId", visibility FROM site WHERE name = $1 AND (tenant_id = $2 OR visibility = 'global')
        ORDER BY (tenant_id = $2) DESC LIMIT 1`,
      [name, ctx.tenantId],
    );
    return row ?? null;
  }
}
