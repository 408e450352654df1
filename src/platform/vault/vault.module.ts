import { Module, type DynamicModule } from '@nestjs/common';
import { AllTenants } from './all-tenants.js';
import { ExportPassphrases } from './export-passphrase.js';
import { Installation } from './installation.js';
import { IntegrityAlarm } from './integrity-alarm.js';
import { KeyRotation } from './key-rotation.js';
import { KeyRotationRepository } from './key-rotation.repository.js';
import { KeyStatusReader } from './key-status.js';
import { KeySweep } from './key-sweep.js';
import { PurposeKeyRepository } from './purpose-key.repository.js';
import { PurposeKeys } from './purpose-keys.js';
import { RootKeyRotation } from './root-key-rotation.js';
import { RootKeyStart } from './root-key-start.js';
import { RootKeyUse } from './root-key-use.js';
import { RootKeys } from './root-keys.js';
import { RotationJournal } from './rotation-journal.js';
import { SealedColumnCheck } from './sealed-column-check.js';
import { SealedColumnRepository } from './sealed-column.repository.js';
import { SealedColumns } from './sealed-columns.js';
import { TenantKeyRotation } from './tenant-key-rotation.js';
import { TenantKeyRepository } from './tenant-key.repository.js';
import { TenantKeys } from './tenant-keys.js';
import { VaultOptions } from './vault-options.js';
import { VaultService } from './vault.service.js';
import { VaultStart } from './vault-start.js';
import { VaultStateRepository } from './vault-state.repository.js';
import { Vault } from './vault.js';

/**
 * Sealed values and the keys behind them, for every module. Needs UnitOfWork, Clock and Log from global modules; the
 * database must be migrated. At start it makes or checks the root key, then, when all modules are there, the columns.
 */
@Module({})
export class VaultModule {
  static forRoot(options: VaultOptions): DynamicModule {
    return {
      module: VaultModule,
      global: true,
      providers: [
        { provide: VaultOptions, useValue: options },
        { provide: Vault, useClass: VaultService },
        AllTenants,
        ExportPassphrases,
        Installation,
        IntegrityAlarm,
        KeyRotation,
        KeyRotationRepository,
        KeyStatusReader,
        KeySweep,
        PurposeKeyRepository,
        PurposeKeys,
        RootKeyRotation,
        RootKeyStart,
        RootKeyUse,
        RootKeys,
        RotationJournal,
        SealedColumnCheck,
        SealedColumnRepository,
        SealedColumns,
        TenantKeyRepository,
        TenantKeyRotation,
        TenantKeys,
        VaultStart,
        VaultStateRepository,
      ],
      exports: [Vault, SealedColumns, KeyRotation, PurposeKeys, TenantKeys, ExportPassphrases, Installation],
    };
  }
}
