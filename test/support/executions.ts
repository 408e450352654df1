import { randomUUID } from 'node:crypto';
import type { TestApp } from './app.js';
import { RowMaker, type RowFacts } from './owned-rows.js';
import { allRows, asSuperuser } from './superuser.js';
import type { Member, TestTenant } from './world.js';

/** An execution that was put straight into its table, without a deployment behind it. */
export interface StoredExecution {
  readonly id: string;
  readonly storageId: string;
  readonly deployment: string;
  readonly displayName: string;
  readonly blueprint: string;
}

/** An execution of `install`, as the tables have it while it runs; nobody runs it. */
export async function newExecution(
  { database }: Pick<TestApp, 'database'>,
  tenant: Pick<TestTenant, 'name'>,
  owner: Pick<Member, 'username'>,
  facts: { readonly visibility?: string; readonly status?: string } = {},
): Promise<StoredExecution> {
  const id = randomUUID();
  const execution = { id, deployment: `dep-${id}`, displayName: `Deployment ${id}`, blueprint: `bp-${id}` };
  const [row] = await allRows<{ storage_id: string }>(
    database,
    `INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, created_at, started_at, engine,
            deployment_name, deployment_display_name, blueprint_name, lease_until)
     SELECT $1, t.id, u.id, $4, 'install', $5, now(), now(), 'graph', $6, $7, $8, now() + interval '1 day'
       FROM tenant t, user_account u WHERE t.name = $2 AND u.username = $3 RETURNING storage_id::text`,
    [
      id,
      tenant.name,
      owner.username,
      facts.visibility ?? 'tenant',
      facts.status ?? 'started',
      execution.deployment,
      execution.displayName,
      execution.blueprint,
    ],
  );
  return { ...execution, storageId: String(row?.storage_id) };
}

export async function newExecutionGroup(
  { database }: Pick<TestApp, 'database'>,
  tenant: Pick<TestTenant, 'name'>,
  owner: Pick<Member, 'username'>,
): Promise<string> {
  const id = randomUUID();
  await allRows(
    database,
    `INSERT INTO execution_group (id, tenant_id, creator_id, visibility, workflow_id, created_at)
     SELECT $1, t.id, u.id, 'tenant', 'install', now() FROM tenant t, user_account u
      WHERE t.name = $2 AND u.username = $3 RETURNING 1`,
    [id, tenant.name, owner.username],
  );
  return id;
}

const WORKFLOWS = ['install', 'uninstall'].map((name) => ({
  name,
  plugin: 'default_workflows',
  operation: `default_workflows.cloudify.plugins.workflows.${name}`,
  parameters: {},
  is_cascading: false,
  availability_rules: null,
}));

/** A deployment that was put straight into its table, with the workflows `install` and `uninstall`, and nothing in it. */
export async function newDeployment(
  { database }: Pick<TestApp, 'database'>,
  tenant: Pick<TestTenant, 'name'>,
  owner: Pick<Member, 'username'>,
  facts: { readonly visibility?: string; readonly workflows?: readonly object[]; readonly groupId?: string } = {},
): Promise<string> {
  const id = `dep-${randomUUID()}`;
  await asSuperuser(database, async (client) => {
    const { rows } = await client.query<{ tenant: number; user: number }>(
      'SELECT t.id AS tenant, u.id AS user FROM tenant t, user_account u WHERE t.name = $1 AND u.username = $2',
      [tenant.name, owner.username],
    );
    const { tenant: tenantId = 0, user: creatorId = 0 } = rows[0] ?? {};
    const own = { tenant_id: tenantId, creator_id: creatorId, visibility: facts.visibility ?? 'tenant' };
    const insert = async (table: string, row: RowFacts): Promise<string> => {
      const { text, values } = (await RowMaker.of(client, table)).insert(row);
      const result = await client.query<{ storage_id: string }>(`${text} RETURNING storage_id::text`, values);
      return String(result.rows[0]?.storage_id);
    };
    const blueprint = await insert('blueprint', { ...own, id: `bp-${randomUUID()}`, state: 'uploaded' });
    const workflows = JSON.stringify(facts.workflows ?? WORKFLOWS);
    const deployment = await insert('deployment', {
      ...own,
      id,
      display_name: id,
      blueprint_id: blueprint,
      installation_status: 'inactive',
      deployment_status: 'requires_attention',
      workflows,
    });
    if (facts.groupId !== undefined)
      await client.query(
        'INSERT INTO deployment_group_member SELECT g.storage_id, $2 FROM deployment_group g WHERE g.id = $1',
        [facts.groupId, deployment],
      );
  });
  return id;
}
