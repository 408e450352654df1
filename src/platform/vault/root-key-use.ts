import { Injectable } from '@nestjs/common';
import { systemCtx, type Ctx } from '../context/ctx.js';
import { advisoryLockKeys } from '../database/advisory-locks.js';
import { queryRows } from '../database/tx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { RootKeys, type RootKey } from './root-keys.js';

/**
 * Who wraps a new key takes a shared lock and reads the key ring under it; who changes the wrapping key takes the lock
 * alone. So no key is wrapped by a root key after another one took over, and retiring the old one strands nothing.
 */
@Injectable()
export class RootKeyUse {
  constructor(
    private readonly rootKeys: RootKeys,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** The root key to wrap with, valid until the transaction of `ctx` ends. */
  async forWrapping(ctx: Ctx): Promise<RootKey> {
    await queryRows(ctx, 'SELECT pg_advisory_xact_lock_shared($1, $2)', advisoryLockKeys('rootKeyInUse'));
    await this.rootKeys.load();
    return this.rootKeys.active();
  }

  /**
   * The root key that wrapped something; looks into the key ring again before it gives up.
   * @throws KeyStoreError
   */
  async byLabel(label: string): Promise<RootKey> {
    if (!this.rootKeys.knows(label)) await this.rootKeys.load();
    return this.rootKeys.byLabel(label);
  }

  /** Runs `change` while nobody wraps. */
  async alone(change: () => Promise<void>): Promise<void> {
    await this.unitOfWork.run(systemCtx('key-rotation'), async (ctx) => {
      await queryRows(ctx, 'SELECT pg_advisory_xact_lock($1, $2)', advisoryLockKeys('rootKeyInUse'));
      await change();
    });
  }
}
