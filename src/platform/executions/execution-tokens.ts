import type { TenantCtx } from '../context/ctx.js';

/** A port, given by modules/auth: tokens of executions (security-design §1 row 6): one tenant, one execution, dead with it. */
export abstract class ExecutionTokens {
  /** A new one, in the open transaction. Those of an earlier run of the execution are over. */
  abstract mint(ctx: TenantCtx, executionStorageId: string): Promise<string>;

  /** Ends those there are, in the open transaction: whoever holds one is told to stop. */
  abstract revoke(ctx: TenantCtx, executionStorageId: string): Promise<void>;
}
