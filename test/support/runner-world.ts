import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Json, OperationAction } from '../../src/core/graph/task.js';
import type { Result } from '../../src/core/graph/state.js';
import type { WorkflowInstance } from '../../src/core/graph/topology.js';
import { ExecutionStatusesRepository } from '../../src/modules/executions/status/execution-statuses.repository.js';
import { ExecutionStatuses } from '../../src/modules/executions/status/execution-statuses.service.js';
import type { SystemExecutionsService } from '../../src/modules/executions/system-executions.service.js';
import { EventWriter } from '../../src/modules/executions/events/event-writer.service.js';
import { GraphStore } from '../../src/modules/executions/running/graph-store.repository.js';
import { OperationRunner } from '../../src/modules/executions/running/operation-runner.service.js';
import { PlainPhases } from '../../src/modules/executions/running/plain-phases.service.js';
import { RunningRepository } from '../../src/modules/executions/running/running.repository.js';
import { WorkflowWorker } from '../../src/modules/executions/running/workflow-worker.js';
import { WorldReader } from '../../src/modules/executions/running/world-reader.service.js';
import type { DeploymentModifications } from '../../src/modules/deployments/modifications/deployment-modifications.service.js';
import {
  type DeploymentRuntime,
  type DeploymentSnapshot,
  type KeptResult,
  type PreparedOperation,
  type RunningDeployment,
  type StateChange,
} from '../../src/modules/deployments/running/deployment-runtime.port.js';
import type { ActorFactory } from '../../src/platform/access/actor-factory.js';
import type { AuditSink } from '../../src/platform/audit/audit-sink.js';
import { SystemClock } from '../../src/platform/clock/clock.js';
import type { AppConfig } from '../../src/platform/config/config.js';
import { systemCtx, type TenantCtx } from '../../src/platform/context/ctx.js';
import { createAppDataSource } from '../../src/platform/database/data-source.js';
import { installTypeParsers } from '../../src/platform/database/pg-types.js';
import { execute, queryRows } from '../../src/platform/database/tx.js';
import { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import type { Log } from '../../src/platform/logging/log.js';
import {
  OperationDispatch,
  type OperationHost,
  type OperationInstance,
  type OperationRequest,
} from '../../src/platform/operations/operation-dispatch.js';
import type { RuntimeSettings } from '../../src/platform/settings/runtime-settings.js';
import { EventEmitter } from 'node:events';
import { createTestDatabase, type TestDatabase } from './database.js';
import { allRows, asSuperuser } from './superuser.js';
import { workflowTopology, type NodeShape } from './workflow-world.js';

/* Workers over a real database. What they are given from outside is played: deployments by their rows, and operations. */

const TENANT = 1;

/** What a deployment of a test looks like: nodes, and how many instances each has; they link by number. */
export interface Sketch {
  readonly nodes: readonly NodeShape[];
  readonly instances: readonly WorkflowInstance[];
  readonly subgraphRetries?: number;
  readonly retryInterval?: number;
}

/** An operation that was sent to the dispatcher of a test, and waits to be answered. */
export interface Sent {
  readonly request: OperationRequest;
  readonly host: OperationHost;
  readonly signal: AbortSignal;
  /** `node.operation` without the interface. */
  readonly name: string;
  started(): void;
  answer(result?: Result): void;
}

/** Answers operations as a test says; by default it keeps them. */
export class PlayedDispatch extends OperationDispatch {
  readonly sent: Sent[] = [];
  /** Everything that ever began, in order. */
  readonly ledger: string[] = [];
  underWay = 0;
  most = 0;
  decide: ((sent: Sent) => Promise<Result | null> | Result | null) | null = null;
  private readonly watchers: (() => void)[] = [];

  override run(
    request: OperationRequest,
    host: OperationHost,
    { signal, started }: { readonly signal: AbortSignal; readonly started: () => void },
  ): Promise<Result> {
    const instance = request.subject.kind === 'node-instance' ? request.subject.instance.id : request.subject.source.id;
    const name = `${instance}.${request.operation.name.split('.').at(-1) ?? ''}`;
    this.ledger.push(request.operation.isResumed ? `${name} (resumed)` : name);
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    return new Promise<Result>((resolve) => {
      let isOver = false;
      const answer = (result: Result = { kind: 'success', value: null }): void => {
        if (isOver) return;
        isOver = true;
        this.underWay -= 1;
        resolve(result);
      };
      signal.addEventListener('abort', () => answer({ kind: 'non-recoverable', cause: 'stopped' }), { once: true });
      const sent: Sent = { request, host, signal, name, started, answer };
      if (this.decide === null) {
        started();
        this.keep(sent);
        return;
      }
      void Promise.resolve(this.decide(sent)).then((result) => {
        if (result === null) this.keep(sent);
        else answer(result);
      });
    });
  }

  /** Resolves with the operation of that name, once it was sent. */
  async next(name: string): Promise<Sent> {
    for (;;) {
      const place = this.sent.findIndex((each) => each.name === name);
      const [found] = place === -1 ? [] : this.sent.splice(place, 1);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.watchers.push(resolve));
    }
  }

  private keep(sent: Sent): void {
    this.sent.push(sent);
    for (const tell of this.watchers.splice(0)) tell();
  }
}

