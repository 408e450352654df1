import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { keyVersionOf, MIN_ENVELOPE_BYTES } from '../../core/envelope/envelope.js';
import { EnvelopeError } from '../../core/envelope/envelope-error.js';
import type { Ctx } from '../context/ctx.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { AllTenants } from './all-tenants.js';
import { KeyStoreError } from './key-store-error.js';
import { SealedColumnRepository, type SampledEnvelope } from './sealed-column.repository.js';
import { nameOf, SealedColumns, type SealedColumn } from './sealed-columns.js';

const SAMPLE_ROWS_AT_EACH_END = 16;

/**
 * Looks, once every module has declared its sealed columns, whether they exist and hold envelopes: the oldest rows and the
 * newest. A column that an older or foreign program filled with plain text stops the start.
 */
@Injectable()
export class SealedColumnCheck implements OnApplicationBootstrap {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly tenants: AllTenants,
    private readonly columns: SealedColumns,
    private readonly repository: SealedColumnRepository,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.run();
  }

  /** @throws KeyStoreError naming column and row. */
  async run(): Promise<void> {
    await this.unitOfWork.run(await this.tenants.ctx('vault'), async (ctx) => {
      for (const column of this.columns.all()) await this.check(ctx, column);
    });
  }

  private async check(ctx: Ctx, column: SealedColumn): Promise<void> {
    if ((await this.repository.idType(ctx, column)) === undefined) {
      throw new KeyStoreError(`The sealed column ${nameOf(column)} is declared, but the database does not have it.`);
    }
    for (const sampled of await this.repository.sample(ctx, column, SAMPLE_ROWS_AT_EACH_END)) {
      if (!isEnvelope(sampled)) {
        throw new KeyStoreError(
          `The column ${nameOf(column)} must hold sealed values only, but that of row ${sampled.rowId} is not one. ` +
            'It was written by another program, or damaged.',
        );
      }
    }
  }
}

function isEnvelope(sampled: SampledEnvelope): boolean {
  if (sampled.bytes < MIN_ENVELOPE_BYTES) return false;
  try {
    return keyVersionOf(sampled.header) > 0;
  } catch (error) {
    if (error instanceof EnvelopeError) return false;
    throw error;
  }
}
