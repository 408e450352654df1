import { Injectable } from '@nestjs/common';
import type { Clock } from '../clock/clock.js';
import { systemCtx } from '../context/ctx.js';
import { advisoryLockKeys } from '../database/advisory-locks.js';
import { queryRows } from '../database/tx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { Installation } from './installation.js';
import { PurposeKeyRepository } from './purpose-key.repository.js';
import { PurposeKeys } from './purpose-keys.js';
import { RootKeys } from './root-keys.js';
import { RootKeyUse } from './root-key-use.js';
import type { VaultOptions } from './vault-options.js';
import { VaultStateRepository } from './vault-state.repository.js';

/** Makes the root keys ready: reads them, or makes the first one where nothing was ever sealed. */
@Injectable()
export class RootKeyStart {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly rootKeys: RootKeys,
    private readonly state: VaultStateRepository,
  ) {}

  /** @throws KeyStoreError when the root keys are missing, unreadable, or readable by others. */
  async run(): Promise<void> {
    await this.unitOfWork.run(systemCtx('vault'), async (ctx) => {
      await queryRows(ctx, 'SELECT pg_advisory_xact_lock($1, $2)', advisoryLockKeys('keyStore'));
      // The file is durable before anything is wrapped: a kill in between leaves a key that the next start takes up.
      await ((await this.state.isNew(ctx)) ? this.rootKeys.loadOrCreate() : this.rootKeys.load());
    });
  }
}

/**
 * Purpose keys for the moments before the application exists, such as the password of the role that it connects as.
 * One connection is enough, and the tables of the key store must be there.
 * @throws KeyStoreError
 */
export async function openPurposeKeys(
  unitOfWork: UnitOfWork,
  options: VaultOptions,
  clock: Clock,
): Promise<PurposeKeys> {
  const state = new VaultStateRepository();
  const rootKeys = new RootKeys(options, clock);
  await new RootKeyStart(unitOfWork, rootKeys, state).run();
  const use = new RootKeyUse(rootKeys, unitOfWork);
  return new PurposeKeys(unitOfWork, new PurposeKeyRepository(), use, new Installation(unitOfWork, state), clock);
}
