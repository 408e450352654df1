import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { expandInstances } from '../../src/core/dsl/instances/expand.js';
import type { TopologyNode } from '../../src/core/dsl/instances/topology.js';
import type { TestDatabase } from './database.js';
import { asSuperuser } from './superuser.js';
import { topologyOf, type NodeSketch } from './topology.js';

export interface DeploymentSketch {
  readonly id: string;
  readonly tenant: string;
  /** User name of the owner. */
  readonly owner: string;
  readonly visibility?: 'private' | 'tenant' | 'global';
  readonly blueprint?: string;
  readonly labels?: readonly (readonly [string, string])[];
  readonly nodes?: readonly NodeSketch[];
  readonly groups?: Parameters<typeof topologyOf>[1];
  readonly workflows?: readonly Readonly<Record<string, unknown>>[];
  readonly isActive?: boolean;
  /** Of every instance. */
  readonly state?: string;
  readonly capabilities?: Readonly<Record<string, unknown>>;
}

const AT = '2026-03-01T00:00:00.000Z';

/** Deployments as rows, with nodes and instances: for tests of what hangs on them. Ids of instances are `NODE_000001`, … */
export async function storeDeployment(database: TestDatabase, sketch: DeploymentSketch): Promise<string> {
  await asSuperuser(database, async (client) => {
    const owned = await ownedBy(client, sketch);
    const blueprint = await blueprintOf(client, sketch.blueprint ?? 'stored_blueprint', owned);
    const topology = topologyOf(sketch.nodes ?? [], sketch.groups ?? {});
    const groups = Object.fromEntries(
      [...topology.scaling_groups].map(([name, { members, properties }]) => [
        name,
        {
          members,
          properties: {
            min_instances: 1,
            default_instances: 1,
            ...properties,
            planned_instances: properties.current_instances,
          },
        },
      ]),
    );
    const deployment = await inserted(client, 'deployment', {
      ...owned,
      id: sketch.id,
      display_name: sketch.id,
      blueprint_id: blueprint,
      files_key: randomUUID(),
      scaling_groups: JSON.stringify(groups),
      workflows: JSON.stringify(sketch.workflows ?? []),
      capabilities: JSON.stringify(sketch.capabilities ?? {}),
      installation_status: sketch.isActive === true ? 'active' : 'inactive',
      created_at: AT,
      updated_at: AT,
    });
    for (const [key, value] of sketch.labels ?? []) {
      await inserted(client, 'deployment_label', {
        deployment_id: deployment,
        key,
        value,
        created_at: AT,
        creator_id: owned.creator_id,
      });
    }
    const nodes = new Map<string, string>();
    for (const [position, node] of topology.nodes.entries()) {
      nodes.set(
        node.id,
        await inserted(client, 'node', { ...owned, ...nodeColumns(node), deployment_id: deployment, position }),
      );
    }
    let count = 0;
    const ids = (): string => `${sketch.id.slice(-3)}${String((count += 1)).padStart(3, '0')}`;
    const indexes = new Map<string, number>();
    for (const instance of expandInstances(topology, ids)) {
      const index = (indexes.get(instance.node_id) ?? 0) + 1;
      indexes.set(instance.node_id, index);
      await inserted(client, 'node_instance', {
        ...owned,
        id: instance.id,
        deployment_id: deployment,
        node_id: nodes.get(instance.node_id),
        host_id: instance.host_id ?? null,
        index,
        state: sketch.state ?? 'started',
        runtime_properties: JSON.stringify({ made: instance.id }),
        relationships: JSON.stringify(instance.relationships),
        scaling_groups: JSON.stringify(instance.scaling_groups ?? []),
      });
    }
  });
  return sketch.id;
}

interface Owned {
  readonly tenant_id: number;
  readonly creator_id: number;
  readonly visibility: string;
}

async function ownedBy(client: Client, { tenant, owner, visibility = 'tenant' }: DeploymentSketch): Promise<Owned> {
  const { rows } = await client.query<{ tenant_id: number; creator_id: number }>(
    'SELECT t.id AS tenant_id, u.id AS creator_id FROM tenant t, user_account u WHERE t.name = $1 AND u.username = $2',
    [tenant, owner],
  );
  const [found] = rows;
  if (!found) throw new Error(`There is no tenant ${tenant} or no user ${owner}.`);
  return { ...found, visibility };
}

async function blueprintOf(client: Client, id: string, owned: Owned): Promise<string> {
  const text = 'SELECT storage_id FROM blueprint WHERE tenant_id = $1 AND id = $2';
  const { rows } = await client.query<{ storage_id: string }>(text, [owned.tenant_id, id]);
  const [found] = rows;
  if (found) return found.storage_id;
  const { tenant_id, creator_id } = owned;
  return inserted(client, 'blueprint', {
    tenant_id,
    creator_id,
    visibility: 'tenant',
    id,
    state: 'uploaded',
    files_key: randomUUID(),
    created_at: AT,
    updated_at: AT,
  });
}

function nodeColumns({ id, host_id: host, capabilities, relationships }: TopologyNode): Record<string, unknown> {
  const count = capabilities.scalable.properties.current_instances;
  return {
    id,
    type: 'cloudify.nodes.Root',
    type_hierarchy: ['cloudify.nodes.Root'],
    host_id: host ?? null,
    properties: '{}',
    operations: JSON.stringify({ start: {}, 'lifecycle.start': {} }),
    relationships: JSON.stringify(
      relationships.map((one) => ({ ...one, properties: Object.fromEntries(one.properties) })),
    ),
    number_of_instances: count,
    planned_number_of_instances: count,
    deploy_number_of_instances: count,
    min_number_of_instances: 0,
    max_number_of_instances: -1,
  };
}

async function inserted(client: Client, table: string, row: Readonly<Record<string, unknown>>): Promise<string> {
  const columns = Object.keys(row);
  const { rows } = await client.query<{ storage_id: string }>(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})
     RETURNING storage_id`,
    Object.values(row),
  );
  return rows[0]?.storage_id ?? '';
}
