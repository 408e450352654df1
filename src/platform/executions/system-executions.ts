import type { Reach } from '../../core/access/visibility.js';
import type { Ctx, TenantCtx } from '../context/ctx.js';

/** An execution on the wire (rest-api §3.6). */
export type ExecutionView = Readonly<Record<string, unknown>>;

export type ExecutionOutcome = { readonly kind: 'terminated' } | { readonly kind: 'failed'; readonly error: string };

/** A system workflow that the manager runs itself, under the tenant and rights of whoever started it. */
export interface SystemWorkflow {
  readonly workflowId: string;
  /**
   * Does the work. May be called again for the same execution after a crash, so it must be repeatable; what it cannot
   * finish it answers as `failed`, with a text for people. An error that is thrown is ours: it is logged, and the
   * execution fails with an id instead of internals.
   */
  run(ctx: TenantCtx, execution: RunningExecution): Promise<ExecutionOutcome>;
  /**
   * Runs in the transaction in which an execution ends as failed, for whatever reason: also when it was given up without
   * `run` being asked. What the workflow works on can so never look unfinished when its execution has failed.
   */
  failed?(ctx: TenantCtx, executionId: string, error: string): Promise<void>;
}

export interface RunningExecution {
  readonly id: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** How often a worker began it before and was lost. */
  readonly earlierAttempts: number;
  /** Aborted when the worker stops or the lease is lost: nothing may be written any more. */
  readonly signal: AbortSignal;
  /** Adds a line to the execution's log. */
  log(level: 'debug' | 'info' | 'warning' | 'error', message: string): Promise<void>;
}

/** A port, given by modules/executions: durable work of the manager itself, kept in PostgreSQL. */
export abstract class SystemExecutions {
  /** Tells which workflow runs what; at module initialisation. */
  abstract register(workflow: SystemWorkflow): void;

  /**
   * Writes a pending execution in the open transaction, and answers its internal number. A worker takes it once that has
   * committed.
   */
  abstract start(
    ctx: TenantCtx,
    request: {
      readonly id: string;
      readonly workflowId: string;
      readonly parameters: Readonly<Record<string, unknown>>;
      readonly visibility: 'private' | 'tenant' | 'global';
      /** The deployment that it makes, changes or deletes; a row of the same tenant. */
      readonly deployment?: {
        readonly storageId: string;
        readonly id: string;
        readonly displayName: string;
        readonly blueprintId: string;
      };
    },
  ): Promise<string>;

  /** Wakes a worker of this process; call after the commit. Others find the work within seconds. */
  abstract wake(): void;

  /** The executions among these that the caller may see, by id. One query. Runs in the open transaction. */
  abstract views(
    ctx: Ctx & { readonly reach: Reach },
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, ExecutionView>>;

  /** Resolves when the execution has ended, or after `timeoutMs`; tells whether it ended. */
  abstract waitForEnd(ctx: TenantCtx, id: string, timeoutMs: number): Promise<boolean>;
}
