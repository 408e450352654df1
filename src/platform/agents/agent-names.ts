import type { TenantCtx } from '../context/ctx.js';

/** A port: which agents there are. Whoever holds agents takes the place of what answers that there are none. */
export abstract class AgentNames {
  /** Those of `names` that are agents of the tenant and that the caller may see; each once. */
  abstract known(ctx: TenantCtx, names: readonly string[]): Promise<ReadonlySet<string>>;
}
