import { Injectable } from '@nestjs/common';
import { SealedColumns } from '../../platform/vault/sealed-columns.js';
import { Vault, type SealedCell } from '../../platform/vault/vault.js';
import type { SecretRow } from './secrets.repository.js';

type Column = 'value_sealed' | 'provider_options_sealed';

/** The cell of a secret that a value is bound to. */
export interface SecretCell {
  readonly tenantId: number;
  readonly id: string;
  readonly version: number;
}

/**
 * Values of secrets, into envelopes and out of them (security-design §4). A value is sealed as text: that of a secret
 * with a schema as its JSON.
 */
@Injectable()
export class SecretValues {
  constructor(
    private readonly vault: Vault,
    columns: SealedColumns,
  ) {
    const common = { table: 'secret', idColumn: 'id', tenantColumn: 'tenant_id' } as const;
    columns.declare({ ...common, column: 'value_sealed', versionColumn: 'record_version' });
    columns.declare({ ...common, column: 'provider_options_sealed', versionColumn: 'provider_options_version' });
  }

  /** Asks the database at times, on a connection of its own: call it outside of a transaction. */
  seal(cell: SecretCell, text: string): Promise<Buffer> {
    return this.vault.seal(sealedCell(cell, 'value_sealed'), Buffer.from(text, 'utf8'));
  }

  sealProviderOptions(cell: SecretCell, options: unknown): Promise<Buffer> {
    return this.vault.seal(sealedCell(cell, 'provider_options_sealed'), Buffer.from(JSON.stringify(options), 'utf8'));
  }

  /** The value as it was sealed: of a secret with a schema, its JSON text. @throws IntegrityError when it does not open. */
  async text(secret: SecretRow): Promise<string> {
    const cell = { tenantId: secret.tenant_id, id: secret.id, version: secret.record_version };
    return (await this.vault.open(sealedCell(cell, 'value_sealed'), secret.value_sealed)).toString('utf8');
  }

  /** The value as the wire has it. @throws IntegrityError when it does not open. */
  async value(secret: SecretRow): Promise<unknown> {
    const text = await this.text(secret);
    return secret.schema === null ? text : (JSON.parse(text) as unknown);
  }

  /** Null when it has none. @throws IntegrityError when they do not open. */
  async providerOptions(secret: SecretRow): Promise<unknown> {
    if (secret.provider_options_sealed === null) return null;
    const cell = { tenantId: secret.tenant_id, id: secret.id, version: secret.provider_options_version };
    const opened = await this.vault.open(sealedCell(cell, 'provider_options_sealed'), secret.provider_options_sealed);
    return JSON.parse(opened.toString('utf8')) as unknown;
  }
}

function sealedCell({ tenantId, id, version }: SecretCell, column: Column): SealedCell {
  return { tenantId, table: 'secret', column, rowId: id, recordVersion: version };
}
