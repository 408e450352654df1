import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AuditSink } from '../audit/audit-sink.js';
import { systemCtx } from '../context/ctx.js';
import { Log } from '../logging/log.js';
import type { SealedCell } from './vault.js';

/** Says that a sealed value was refused: loud in the log, and in the audit (security-design §4). */
@Injectable()
export class IntegrityAlarm {
  constructor(
    private readonly log: Log,
    private readonly modules: ModuleRef,
  ) {}

  /** Never rejects: the value is refused in any case. */
  async raise(cell: SealedCell, fault: string): Promise<void> {
    const where = { table: cell.table, column: cell.column, row: cell.rowId, tenantId: cell.tenantId };
    this.log.error('a sealed value was refused', { ...where, fault });
    try {
      // Looked up late: the audit itself takes its keys from here.
      await this.modules.get(AuditSink, { strict: false }).record(systemCtx('vault'), {
        action: 'vault.integrity_failure',
        operation: 'other',
        outcome: 'failure',
        refTable: cell.table,
        refId: null,
        refIdentifier: { id: cell.rowId, ...(cell.tenantId === null ? {} : { tenant_id: cell.tenantId }) },
        details: { column: cell.column, fault },
      });
    } catch (error) {
      this.log.error('the refusal of a sealed value could not be audited', {
        ...where,
        reason: error instanceof Error ? error.message : 'unknown',
      });
    }
  }
}
