import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';
import type { NewSchedule } from '../creation/deployment-creation.repository.js';
import type { PlannedPart } from '../planning/planning-messages.js';

/** An update's record and the deployment that it is of, by their internal numbers. */
export interface UpdatePlace {
  readonly storageId: string;
  readonly deploymentStorageId: string;
}

const NODE_COLUMNS = `(id text, position int, type text, type_hierarchy text[], host_id text, properties json, operations json,
  relationships json, kept_relationships json, plugins json, plugins_to_install json, number_of_instances int,
  planned_number_of_instances int, deploy_number_of_instances int, min_number_of_instances int, max_number_of_instances int)`;
const INSTANCE_COLUMNS = '(id text, node_name text, host_id text, relationships json, scaling_groups json)';

/** Instances of a list that the plan marks, each once: a list is read once, not once for each row. */
const listed = (path: string, mark: string): string => `
  WITH x AS MATERIALIZED (
    SELECT x.item->>'id' AS id, x.item FROM deployment_update u, json_array_elements(u.content#>'${path}') AS x (item)
     WHERE u.storage_id = $1 AND x.item->>'modification' = '${mark}'
  )`;

/** What an update stored of its plan, and what it makes of the rows of a deployment. All of it runs in the open transaction. */
@Injectable()
export class UpdatedRowsRepository {
  /** What the instances and nodes of a deployment are just now: who plans and who writes must mean the same. */
  async basis(ctx: TenantCtx, deploymentStorageId: string): Promise<string | null> {
    const [row] = await queryRows<{ basis: string }>(
      ctx,
      `SELECT md5(concat_ws('/', d.blueprint_id,
                (SELECT string_agg(n.id, ',' ORDER BY n.storage_id) FROM node n WHERE n.deployment_id = d.storage_id),
                (SELECT string_agg(i.id, ',' ORDER BY i.storage_id) FROM node_instance i WHERE i.deployment_id = d.storage_id))) AS basis
         FROM deployment d WHERE d.storage_id = $1`,
      [deploymentStorageId],
    );
    return row?.basis ?? null;
  }

  /** @param content JSON text */
  async keepPlan(
    ctx: TenantCtx,
    { storageId }: UpdatePlace,
    plan: { readonly content: string; readonly steps: string; readonly basis: string },
  ): Promise<void> {
    await execute(
      ctx,
      `UPDATE deployment_update SET content = $2, basis = $4, progress = 'prepared',
              steps = COALESCE((SELECT json_agg(json_build_object('id', gen_random_uuid(), 'action', s->'action',
                  'entity_id', s->'entity_id', 'entity_type', s->'entity_type', 'topology_order', s->'topology_order',
                  'deployment_update_id', id) ORDER BY place) FROM json_array_elements($3::json) WITH ORDINALITY AS x (s, place)), '[]')
        WHERE storage_id = $1`,
      [storageId, plan.content, plan.steps, plan.basis],
    );
  }

  /** @param rows a JSON list */
  async keepRows(
    ctx: TenantCtx,
    { storageId }: UpdatePlace,
    part: PlannedPart,
    place: number,
    rows: string,
  ): Promise<void> {
    await execute(
      ctx,
      'INSERT INTO deployment_update_batch (update_id, tenant_id, part, place, content) VALUES ($1, $2, $3, $4, $5)',
      [storageId, ctx.tenantId, part, place, rows],
    );
  }

  /** What this update keeps, and what earlier ones that failed left. */
  async forgetRows(ctx: TenantCtx, { deploymentStorageId }: UpdatePlace): Promise<void> {
    await execute(
      ctx,
      `DELETE FROM deployment_update_batch b USING deployment_update u
        WHERE u.storage_id = b.update_id AND u.deployment_id = $1 AND b.tenant_id = $2`,
      [deploymentStorageId, ctx.tenantId],
    );
  }

  /** A part of the plan as JSON text. */
  async planned(ctx: TenantCtx, { storageId }: UpdatePlace, path: readonly string[]): Promise<string | null> {
    const [row] = await queryRows<{ text: string | null }>(
      ctx,
      'SELECT (content #> $2::text[])::text AS text FROM deployment_update WHERE storage_id = $1',
      [storageId, path],
    );
    return row?.text ?? null;
  }

  async writeAttributes(ctx: TenantCtx, { storageId, deploymentStorageId }: UpdatePlace, at: Date): Promise<void> {
    await execute(
      ctx,
      `UPDATE deployment d SET inputs = p.plan->'inputs', groups = p.plan->'groups', outputs = p.plan->'outputs',
              policy_types = p.plan->'policy_types', policy_triggers = p.plan->'policy_triggers',
              capabilities = p.plan->'capabilities', scaling_groups = p.plan->'scaling_groups',
              resource_tags = p.plan->'resource_tags', workflows = p.plan->'workflows', description = p.plan->>'description',
              blueprint_id = p.blueprint, updated_at = $4,
              runtime_only_evaluation = COALESCE(p.runtime_only, d.runtime_only_evaluation)
         FROM (SELECT u.content->'deployment_plan' AS plan, u.new_blueprint_id AS blueprint, u.runtime_only_evaluation AS runtime_only
                 FROM deployment_update u WHERE u.storage_id = $2) p
        WHERE d.tenant_id = $1 AND d.storage_id = $3`,
      [ctx.tenantId, storageId, deploymentStorageId, at],
    );
  }