/** Deployments by their rows; nodes as the sketch has them. */
class PlayedRuntime implements Omit<DeploymentRuntime, 'evaluate' | 'remove'> {
  readonly sketches = new Map<string, Sketch>();
  readonly kept: KeptResult[] = [];
  /** Values of secrets that operations have among their inputs. */
  secrets: readonly string[] = [];
  refuse: ((action: OperationAction) => Error | null) | null = null;

  async find(ctx: TenantCtx, storageId: string): Promise<RunningDeployment | null> {
    const [row] = await queryRows<{ id: string }>(ctx, 'SELECT id FROM deployment WHERE storage_id = $1', [storageId]);
    if (!row) return null;
    return {
      storageId,
      id: row.id,
      displayName: row.id,
      creator: 'admin',
      blueprintId: 'b',
      resourceTags: {},
      workflows: [],
    };
  }

  async snapshot(ctx: TenantCtx, storageId: string): Promise<DeploymentSnapshot> {
    const sketch = this.sketch(storageId);
    const rows = await queryRows<{ id: string; state: string }>(
      ctx,
      'SELECT id, state FROM node_instance WHERE deployment_id = $1',
      [storageId],
    );
    const states = new Map(rows.map(({ id, state }) => [id, state]));
    const { instances } = workflowTopology(sketch.nodes, sketch.instances);
    return {
      nodes: nodesOf(sketch),
      instances: instances.map((each) => ({ ...each, state: states.get(each.id) ?? each.state })),
      systemProperties: new Map(),
    };
  }

  async setStates(ctx: TenantCtx, storageId: string, changes: readonly StateChange[]): Promise<void> {
    const last = new Map(changes.map(({ instance, state }) => [instance, state]));
    await execute(
      ctx,
      `UPDATE node_instance i SET state = x.state, version = version + 1
         FROM unnest($2::text[], $3::text[]) AS x (id, state),
              LATERAL (SELECT n.storage_id FROM node_instance n
                        WHERE n.tenant_id = $4 AND n.id = x.id AND n.deployment_id = $1 OFFSET 0) AS k
        WHERE i.storage_id = k.storage_id`,
      [storageId, [...last.keys()], [...last.values()], ctx.tenantId],
    );
  }

  keepResults(_ctx: TenantCtx, _storageId: string, results: readonly KeptResult[]): Promise<void> {
    this.kept.push(...results);
    return Promise.resolve();
  }

