import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EnvelopeError } from '../../core/envelope/envelope-error.js';
import { IntegrityError } from '../../core/errors/app-error.js';
import { systemCtx } from '../context/ctx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { AllTenants } from './all-tenants.js';
import { KeyStoreError } from './key-store-error.js';
import { RootKeys } from './root-keys.js';
import { RootKeyStart } from './root-key-start.js';
import { SealedColumns, type SealedColumn } from './sealed-columns.js';
import { VaultStateRepository } from './vault-state.repository.js';
import { Vault, type SealedCell } from './vault.js';

const CANARY: SealedColumn = {
  table: 'vault_canary',
  column: 'sealed',
  versionColumn: 'record_version',
  idColumn: 'id',
  tenantColumn: null,
};
const CANARY_TEXT = 'holdfast canary';
const CANARY_VERSION = 1;

const canaryCell = (recordVersion: number): SealedCell => ({
  tenantId: null,
  table: CANARY.table,
  column: CANARY.column,
  rowId: '1',
  recordVersion,
});

/** Before anything else uses the vault: do these root keys belong to this database? */
@Injectable()
export class VaultStart implements OnModuleInit {
  constructor(
    columns: SealedColumns,
    private readonly rootKeyStart: RootKeyStart,
    private readonly rootKeys: RootKeys,
    private readonly vault: Vault,
    private readonly state: VaultStateRepository,
    private readonly tenants: AllTenants,
    private readonly unitOfWork: UnitOfWork,
  ) {
    columns.declare(CANARY);
  }

  async onModuleInit(): Promise<void> {
    await this.run();
  }

  /** @throws KeyStoreError: the process must not serve (security-design §4, §10). */
  async run(): Promise<void> {
    await this.rootKeyStart.run();
    await this.assertRootKeysAreKnown();
    try {
      await this.openCanary();
    } catch (error) {
      if (!(error instanceof IntegrityError) && !(error instanceof EnvelopeError)) throw error;
      throw new KeyStoreError(
        `The root key \`${this.rootKeys.active().label}\` does not open the canary of this database: its key is not the one ` +
          `that the database was sealed with, or the database was changed. Restore ${this.rootKeys.path} or root_key that ` +
          'belong to it.',
        { cause: error },
      );
    }
  }

  private async assertRootKeysAreKnown(): Promise<void> {
    const labels = await this.unitOfWork.run(await this.tenants.ctx('vault'), (ctx) => this.state.rootLabels(ctx));
    for (const label of labels) this.rootKeys.byLabel(label);
  }

  private async openCanary(): Promise<void> {
    const read = () => this.unitOfWork.run(systemCtx('vault'), (ctx) => this.state.canary(ctx));
    let canary = await read();
    if (canary === undefined) {
      // Sealing opens the installation's key first, so a lost canary does not let a wrong root key in.
      const sealed = await this.vault.seal(canaryCell(CANARY_VERSION), Buffer.from(CANARY_TEXT));
      await this.unitOfWork.run(systemCtx('vault'), (ctx) =>
        this.state.insertCanary(ctx, { sealed, recordVersion: CANARY_VERSION }),
      );
      canary = await read(); // ours, or that of a replica which was faster
    }
    if (canary === undefined) throw new KeyStoreError('The canary of this database vanished while it was made.');
    const opened = await this.vault.open(canaryCell(canary.recordVersion), canary.sealed);
    if (opened.toString() !== CANARY_TEXT) throw new KeyStoreError('The canary of this database holds something else.');
  }
}
