import type { Parameters } from '../../../core/graph/sequences/phase.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import type { RunningDeployment } from '../../deployments/running/deployment-runtime.port.js';

export interface InnerWorkflow {
  /** Of the execution that asks. */
  readonly executionId: string;
  /** Unique in that execution. */
  readonly phase: string;
  readonly deployment: RunningDeployment;
  readonly workflow: string;
  readonly parameters: Parameters;
}

/**
 * A port: executions that an execution starts and waits for. Asked again after a crash, it goes on waiting for those that
 * it started. Both answer false when they were stopped before.
 */
export abstract class InnerWorkflows {
  /** On every service below the deployment; how they end is not looked at (orchestration §9.3 `recursive`). */
  abstract onServices(ctx: TenantCtx, inner: InnerWorkflow, isStopped: () => boolean): Promise<boolean>;
  /**
   * On the deployment itself, forced (orchestration §11).
   * @throws AppError when it did not end well
   */
  abstract onDeployment(ctx: TenantCtx, inner: InnerWorkflow, isStopped: () => boolean): Promise<boolean>;
}
