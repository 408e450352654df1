import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { SealedColumns } from '../../platform/vault/sealed-columns.js';
import { Vault, type SealedCell } from '../../platform/vault/vault.js';

/** 256 bits would be plenty for any broker; 192 make 32 characters without padding. */
const PASSWORD_BYTES = 24;

/** A tenant's broker password as the database holds it. */
export interface SealedBrokerPassword {
  readonly tenantId: number;
  readonly version: number;
  readonly sealed: Buffer;
}

/**
 * The passwords of the tenants' broker users (rest-api §2.3). Sealed under the installation's key, not the tenant's: it
 * is made before the tenant is there to have a key, it is read by work of the whole installation (the broker's set-up,
 * lists over tenants), and it goes with the tenant's row.
 */
@Injectable()
export class BrokerPasswordsService {
  constructor(
    private readonly vault: Vault,
    columns: SealedColumns,
  ) {
    columns.declare({
      table: 'tenant',
      column: 'rabbitmq_password_sealed',
      versionColumn: 'rabbitmq_password_version',
      idColumn: 'id',
      tenantColumn: null,
    });
  }

  generate(): string {
    return randomBytes(PASSWORD_BYTES).toString('base64url');
  }

  seal(tenantId: number, version: number, password: string): Promise<Buffer> {
    return this.vault.seal(cellOf(tenantId, version), Buffer.from(password, 'utf8'));
  }

  /** @throws IntegrityError when it does not open */
  async open({ tenantId, version, sealed }: SealedBrokerPassword): Promise<string> {
    return (await this.vault.open(cellOf(tenantId, version), sealed)).toString('utf8');
  }
}

function cellOf(tenantId: number, version: number): SealedCell {
  return {
    tenantId: null,
    table: 'tenant',
    column: 'rabbitmq_password_sealed',
    rowId: String(tenantId),
    recordVersion: version,
  };
}
