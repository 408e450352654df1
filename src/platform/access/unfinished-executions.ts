import type { Ctx } from '../context/ctx.js';

export interface UnfinishedExecution {
  readonly id: string;
  readonly status: string;
  readonly deployment_id: string | null;
  readonly workflow_id: string;
}

/**
 * A port, given by modules/executions: what still runs, or is about to, in any tenant. Activating maintenance mode waits
 * until there is none (rest-api §1.17).
 */
export abstract class UnfinishedExecutions {
  /** Those of every tenant: only for callers who may switch maintenance mode. */
  abstract list(ctx: Ctx): Promise<readonly UnfinishedExecution[]>;
  abstract exist(): Promise<boolean>;
}
