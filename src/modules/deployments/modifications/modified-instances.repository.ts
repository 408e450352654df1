import { Injectable } from '@nestjs/common';
import type { TopologyGroup, TopologyNode } from '../../../core/dsl/instances/topology.js';
import type { InstanceRelationship, NodeInstance } from '../../../core/dsl/plan.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { execute, queryRows } from '../../../platform/database/tx.js';

/** What a modification is worked out from. */
export interface ModificationBasis {
  /** In the order of the plan. */
  readonly nodes: readonly TopologyNode[];
  readonly groups: ReadonlyMap<string, TopologyGroup>;
  readonly instances: readonly NodeInstance[];
}

interface StoredNode {
  readonly id: string;
  readonly hostId: string | null;
  readonly instances: number;
  readonly relationships: readonly {
    readonly type: string;
    readonly type_hierarchy: readonly string[];
    readonly target_id: string;
    readonly connection_type: string | null;
  }[];
}

type StoredGroups = Readonly<
  Record<string, { readonly members: readonly string[]; readonly properties: Readonly<Record<string, unknown>> }>
>;

/** A modification, and the deployment that it is of, by their internal numbers. */
interface Place {
  readonly storageId: string;
  readonly deploymentStorageId: string;
}

/** A node instance as a modification keeps it: texts of users as they were stored. */
const KEPT_INSTANCE = `json_build_object('id', i.id, 'node_id', n.id, 'deployment_id', d.id, 'host_id', i.host_id,
  'index', i.index, 'state', i.state, 'version', i.version, 'runtime_properties', i.runtime_properties,
  'system_properties', i.system_properties, 'relationships', i.relationships, 'scaling_groups', i.scaling_groups,
  'is_status_check_ok', i.is_status_check_ok, 'has_configuration_drift', i.has_configuration_drift,
  'visibility', i.visibility)`;

/** The instances of the deployment `d` as they are, less some. */
export function keptInstances(without = 'false'): string {
  return `COALESCE((SELECT json_agg(${KEPT_INSTANCE} ORDER BY i.storage_id)
    FROM node_instance i JOIN node n ON n.storage_id = i.node_id
   WHERE i.deployment_id = d.storage_id AND NOT (${without})), '[]'::json)`;
}

/** The instances of a deployment, as modifications read and change them. */
@Injectable()
export class ModifiedInstancesRepository {
  async basis(ctx: TenantCtx, deployment: string): Promise<ModificationBasis> {
    const nodes = await queryRows<StoredNode>(
      ctx,
      `SELECT n.id, n.host_id AS "hostId", n.number_of_instances AS instances,
              COALESCE((SELECT json_agg(json_build_object('type', x.item->'type', 'type_hierarchy', x.item->'type_hierarchy',
                  'target_id', x.item->'target_id', 'connection_type', x.item#>'{properties,connection_type}') ORDER BY x.place)
                FROM json_array_elements(n.relationships) WITH ORDINALITY AS x (item, place)), '[]'::json) AS relationships
         FROM node n WHERE n.deployment_id = $1 ORDER BY n.position, n.storage_id`,
      [deployment],
    );
    const [stored] = await queryRows<{ groups: StoredGroups | null }>(
      ctx,
      'SELECT scaling_groups AS groups FROM deployment WHERE storage_id = $1',
      [deployment],
    );
    const instances = await queryRows<NodeInstance & { readonly host_id: string | null }>(
      ctx,
      `SELECT i.id, n.id AS name, n.id AS node_id, i.host_id, i.relationships, i.scaling_groups
         FROM node_instance i JOIN node n ON n.storage_id = i.node_id WHERE i.deployment_id = $1 ORDER BY i.storage_id`,
      [deployment],
    );
    return {
      nodes: nodes.map(toTopologyNode),
      groups: new Map(Object.entries(stored?.groups ?? {}).map(([name, group]) => [name, toTopologyGroup(group)])),
      instances: instances.map(({ host_id: hostId, ...rest }) =>
        hostId === null ? rest : { ...rest, host_id: hostId },
      ),
    };
  }

