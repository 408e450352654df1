import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { NONCE_BYTES } from '../../core/envelope/aead.js';
import { keyVersionOf, rewrapHeader } from '../../core/envelope/envelope.js';
import { EnvelopeError } from '../../core/envelope/envelope-error.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { Installation } from './installation.js';
import {
  PREFIX_BYTES,
  SealedColumnRepository,
  type HeaderSwap,
  type SealedHeader,
} from './sealed-column.repository.js';
import { nameOf, SealedColumns, type SealedColumn } from './sealed-columns.js';
import { ownerCtx, TenantKeys, type TenantKey } from './tenant-keys.js';
import type { SealedCell } from './vault.js';

/**
 * Rows whose headers are read at once, and of those, exchanged in one transaction. Reading may scan a table (see
 * SealedColumnRepository), so it is done seldom; exchanging locks rows and holds the event loop, so it is done in small steps.
 */
const READ_ROWS = 10_000;
const SWAP_ROWS = 200;

export interface SweepProgress {
  readonly tenantId: number | null;
  /** `table.column` */
  readonly column: string;
  /** Rows brought under the current key by this batch. */
  readonly rewrapped: number;
}

export interface SweepOptions {
  readonly onProgress?: ((progress: SweepProgress) => void) | undefined;
  /** Ends the sweep between two batches, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A row that is no envelope of its cell, or whose key is gone; it stays as it is. */
interface Unreadable {
  readonly cell: SealedCell;
  readonly fault: string;
}

interface SweepResult {
  readonly rewrapped: number;
  /** Rows that somebody changed between reading and writing: they need another look. */
  readonly contested: number;
  readonly unreadable: readonly Unreadable[];
}

/**
 * Brings the sealed rows of one owner under its current key, online: a row that a writer changes meanwhile is left to
 * the writer. What is left to do is read from the rows, so a sweep that was killed goes on where it was by being run again.
 */
@Injectable()
export class KeySweep {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly columns: SealedColumns,
    private readonly repository: SealedColumnRepository,
    private readonly keys: TenantKeys,
    private readonly installation: Installation,
  ) {}

  /** One walk over all declared columns of the owner. */
  async walk(tenantId: number | null, options: SweepOptions): Promise<SweepResult> {
    const columns = this.columns.all().filter((column) => (column.tenantColumn === null) === (tenantId === null));
    const result = { rewrapped: 0, contested: 0, unreadable: Array.of<Unreadable>() };
    for (const column of columns) {
      const walk = await this.walkColumn(tenantId, column, options);
      result.rewrapped += walk.rewrapped;
      result.contested += walk.contested;
      result.unreadable.push(...walk.unreadable);
    }
    return result;
  }

  private async walkColumn(tenantId: number | null, column: SealedColumn, options: SweepOptions): Promise<SweepResult> {
    const to = await this.keys.current(tenantId);
    const idType = await this.idType(column);
    const result = { rewrapped: 0, contested: 0, unreadable: Array.of<Unreadable>() };
    let after: string | null = null;
    for (;;) {
      const search = { idType, prefix: prefixOf(to), after, limit: READ_ROWS };
      const rows: SealedHeader[] = await this.unitOfWork.run(ownerCtx('key-rotation', tenantId), (ctx) =>
        this.repository.stale(ctx, column, search),
      );
      const last = rows.at(-1);
      if (last === undefined) return result;
      for (let at = 0; at < rows.length; at += SWAP_ROWS) {
        options.signal?.throwIfAborted();
        const { swaps, unreadable } = await this.rewrap(tenantId, column, to, rows.slice(at, at + SWAP_ROWS));
        const rewrapped = await this.unitOfWork.run(ownerCtx('key-rotation', tenantId), (ctx) =>
          this.repository.swapHeaders(ctx, column, idType, swaps),
        );
        result.rewrapped += rewrapped;
        result.contested += swaps.length - rewrapped;
        result.unreadable.push(...unreadable);
        options.onProgress?.({ tenantId, column: nameOf(column), rewrapped });
      }
      after = last.rowId;
    }
  }

  private async rewrap(
    tenantId: number | null,
    column: SealedColumn,
    to: TenantKey,
    rows: readonly SealedHeader[],
  ): Promise<{ swaps: HeaderSwap[]; unreadable: Unreadable[] }> {
    const [swaps, unreadable]: [HeaderSwap[], Unreadable[]] = [[], []];
    for (const row of rows) {
      const cell = cellOf(tenantId, column, row);
      try {
        swaps.push({ rowId: row.rowId, from: row.header, to: await this.newHeader(cell, to, row.header) });
      } catch (error) {
        if (!(error instanceof EnvelopeError)) throw error;
        unreadable.push({ cell, fault: error.fault });
      }
    }
    return { swaps, unreadable };
  }

  /** @throws EnvelopeError when the header is not one of this cell, or its key is gone. */
  private async newHeader(cell: SealedCell, to: TenantKey, header: Buffer): Promise<Buffer> {
    const from = await this.keys.byVersion(cell.tenantId, keyVersionOf(header));
    if (from === undefined) throw new EnvelopeError('unauthentic');
    const where = { ...cell, installationId: await this.installation.id() };
    return rewrapHeader(where, { from, to, wrapNonce: randomBytes(NONCE_BYTES) }, header);
  }

  private async idType(column: SealedColumn): Promise<string> {
    const type = await this.unitOfWork.run(ownerCtx('key-rotation', null), (ctx) =>
      this.repository.idType(ctx, column),
    );
    if (type === undefined) throw new Error(`The sealed column ${nameOf(column)} does not exist.`);
    return type;
  }
}

function cellOf(tenantId: number | null, column: SealedColumn, row: SealedHeader): SealedCell {
  return { tenantId, table: column.table, column: column.column, rowId: row.rowId, recordVersion: row.recordVersion };
}

/** Format, algorithm and version as they stand at the front of every envelope under this key. */
function prefixOf(key: TenantKey): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES, 1);
  prefix.writeUInt32BE(key.version, 2);
  return prefix;
}