  /** Nodes that stay, and new ones. How many instances there are is left alone. */
  async writeNodes(ctx: TenantCtx, { storageId, deploymentStorageId }: UpdatePlace): Promise<void> {
    const read = `WITH x AS MATERIALIZED (SELECT x.* FROM deployment_update_batch b, json_to_recordset(b.content) AS x ${NODE_COLUMNS}
      WHERE b.update_id = $1 AND b.part = 'nodes')`;
    await execute(
      ctx,
      `${read}
       UPDATE node n SET position = x.position, type_hierarchy = x.type_hierarchy, properties = x.properties,
              operations = x.operations, relationships = COALESCE(x.kept_relationships, x.relationships), plugins = x.plugins,
              plugins_to_install = x.plugins_to_install, deploy_number_of_instances = x.deploy_number_of_instances,
              min_number_of_instances = x.min_number_of_instances, max_number_of_instances = x.max_number_of_instances
         FROM x WHERE n.deployment_id = $2 AND n.id = x.id`,
      [storageId, deploymentStorageId],
    );
    await execute(
      ctx,
      `${read}
       INSERT INTO node (deployment_id, tenant_id, creator_id, visibility, id, position, type, type_hierarchy, host_id,
         properties, operations, relationships, plugins, plugins_to_install, number_of_instances,
         planned_number_of_instances, deploy_number_of_instances, min_number_of_instances, max_number_of_instances)
       SELECT d.storage_id, d.tenant_id, d.creator_id, d.visibility, x.id, x.position, x.type, x.type_hierarchy, x.host_id,
              x.properties, x.operations, x.relationships, x.plugins, x.plugins_to_install, x.number_of_instances,
              x.planned_number_of_instances, x.deploy_number_of_instances, x.min_number_of_instances, x.max_number_of_instances
         FROM deployment d, x
        WHERE d.storage_id = $2 AND NOT EXISTS (SELECT FROM node n WHERE n.deployment_id = $2 AND n.id = x.id)
        ORDER BY x.position`,
      [storageId, deploymentStorageId],
    );
  }

  /** New instances, numbered on from the highest index of their node, and relationships that present ones gain. */
  async writeInstances(ctx: TenantCtx, { storageId, deploymentStorageId }: UpdatePlace): Promise<void> {
    await execute(
      ctx,
      `INSERT INTO node_instance (id, deployment_id, node_id, tenant_id, creator_id, visibility, host_id, index, state,
         relationships, scaling_groups)
       SELECT x.id, n.deployment_id, n.storage_id, n.tenant_id, n.creator_id, n.visibility, x.host_id,
              COALESCE((SELECT max(i.index) FROM node_instance i WHERE i.node_id = n.storage_id), 0)
                + row_number() OVER (PARTITION BY n.storage_id ORDER BY b.place, x.place),
              'uninitialized', x.relationships, x.scaling_groups
         FROM deployment_update_batch b
        CROSS JOIN LATERAL ROWS FROM (json_to_recordset(b.content) AS ${INSTANCE_COLUMNS})
              WITH ORDINALITY AS x (id, node_name, host_id, relationships, scaling_groups, place)
         JOIN node n ON n.deployment_id = $2 AND n.id = x.node_name
        WHERE b.update_id = $1 AND b.part = 'instances' ORDER BY b.place, x.place`,
      [storageId, deploymentStorageId],
    );
    await execute(
      ctx,
      `WITH x AS MATERIALIZED (
         SELECT x.* FROM deployment_update_batch b, json_to_recordset(b.content) AS x (id text, relationships json)
          WHERE b.update_id = $1 AND b.part = 'relationships'
       )
       UPDATE node_instance i SET relationships = x.relationships, version = i.version + 1
         FROM x WHERE i.deployment_id = $2 AND i.id = x.id`,
      [storageId, deploymentStorageId],
    );
  }

  /** Dependencies that functions of the old plan made, and the new one has no more. */
  async removeOldDependencies(
    ctx: TenantCtx,
    deploymentStorageId: string,
    kept: readonly { readonly creator: string; readonly target: string | null }[],
  ): Promise<void> {
    await execute(
      ctx,
      `DELETE FROM inter_deployment_dependency r
        WHERE r.tenant_id = $1 AND r.source_deployment_id = $2 AND r.dependency_creator LIKE '%.get\\_capability'
          AND NOT EXISTS (SELECT FROM unnest($3::text[], $4::bigint[]) AS w (creator, target)
            WHERE w.creator = r.dependency_creator AND (w.target IS NULL OR w.target = r.target_deployment_id))`,
      [ctx.tenantId, deploymentStorageId, kept.map(({ creator }) => creator), kept.map(({ target }) => target)],
    );
  }