  /**
   * New instances, numbered on from the highest index of their node. Answers the ids that were free: a tenant has each
   * once, and rows that may not be seen count.
   */
  async addInstances(ctx: TenantCtx, deployment: string, added: readonly NodeInstance[]): Promise<readonly string[]> {
    const rows = await queryRows<{ id: string }>(
      ctx,
      `WITH wanted AS (
         SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
           WITH ORDINALITY AS w (id, node, host, relationships, groups, place)
       ), numbered AS (
         SELECT i.node_id, max(i.index) AS highest FROM node_instance i WHERE i.deployment_id = $1 GROUP BY 1
       )
       INSERT INTO node_instance (id, deployment_id, node_id, tenant_id, creator_id, visibility, host_id, index, state,
         relationships, scaling_groups)
       SELECT w.id, n.deployment_id, n.storage_id, n.tenant_id, n.creator_id, n.visibility, w.host,
              COALESCE(u.highest, 0) + row_number() OVER (PARTITION BY n.storage_id ORDER BY w.place),
              'uninitialized', w.relationships::json, w.groups::json
         FROM wanted w JOIN node n ON n.deployment_id = $1 AND n.id = w.node
         LEFT JOIN numbered u ON u.node_id = n.storage_id
        ORDER BY w.place
       ON CONFLICT ON CONSTRAINT node_instance_tenant_id_uq DO NOTHING RETURNING id`,
      [
        deployment,
        added.map(({ id }) => id),
        added.map(({ node_id: node }) => node),
        added.map(({ host_id: host }) => host ?? null),
        added.map(({ relationships }) => JSON.stringify(relationships)),
        added.map(({ scaling_groups: groups }) => JSON.stringify(groups ?? [])),
      ],
    );
    return rows.map(({ id }) => id);
  }

  async removeInstances(ctx: TenantCtx, deployment: string, ids: readonly string[]): Promise<void> {
    const text = 'DELETE FROM node_instance WHERE deployment_id = $1 AND id = ANY ($2::text[])';
    await execute(ctx, text, [deployment, ids]);
  }

  async setRelationships(
    ctx: TenantCtx,
    deployment: string,
    changed: readonly { readonly id: string; readonly relationships: readonly InstanceRelationship[] }[],
  ): Promise<void> {
    if (changed.length === 0) return;
    await execute(
      ctx,
      `UPDATE node_instance i SET relationships = w.relationships::json, version = i.version + 1
         FROM unnest($2::text[], $3::text[]) AS w (id, relationships) WHERE i.deployment_id = $1 AND i.id = w.id`,
      [deployment, changed.map(({ id }) => id), changed.map(({ relationships }) => JSON.stringify(relationships))],
    );
  }

  /** Numbers of nodes and scaling groups; `planned` while the modification is open, `current` when it is finished. */
  async setNumbers(
    ctx: TenantCtx,
    deployment: string,
    which: 'planned' | 'current',
    wanted: readonly (readonly [string, number])[],
  ): Promise<void> {
    if (wanted.length === 0) return;
    const parameters = [deployment, wanted.map(([name]) => name), wanted.map(([, instances]) => instances)];
    const column = which === 'planned' ? 'planned_number_of_instances' : 'number_of_instances';
    await execute(
      ctx,
      `UPDATE node n SET ${column} = w.instances FROM unnest($2::text[], $3::int[]) AS w (name, instances)
        WHERE n.deployment_id = $1 AND n.id = w.name`,
      parameters,
    );
    await execute(
      ctx,
      `UPDATE deployment d SET scaling_groups = ${groupsWith(`'${which}_instances'`)}
        WHERE d.storage_id = $1 AND EXISTS (SELECT FROM json_object_keys(d.scaling_groups) AS k (name) WHERE k.name = ANY ($2::text[]))`,
      parameters,
    );
  }

  /** What the modification marked as removed goes, and the relationships that lead there. */
  async applyRemovals(ctx: TenantCtx, { storageId, deploymentStorageId: deployment }: Place): Promise<void> {
    await execute(
      ctx,
      `DELETE FROM node_instance i USING deployment_modification m, json_array_elements(m.node_instances->'removed_and_related') AS x (item)
        WHERE m.storage_id = $1 AND i.deployment_id = $2 AND i.id = x.item->>'id' AND x.item->>'modification' = 'removed'`,
      [storageId, deployment],
    );
    await execute(
      ctx,
      `UPDATE node_instance i SET version = i.version + 1,
              relationships = COALESCE((SELECT json_agg(has.item ORDER BY has.place)
                FROM json_array_elements(i.relationships) WITH ORDINALITY AS has (item, place)
               WHERE NOT EXISTS (SELECT FROM json_array_elements(x.item->'relationships') AS gone (item)
                 WHERE gone.item->>'target_id' = has.item->>'target_id' AND gone.item->>'type' = has.item->>'type')), '[]'::json)
         FROM deployment_modification m, json_array_elements(m.node_instances->'reduced_and_related') AS x (item)
        WHERE m.storage_id = $1 AND i.deployment_id = $2 AND i.id = x.item->>'id'
          AND json_array_length(x.item->'relationships') > 0`,
      [storageId, deployment],
    );
  }

