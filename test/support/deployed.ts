import type { TestApp } from './app.js';
import { unique } from './app.js';
import { allRows } from './superuser.js';
import type { Member } from './world.js';

/** plan.md §1.4, with what a test wants of it. */
export interface WorkflowOfTest {
  readonly name: string;
  readonly operation?: string;
  readonly parameters?: object;
  readonly is_cascading?: boolean;
  readonly availability_rules?: object | null;
}

export interface DeploymentOfTest {
  readonly workflows?: readonly WorkflowOfTest[];
  /** Of the execution that made its environment; null for no record of it. */
  readonly environment?: string | null;
  readonly visibility?: string;
  /** States of the instances of its one node. */
  readonly states?: readonly string[];
}

/** A deployment as its making leaves it, written straight into the database: what runs on it is the test's subject. */
export class DeployedWorld {
  private readonly blueprints = new Map<string, string>();

  constructor(private readonly test: TestApp) {}

  async deployment(owner: Member, of: DeploymentOfTest = {}): Promise<string> {
    const blueprint = await this.blueprint(owner);
    const id = unique('dep');
    const workflows = (of.workflows ?? [{ name: 'install' }]).map((workflow) => ({
      plugin: 'test',
      operation: `test.${workflow.name}`,
      parameters: {},
      is_cascading: false,
      availability_rules: null,
      ...workflow,
    }));
    const [row] = await allRows<{ storage_id: string }>(
      this.test.database,
      `INSERT INTO deployment (id, tenant_id, creator_id, visibility, display_name, blueprint_id, workflows, files_key, created_at, updated_at)
       SELECT $1, b.tenant_id, b.creator_id, $2, $1, b.storage_id, $3, gen_random_uuid(), now(), now() FROM blueprint b WHERE b.id = $4
       RETURNING storage_id`,
      [id, of.visibility ?? 'tenant', JSON.stringify(workflows), blueprint],
    );
    const storageId = row?.storage_id ?? '';
    if (of.environment !== null) await this.environment(storageId, of.environment ?? 'terminated');
    await this.instances(storageId, of.states ?? []);
    return id;
  }

  /** What really stands in the database of an execution. */
  async row(id: string): Promise<Record<string, unknown>> {
    const [row] = await allRows<Record<string, unknown>>(this.test.database, 'SELECT * FROM execution WHERE id = $1', [
      id,
    ]);
    return row ?? {};
  }

  private async blueprint(owner: Member): Promise<string> {
    const known = this.blueprints.get(owner.username);
    if (known !== undefined) return known;
    const id = unique('bp');
    const { body } = await owner.client.get('/user');
    await allRows(
      this.test.database,
      `INSERT INTO blueprint (id, tenant_id, creator_id, visibility, state, files_key, created_at, updated_at)
       SELECT $1, t.id, u.id, 'global', 'uploaded', gen_random_uuid(), now(), now() FROM tenant t, user_account u
        WHERE t.name = $2 AND u.username = $3`,
      [id, owner.client.identity.tenant, body.username],
    );
    this.blueprints.set(owner.username, id);
    return id;
  }

  private async environment(storageId: string, status: string): Promise<void> {
    await allRows(
      this.test.database,
      `WITH made AS (
         INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, error, engine, deployment_id, deployment_name, created_at)
         SELECT gen_random_uuid()::text, tenant_id, creator_id, visibility, 'create_deployment_environment', $2, 'Traceback\nno such plugin',
                'none', storage_id, id, now() FROM deployment WHERE storage_id = $1
         RETURNING storage_id)
       UPDATE deployment SET create_execution_id = (SELECT storage_id FROM made) WHERE storage_id = $1`,
      [storageId, status],
    );
  }

  private async instances(storageId: string, states: readonly string[]): Promise<void> {
    if (states.length === 0) return;
    await allRows(
      this.test.database,
      `WITH made AS (
         INSERT INTO node (id, deployment_id, tenant_id, creator_id, visibility, position, type, type_hierarchy, properties, operations,
           relationships, number_of_instances, planned_number_of_instances, deploy_number_of_instances, min_number_of_instances, max_number_of_instances)
         SELECT 'vm', storage_id, tenant_id, creator_id, visibility, 0, 'cloudify.nodes.Compute',
                '{cloudify.nodes.Root,cloudify.nodes.Compute}', '{}', '{}', '[]', 1, 1, 1, 0, -1 FROM deployment WHERE storage_id = $1
         RETURNING *)
       INSERT INTO node_instance (id, deployment_id, node_id, tenant_id, creator_id, visibility, index, state)
       SELECT 'vm_' || $1 || '_' || n, deployment_id, storage_id, tenant_id, creator_id, visibility, n, s
         FROM made, unnest($2::text[]) WITH ORDINALITY AS u (s, n)`,
      [storageId, states],
    );
  }
}