  prepare(_ctx: TenantCtx, _storageId: string, action: OperationAction): Promise<PreparedOperation> {
    const refused = this.refuse?.(action) ?? null;
    if (refused !== null) return Promise.reject(refused);
    const instance: OperationInstance = {
      id: action.instance,
      nodeId: action.instance.split('_')[0] ?? '',
      nodeType: 't',
      typeHierarchy: ['t'],
      hostId: null,
      index: 1,
      properties: {},
      scalingGroups: [],
      relationships: [],
    };
    return Promise.resolve({
      operation: {
        plugin: 'p',
        operation: action.operation,
        executor: 'central_deployment_agent',
        inputs: new Map(),
        has_intrinsic_functions: false,
        max_retries: null,
        retry_interval: null,
        timeout: null,
        timeout_recoverable: null,
      },
      pluginProperties: {},
      inputs: {},
      secretValues: this.secrets,
      subject: { kind: 'node-instance', instance },
    });
  }

  hostOf(): Pick<
    OperationHost,
    'runtimeProperties' | 'saveRuntimeProperties' | 'instance' | 'resource' | 'workFolder'
  > {
    return {
      runtimeProperties: () => Promise.resolve({ version: 1, properties: {} }),
      saveRuntimeProperties: () => Promise.resolve(2),
      instance: () => Promise.resolve(null),
      resource: () => Promise.resolve(null),
      workFolder: () => Promise.resolve('/nowhere'),
    };
  }

  instance(): Promise<null> {
    return Promise.resolve(null);
  }

  async executionStarted(ctx: TenantCtx, storageId: string, executionStorageId: string): Promise<void> {
    await execute(ctx, 'UPDATE deployment SET latest_execution_id = $2 WHERE storage_id = $1', [
      storageId,
      executionStorageId,
    ]);
  }

  executionEnded(): Promise<void> {
    return Promise.resolve();
  }

  private sketch(storageId: string): Sketch {
    const sketch = this.sketches.get(storageId);
    if (sketch === undefined) throw new Error(`There is no deployment ${storageId} in this test.`);
    return sketch;
  }
}

function nodesOf(sketch: Sketch): DeploymentSnapshot['nodes'] {
  const topology = workflowTopology(sketch.nodes, sketch.instances);
  const found = new Map(sketch.instances.map((each) => [each.node_id, topology.node(each)]));
  return [...found.values()];
}

export interface NewExecution {
  readonly workflow?: string;
  readonly parameters?: Readonly<Record<string, Json>>;
  readonly dryRun?: boolean;
  readonly mapping?: string;
  readonly waitAfterFail?: number;
}

const BLUEPRINT = `INSERT INTO blueprint (id, tenant_id, creator_id, visibility, state, files_key, created_at, updated_at)
  VALUES ('b', ${TENANT}, 0, 'tenant', 'uploaded', gen_random_uuid(), now(), now()) RETURNING storage_id`;
const PREFIX = 'default_workflows.cloudify.plugins.workflows.';

export class RunnerWorld {
  readonly dispatch = new PlayedDispatch();
  readonly warnings: unknown[] = [];
  retryInterval = 0;
  taskRetries = 0;
  subgraphRetries = 0;
  private readonly workers: { readonly worker: WorkflowWorker; readonly signals: EventEmitter }[] = [];

  private constructor(
    readonly database: TestDatabase,
    private readonly dataSource: DataSource,
    readonly unitOfWork: UnitOfWork,
    readonly runtime: PlayedRuntime,
  ) {}

  static async create(): Promise<RunnerWorld> {
    installTypeParsers();
    const database = await createTestDatabase();
    await asSuperuser(database, (client) =>
      client.query(`
        INSERT INTO role (id, name, type) OVERRIDING SYSTEM VALUE VALUES (900, 'someone', 'system_role');
        INSERT INTO user_account (id, username, username_key, role_id) VALUES (0, 'admin', 'admin', 900);
        INSERT INTO tenant (id, name, rabbitmq_username, rabbitmq_vhost) VALUES (1, 'blue', 'b', 'b'), (2, 'green', 'g', 'g');`),
    );
    const dataSource = createAppDataSource({
      connection: database.app,
      entities: [],
      poolSize: 12,
      log: { info: () => undefined, warn: () => undefined },
    });
    await dataSource.initialize();
    const unitOfWork = new UnitOfWork(dataSource);
    return new RunnerWorld(database, dataSource, unitOfWork, new PlayedRuntime());
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.dataSource.destroy();
    await this.database.drop();
  }