  /**
   * Instances become what they were when the modification began; those that came since go, those that went come back.
   * A version never goes back, so that nobody takes a row that changed for the one that he read.
   */
  async restoreInstances(ctx: TenantCtx, { storageId, deploymentStorageId: deployment }: Place): Promise<void> {
    const before = `deployment_modification m, json_array_elements(m.node_instances->'before_modification') AS x (item)`;
    await execute(
      ctx,
      `UPDATE deployment_modification m SET node_instances = json_build_object(
          'before_modification', m.node_instances->'before_modification',
          'added_and_related', m.node_instances->'added_and_related',
          'removed_and_related', m.node_instances->'removed_and_related',
          'extended_and_related', m.node_instances->'extended_and_related',
          'reduced_and_related', m.node_instances->'reduced_and_related', 'before_rollback', ${keptInstances()})
         FROM deployment d WHERE m.storage_id = $1 AND d.storage_id = m.deployment_id`,
      [storageId],
    );
    await execute(
      ctx,
      `DELETE FROM node_instance i WHERE i.deployment_id = $2
          AND i.id NOT IN (SELECT x.item->>'id' FROM ${before} WHERE m.storage_id = $1)`,
      [storageId, deployment],
    );
    await execute(
      ctx,
      `UPDATE node_instance i SET version = i.version + 1, host_id = x.item->>'host_id', index = (x.item->>'index')::int,
              state = x.item->>'state', runtime_properties = x.item->'runtime_properties',
              system_properties = x.item->'system_properties', relationships = x.item->'relationships',
              scaling_groups = x.item->'scaling_groups', is_status_check_ok = (x.item->>'is_status_check_ok')::boolean,
              has_configuration_drift = (x.item->>'has_configuration_drift')::boolean
         FROM ${before}
        WHERE m.storage_id = $1 AND i.deployment_id = $2 AND i.id = x.item->>'id' AND i.version <> (x.item->>'version')::int`,
      [storageId, deployment],
    );
    await execute(
      ctx,
      `INSERT INTO node_instance (id, deployment_id, node_id, tenant_id, creator_id, visibility, host_id, index, state,
         version, runtime_properties, system_properties, relationships, scaling_groups, is_status_check_ok, has_configuration_drift)
       SELECT x.item->>'id', n.deployment_id, n.storage_id, n.tenant_id, n.creator_id, n.visibility, x.item->>'host_id',
              (x.item->>'index')::int, x.item->>'state', (x.item->>'version')::int + 1, x.item->'runtime_properties',
              x.item->'system_properties', x.item->'relationships', x.item->'scaling_groups',
              (x.item->>'is_status_check_ok')::boolean, (x.item->>'has_configuration_drift')::boolean
         FROM ${before} JOIN node n ON n.deployment_id = $2 AND n.id = x.item->>'node_id'
        WHERE m.storage_id = $1
          AND NOT EXISTS (SELECT FROM node_instance i WHERE i.deployment_id = $2 AND i.id = x.item->>'id')`,
      [storageId, deployment],
    );
  }
}

/** The scaling groups of `d` in which those named by `$2` have the property's number of `$3`; the rest as it was written. */
function groupsWith(property: string): string {
  const properties = `(SELECT json_object_agg(q.key, q.value ORDER BY q.place) FROM (
      SELECT e.key, CASE WHEN e.key = ${property} THEN to_json(w.instances) ELSE e.value END AS value, e.place
        FROM json_each(p.value) WITH ORDINALITY AS e (key, value, place)
      UNION ALL
      SELECT ${property}, to_json(w.instances), 2147483647 WHERE p.value->${property} IS NULL) AS q)`;
  const group = `(SELECT json_object_agg(p.key, CASE WHEN p.key = 'properties' THEN ${properties} ELSE p.value END ORDER BY p.place)
      FROM json_each(g.value) WITH ORDINALITY AS p (key, value, place))`;
  return `(SELECT json_object_agg(g.key, CASE WHEN w.name IS NULL THEN g.value ELSE ${group} END ORDER BY g.place)
      FROM json_each(d.scaling_groups) WITH ORDINALITY AS g (key, value, place)
      LEFT JOIN unnest($2::text[], $3::int[]) AS w (name, instances) ON w.name = g.key)`;
}

function toTopologyNode({ id, hostId, instances, relationships }: StoredNode): TopologyNode {
  return {
    id,
    ...(hostId === null ? {} : { host_id: hostId }),
    capabilities: { scalable: { properties: { current_instances: instances } } },
    relationships: relationships.map(({ type, type_hierarchy, target_id, connection_type: kind }) => ({
      type,
      type_hierarchy,
      target_id,
      properties: new Map(kind === null ? [] : [['connection_type', kind]]),
    })),
  };
}

function toTopologyGroup({ members, properties }: StoredGroups[string]): TopologyGroup {
  const { current_instances: current, default_instances: fallback } = properties;
  const instances = typeof current === 'number' ? current : typeof fallback === 'number' ? fallback : 1;
  return { members, properties: { current_instances: instances } };
}
