import type { Ctx } from '../context/ctx.js';

/** A port, given by modules/auth: which accounts are locked for strangers (rest-api §1.4). */
export abstract class LoginLocks {
  /** Those of the canonical names that are locked now. Runs in the open transaction. */
  abstract lockedAmong(ctx: Ctx, usernameKeys: readonly string[]): Promise<ReadonlySet<string>>;

  /** Forgets the failures of a name, from every address. Runs in the open transaction. */
  abstract reset(ctx: Ctx, usernameKey: string): Promise<void>;
}