  /** A worker as a process of its own would have it. */
  startWorker(dispatch: OperationDispatch = this.dispatch): WorkflowWorker {
    const signals = new EventEmitter();
    const { unitOfWork } = this;
    const runtime = this.runtime as unknown as DeploymentRuntime;
    const clock = new SystemClock();
    const log = {
      warn: (...said: unknown[]) => this.warnings.push(said),
      error: (...said: unknown[]) => this.warnings.push(said),
      info: () => undefined,
    } as unknown as Log;
    const settings = {
      ofWorkflows: (name: string) =>
        name === 'task_retries'
          ? this.taskRetries
          : name === 'subgraph_retries'
            ? this.subgraphRetries
            : this.retryInterval,
    } as unknown as RuntimeSettings;
    const modifications = { open: () => Promise.resolve(null) } as unknown as DeploymentModifications;
    const audit = { record: () => Promise.resolve() } as unknown as AuditSink;
    const statuses = new ExecutionStatuses(new ExecutionStatusesRepository(), runtime, audit, clock);
    const actors = { actorOf: () => Promise.resolve(systemCtx('test').actor) } as unknown as ActorFactory;
    const worker = new WorkflowWorker(
      unitOfWork,
      new RunningRepository(),
      { signals } as unknown as SystemExecutionsService,
      actors,
      { role: 'worker' } as AppConfig,
      log,
      new GraphStore(),
      runtime,
      new EventWriter(clock),
      new OperationRunner(runtime, dispatch, unitOfWork, clock, log),
      statuses,
      new WorldReader(unitOfWork, runtime, modifications, settings),
      new PlainPhases(unitOfWork, modifications),
      clock,
    );
    worker.onApplicationBootstrap();
    this.workers.push({ worker, signals });
    return worker;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map(({ worker }) => worker.onModuleDestroy()));
  }

  /** As a request in the same process does it. */
  wake(): void {
    for (const { signals } of this.workers) signals.emit('wake');
  }

  /** A deployment with these instances. Answers its number. */
  async deployment(sketch: Sketch, id = `d-${randomUUID()}`): Promise<string> {
    const storageId = await asSuperuser(this.database, async (client) => {
      const blueprint = await client.query<{ storage_id: string }>(`SELECT storage_id FROM blueprint LIMIT 1`);
      const blueprintId =
        blueprint.rows[0]?.storage_id ?? (await client.query<{ storage_id: string }>(BLUEPRINT)).rows[0]?.storage_id;
      const made = await client.query<{ storage_id: string }>(
        `INSERT INTO deployment (id, tenant_id, creator_id, visibility, display_name, blueprint_id, files_key, created_at, updated_at)
         VALUES ($1, ${TENANT}, 0, 'tenant', $1, $2, gen_random_uuid(), now(), now()) RETURNING storage_id`,
        [id, blueprintId],
      );
      const number = made.rows[0]?.storage_id ?? '';
      const nodes = [...new Set(sketch.instances.map(({ node_id: node }) => node))];
      await client.query(
        `INSERT INTO node (id, deployment_id, tenant_id, creator_id, visibility, position, type, type_hierarchy, properties, operations,
                relationships, number_of_instances, planned_number_of_instances, deploy_number_of_instances,
                min_number_of_instances, max_number_of_instances)
         SELECT x.id, $1, ${TENANT}, 0, 'tenant', x.place, 't', '{t}', '{}', '{}', '[]', 1, 1, 1, 0, -1
           FROM unnest($2::text[]) WITH ORDINALITY AS x (id, place)`,
        [number, nodes],
      );
      await client.query(
        `INSERT INTO node_instance (id, deployment_id, node_id, tenant_id, creator_id, visibility, index, state)
         SELECT x.id, $1, n.storage_id, ${TENANT}, 0, 'tenant', 1, x.state
           FROM unnest($2::text[], $3::text[], $4::text[]) AS x (id, node, state)
           JOIN node n ON n.deployment_id = $1 AND n.id = x.node`,
        [
          number,
          sketch.instances.map((each) => each.id),
          sketch.instances.map((each) => each.node_id),
          sketch.instances.map((each) => each.state),
        ],
      );
      return number;
    });
    this.runtime.sketches.set(storageId, sketch);
    return storageId;
  }

  /** A pending execution, as a start leaves it. Answers its number. */
  async execution(deployment: string, options: NewExecution = {}): Promise<string> {
    const { workflow = 'install', parameters = {}, dryRun = false, waitAfterFail = 600 } = options;
    const [row] = await allRows<{ storage_id: string }>(
      this.database,
      `INSERT INTO execution (id, tenant_id, creator_id, visibility, workflow_id, status, parameters, engine, deployment_id,
              deployment_name, mapping, is_dry_run, wait_after_fail)
       SELECT $1, d.tenant_id, 0, 'tenant', $2, 'pending', $3::json, 'graph', d.storage_id, d.id, $4, $5, $6
         FROM deployment d WHERE d.storage_id = $7 RETURNING storage_id`,
      [
        randomUUID(),
        workflow,
        JSON.stringify(parameters),
        options.mapping ?? PREFIX + workflow,
        dryRun,
        waitAfterFail,
        deployment,
      ],
    );
    this.wake();
    return row?.storage_id ?? '';
  }

  /** As a request asks for it. */
  async ask(execution: string, status: string): Promise<void> {
    await allRows(this.database, 'UPDATE execution SET status = $2 WHERE storage_id = $1', [execution, status]);
    this.wake();
  }

  async resume(execution: string, force = false): Promise<void> {
    await allRows(
      this.database,
      `UPDATE execution SET status = 'pending', ended_at = NULL, run = run + 1, is_resumed = true, is_force_resumed = $2,
              attempts = 0, error = NULL WHERE storage_id = $1`,
      [execution, force],
    );
    this.wake();
  }

  /** As if its worker had died that long ago. */
  async expireLease(execution: string): Promise<void> {
    await allRows(
      this.database,
      `UPDATE execution SET lease_until = now() - interval '1 second' WHERE storage_id = $1`,
      [execution],
    );
  }

  async row(execution: string): Promise<ExecutionFacts> {
    const [row] = await allRows<ExecutionFacts>(
      this.database,
      `SELECT status, error, total_operations AS total, finished_operations AS finished, lease_owner AS owner, tail_owner AS tail, attempts
         FROM execution WHERE storage_id = $1`,
      [execution],
    );
    if (row === undefined) throw new Error('The execution is gone.');
    return row;
  }

  async until(execution: string, ...statuses: readonly string[]): Promise<ExecutionFacts> {
    return eventually(async () => {
      const row = await this.row(execution);
      return statuses.includes(row.status) ? row : null;
    });
  }

  async events(execution: string): Promise<string[]> {
    const rows = await allRows<{ text: string }>(
      this.database,
      `SELECT message AS text FROM event WHERE execution_storage_id = $1 ORDER BY storage_id`,
      [execution],
    );
    return rows.map(({ text }) => text);
  }

  async states(deployment: string): Promise<Record<string, string>> {
    const rows = await allRows<{ id: string; state: string }>(
      this.database,
      'SELECT id, state FROM node_instance WHERE deployment_id = $1 ORDER BY id',
      [deployment],
    );
    return Object.fromEntries(rows.map(({ id, state }) => [id, state]));
  }
}

export interface ExecutionFacts {
  readonly status: string;
  readonly error: string | null;
  readonly total: number | null;
  readonly finished: number | null;
  readonly owner: string | null;
  readonly tail: string | null;
  readonly attempts: number;
}

const LIMIT_MS = 30_000;

/** Looks until there is an answer. */
export async function eventually<T>(look: () => Promise<T | null>): Promise<T> {
  const until = Date.now() + LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > until) throw new Error('It did not happen in time.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
