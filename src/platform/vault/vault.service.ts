import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { KEY_BYTES, NONCE_BYTES } from '../../core/envelope/aead.js';
import { openEnvelope, parseEnvelope, sealEnvelope, type Cell, type FreshBytes } from '../../core/envelope/envelope.js';
import { EnvelopeError } from '../../core/envelope/envelope-error.js';
import { IntegrityError } from '../../core/errors/app-error.js';
import { Installation } from './installation.js';
import { IntegrityAlarm } from './integrity-alarm.js';
import { SealedColumns } from './sealed-columns.js';
import { TenantKeys } from './tenant-keys.js';
import { Vault, type SealedCell } from './vault.js';

/**
 * Envelope encryption under tenant keys (security-design §4). Both methods ask the database only when they do not
 * remember the key, then on a connection of their own: call them outside of a transaction, lest every connection of the
 * pool waits for one more.
 */
@Injectable()
export class VaultService extends Vault {
  constructor(
    private readonly columns: SealedColumns,
    private readonly keys: TenantKeys,
    private readonly installation: Installation,
    private readonly alarm: IntegrityAlarm,
  ) {
    super();
  }

  /** @throws Error when the cell's column was not declared to SealedColumns: rotation would not know it. */
  override async seal(cell: SealedCell, plaintext: Uint8Array): Promise<Buffer> {
    this.columns.assertDeclared(cell);
    const [key, where] = [await this.keys.current(cell.tenantId), await this.cellOf(cell)];
    const fresh = freshBytes();
    try {
      return sealEnvelope(where, key, fresh, plaintext);
    } finally {
      fresh.dataKey.fill(0);
    }
  }

  override async open(cell: SealedCell, sealed: Uint8Array): Promise<Buffer> {
    const where = await this.cellOf(cell);
    try {
      const envelope = parseEnvelope(sealed);
      const key =
        this.keys.remembered(cell.tenantId, envelope.keyVersion) ??
        (await this.keys.byVersion(cell.tenantId, envelope.keyVersion));
      if (key !== undefined) return openEnvelope(where, key, envelope);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      return this.refuse(cell, error.fault, error);
    }
    return this.refuse(cell, 'key unknown');
  }

  private async refuse(cell: SealedCell, fault: string, cause?: EnvelopeError): Promise<never> {
    await this.alarm.raise(cell, fault);
    throw new IntegrityError(`${cell.table}.${cell.column}`, cause === undefined ? {} : { cause });
  }

  private async cellOf(cell: SealedCell): Promise<Cell> {
    return { ...cell, installationId: await this.installation.id() };
  }
}

/** One call of the generator for all that one sealing needs. */
function freshBytes(): FreshBytes {
  const bytes = randomBytes(KEY_BYTES + 2 * NONCE_BYTES);
  return {
    dataKey: bytes.subarray(0, KEY_BYTES),
    wrapNonce: bytes.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES),
    valueNonce: bytes.subarray(KEY_BYTES + NONCE_BYTES),
  };
}
