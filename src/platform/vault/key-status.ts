import { Injectable } from '@nestjs/common';
import { keyVersionOf, HEADER_BYTES } from '../../core/envelope/envelope.js';
import { EnvelopeError } from '../../core/envelope/envelope-error.js';
import type { Ctx } from '../context/ctx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { AllTenants } from './all-tenants.js';
import type { RotationRow } from './key-rotation.repository.js';
import { RootKeys, type RootKeyStatus } from './root-keys.js';
import { RotationJournal } from './rotation-journal.js';
import { SealedColumnRepository, type HeaderCount } from './sealed-column.repository.js';
import { nameOf, SealedColumns } from './sealed-columns.js';
import { TenantKeyRepository, type TenantKeyRow } from './tenant-key.repository.js';

/** A key as an operator may see it: everything but the key. */
type KeyView = Omit<TenantKeyRow, 'wrapped'>;

export interface ColumnStatus {
  /** `table.column` */
  readonly column: string;
  readonly rows: number;
  /** Rows under the current key of their owner. */
  readonly current: number;
  /** Rows under an older key. */
  readonly old: number;
  /** Rows that do not look like an envelope, or whose key does not exist. */
  readonly unreadable: number;
}

export interface KeyStatus {
  readonly rootKeys: readonly RootKeyStatus[];
  readonly keys: readonly KeyView[];
  readonly columns: readonly ColumnStatus[];
  /** The latest rotation; `finishedAt` is null while it runs, or when it was interrupted. */
  readonly rotation: RotationRow | null;
}

/** Counts what stands under which key. Reads every row of the sealed columns: for operators, not for requests. */
@Injectable()
export class KeyStatusReader {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly rootKeys: RootKeys,
    private readonly journal: RotationJournal,
    private readonly tenants: AllTenants,
    private readonly keys: TenantKeyRepository,
    private readonly columns: SealedColumns,
    private readonly cells: SealedColumnRepository,
  ) {}

  async read(): Promise<KeyStatus> {
    await this.rootKeys.load();
    const rotation = (await this.journal.latest()) ?? null;
    return this.unitOfWork.run(await this.tenants.ctx('keys-status'), async (ctx) => {
      const keys = await this.keys.all(ctx);
      const columns = await this.countColumns(ctx, new Map(keys.map((key) => [key.version, key])));
      return { rootKeys: this.rootKeys.status(), keys: keys.map(viewOf), columns, rotation };
    });
  }

  private async countColumns(ctx: Ctx, keys: ReadonlyMap<number, TenantKeyRow>): Promise<ColumnStatus[]> {
    const columns: ColumnStatus[] = [];
    for (const column of this.columns.all()) {
      const status = { rows: 0, current: 0, old: 0, unreadable: 0 };
      for (const count of await this.cells.countByPrefix(ctx, column)) {
        status.rows += count.rows;
        status[stateOf(count, keys)] += count.rows;
      }
      columns.push({ column: nameOf(column), ...status });
    }
    return columns;
  }
}

function stateOf(count: HeaderCount, keys: ReadonlyMap<number, TenantKeyRow>): 'current' | 'old' | 'unreadable' {
  const key = keys.get(versionOf(count.prefix));
  if (key === undefined || key.tenantId !== count.tenantId) return 'unreadable';
  return key.state === 'current' ? 'current' : 'old';
}

/** 0, which is no version, for what does not begin like an envelope. */
function versionOf(prefix: Buffer): number {
  try {
    return keyVersionOf(Buffer.concat([prefix, Buffer.alloc(HEADER_BYTES - prefix.length)]));
  } catch (error) {
    if (error instanceof EnvelopeError) return 0;
    throw error;
  }
}

function viewOf(row: TenantKeyRow): KeyView {
  const { version, tenantId, state, rootLabel, createdAt, retiredAt } = row;
  return { version, tenantId, state, rootLabel, createdAt, retiredAt };
}