  /** What was to go goes: relationships, instances, nodes. */
  async removeOld(ctx: TenantCtx, { storageId, deploymentStorageId }: UpdatePlace): Promise<void> {
    await execute(
      ctx,
      `${listed('{deployment_update_node_instances,reduced_and_related}', 'reduced')}
       UPDATE node_instance i SET version = i.version + 1,
              relationships = COALESCE((SELECT json_agg(has.item ORDER BY has.place)
                FROM json_array_elements(i.relationships) WITH ORDINALITY AS has (item, place)
               WHERE NOT EXISTS (SELECT FROM json_array_elements(x.item->'relationships') AS gone (item)
                 WHERE gone.item->>'target_id' = has.item->>'target_id' AND gone.item->>'type' = has.item->>'type')), '[]'::json)
         FROM x WHERE i.deployment_id = $2 AND i.id = x.id`,
      [storageId, deploymentStorageId],
    );
    await execute(
      ctx,
      `${listed('{deployment_update_node_instances,removed_and_related}', 'removed')}
       DELETE FROM node_instance i USING x WHERE i.deployment_id = $2 AND i.id = x.id`,
      [storageId, deploymentStorageId],
    );
    await execute(
      ctx,
      `DELETE FROM node n USING deployment_update u, json_array_elements_text(u.content#>'{deployment_update_nodes,remove}') AS x (id)
        WHERE u.storage_id = $1 AND n.deployment_id = $2 AND n.id = x.id`,
      [storageId, deploymentStorageId],
    );
    await execute(
      ctx,
      `WITH x AS MATERIALIZED (
         SELECT x.* FROM deployment_update_batch b,
                json_to_recordset(b.content) AS x (id text, relationships json, kept_relationships json)
          WHERE b.update_id = $1 AND b.part = 'nodes' AND x.kept_relationships IS NOT NULL
       )
       UPDATE node n SET relationships = x.relationships FROM x WHERE n.deployment_id = $2 AND n.id = x.id`,
      [storageId, deploymentStorageId],
    );
  }

  /** Those of the deployment with these ids that there are already. */
  async scheduleIds(ctx: TenantCtx, deploymentStorageId: string): Promise<ReadonlySet<string>> {
    const text = 'SELECT id FROM execution_schedule WHERE deployment_id = $1';
    const rows = await queryRows<{ id: string }>(ctx, text, [deploymentStorageId]);
    return new Set(rows.map(({ id }) => id));
  }

  /** A schedule takes what changed; where its rule did not, it goes on from where it was. Whether it is enabled stays. */
  async changeSchedule(ctx: TenantCtx, deploymentStorageId: string, schedule: NewSchedule): Promise<void> {
    await execute(
      ctx,
      `UPDATE execution_schedule SET workflow_id = $3, until = $6, slip = $7, parameters = $8, execution_arguments = $9,
              stop_on_fail = $10, rule = $4, is_recurring = $11,
              since = CASE WHEN rule::jsonb = $4::jsonb THEN since ELSE $5::timestamptz END,
              next_occurrence = CASE WHEN rule::jsonb = $4::jsonb THEN next_occurrence ELSE $12::timestamptz END
        WHERE deployment_id = $1 AND id = $2`,
      [
        deploymentStorageId,
        schedule.id,
        schedule.workflowId,
        schedule.rule,
        schedule.since,
        schedule.until,
        schedule.slip,
        schedule.parameters,
        schedule.executionArguments,
        schedule.stopOnFail,
        schedule.isRecurring,
        schedule.nextOccurrence,
      ],
    );
  }

  /** Marks of drift go from what was brought up to date; what went took its flags along. */
  async settleFlags(ctx: TenantCtx, { deploymentStorageId }: UpdatePlace, clean: readonly string[]): Promise<void> {
    await execute(
      ctx,
      `UPDATE node_instance i SET version = i.version + 1, has_configuration_drift = false,
              system_properties = (i.system_properties::jsonb - '{configuration_drift,source_relationships_configuration_drift,target_relationships_configuration_drift}'::text[])::json
        WHERE i.deployment_id = $1 AND i.id = ANY ($2::text[])
          AND i.system_properties::jsonb ?| '{configuration_drift,source_relationships_configuration_drift,target_relationships_configuration_drift}'::text[]`,
      [deploymentStorageId, clean],
    );
    await execute(
      ctx,
      `UPDATE deployment d SET drifted_instances = f.drifted, unavailable_instances = f.unavailable
         FROM (SELECT count(*) FILTER (WHERE i.has_configuration_drift)::int AS drifted,
                      count(*) FILTER (WHERE NOT i.is_status_check_ok)::int AS unavailable
                 FROM node_instance i WHERE i.deployment_id = $1) f
        WHERE d.storage_id = $1 AND (d.drifted_instances, d.unavailable_instances) <> (f.drifted, f.unavailable)`,
      [deploymentStorageId],
    );
  }
}
