import type { ResolvedOperation } from '../../../core/dsl/plan.js';
import type { Value } from '../../../core/dsl/values.js';
import type { Json, Keeps, OperationAction } from '../../../core/graph/task.js';
import type { WorkflowInstance, WorkflowNode } from '../../../core/graph/topology.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type {
  OperationHost,
  OperationInstance,
  OperationRequest,
} from '../../../platform/operations/operation-dispatch.js';

/** A deployment, as its executions see it. */
export interface RunningDeployment {
  readonly storageId: string;
  readonly id: string;
  readonly displayName: string;
  readonly creator: string;
  readonly blueprintId: string;
  readonly resourceTags: Readonly<Record<string, Json>>;
  /** By name; as stored. */
  readonly workflows: readonly StoredWorkflow[];
}

/** plan.md §1.4, with its name. */
export interface StoredWorkflow {
  readonly name: string;
  readonly plugin: string;
  readonly operation: string;
  readonly parameters: Readonly<Record<string, Json>>;
  readonly is_cascading: boolean;
  readonly availability_rules: Readonly<Record<string, Json>> | null;
}

/** Everything that workflows decide by, at one moment. */
export interface DeploymentSnapshot {
  /** Operations are there with what a graph needs of them; `inputs` may be empty, they are read when one is sent. */
  readonly nodes: readonly WorkflowNode[];
  readonly instances: readonly WorkflowInstance[];
  /** By instance; where there are any (orchestration §6). */
  readonly systemProperties: ReadonlyMap<string, Readonly<Record<string, Json>>>;
}

export interface StateChange {
  readonly instance: string;
  readonly state: string;
  readonly at: Date;
}

/** The result of an operation that says how an instance is (orchestration §6, §10). */
export interface KeptResult {
  readonly instance: string;
  readonly keeps: Keeps;
  /** The operation's name. */
  readonly task: string;
  readonly ok: boolean;
  readonly result: Json;
  /** Of `relationship-drift`: the other end, and whose operation it was. */
  readonly relationship?: { readonly target: string; readonly side: 'source' | 'target' };
  readonly executionId: string;
  readonly at: Date;
}

/** An operation with its functions evaluated: what the dispatcher is given besides what the execution itself knows. */
export interface PreparedOperation extends Pick<OperationRequest, 'inputs' | 'secretValues' | 'subject'> {
  readonly operation: ResolvedOperation;
  readonly pluginProperties: Readonly<Record<string, Json>>;
}

/**
 * What executions do with a deployment. Methods that take part in a step of the engine run in the open transaction and
 * are one statement, however many rows; the others open their own.
 */
export abstract class DeploymentRuntime {
  /** In the open transaction. Null when it is gone or may not be seen. */
  abstract find(ctx: TenantCtx, storageId: string): Promise<RunningDeployment | null>;

  /** In the open transaction. */
  abstract snapshot(ctx: TenantCtx, storageId: string): Promise<DeploymentSnapshot>;

  /**
   * In the open transaction; each change raises the version, the last one of an instance stays. Writes what belongs to
   * `configured` and `started` besides (orchestration §6). Instances that are gone are passed over.
   */
  abstract setStates(ctx: TenantCtx, storageId: string, changes: readonly StateChange[]): Promise<void>;

  /** In the open transaction. Keeps results in the system properties, and the flags and counters made of them. */
  abstract keepResults(ctx: TenantCtx, storageId: string, results: readonly KeptResult[]): Promise<void>;

  /**
   * Reads an operation and evaluates its inputs, `get_secret` included, with the rights of `ctx`. Opens its own
   * transactions.
   * @param kwargs of the workflow, over the operation's inputs (orchestration §8 step 3)
   * @throws AppError or DslError with a text for people: the operation fails with it, and is not retried
   */
  abstract prepare(ctx: TenantCtx, storageId: string, action: OperationAction): Promise<PreparedOperation>;

  /** What an operation may do with the deployment while it runs; opens its own transactions. */
  abstract hostOf(
    ctx: TenantCtx,
    storageId: string,
  ): Pick<OperationHost, 'runtimeProperties' | 'saveRuntimeProperties' | 'instance' | 'resource' | 'workFolder'>;

  /** In the open transaction: another instance of the deployment. */
  abstract instance(ctx: TenantCtx, storageId: string, id: string): Promise<OperationInstance | null>;

  /** In the open transaction: an execution of the deployment started; it becomes the latest one (orchestration §1). */
  abstract executionStarted(ctx: TenantCtx, storageId: string, executionStorageId: string): Promise<void>;

  /** In the open transaction: installation, deployment and ancestors' statuses are worked out anew (orchestration §5). */
  abstract executionEnded(
    ctx: TenantCtx,
    storageId: string,
    execution: {
      readonly storageId: string;
      readonly workflowId: string;
      readonly status: 'terminated' | 'failed' | 'cancelled';
    },
  ): Promise<void>;

  /**
   * Evaluates the functions in a workflow's parameter, in nobody's name (dsl.md §12). Secrets are not resolved: what
   * comes back is stored. Their calls stay, and are resolved when an operation that they reach is sent. Opens its own
   * transactions, or joins the open one.
   * @throws DslError with a text for people
   */
  abstract evaluate(ctx: TenantCtx, storageId: string, value: Value): Promise<Value>;

  /**
   * In the open transaction: the row goes with all that is in it, and what its ancestors know of it. Its files are
   * noted for removal. The execution that asks for it does not belong to it any more (orchestration §1).
   */
  abstract remove(ctx: TenantCtx, storageId: string): Promise<void>;
}
