import { randomUUID } from 'node:crypto';
import type { TestApp } from './app.js';
import { allRows } from './superuser.js';
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
