import { Injectable } from '@nestjs/common';
import { AuditSink } from '../../platform/audit/audit-sink.js';
import type { Ctx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { JsonStream } from '../../platform/http/json-stream.js';
import { SlowlyRead } from '../../platform/listing/slowly-read.js';
import { Clock } from '../../platform/clock/clock.js';
import { AuditBell } from './audit-bell.js';
import type { AuditPage } from './api/audit-query.js';
import { AuditRecordsRepository } from './api/audit-records.repository.js';
import { recordView } from './api/audit.dto.js';
import type { InjectedRecord } from './api/injected-records.js';
import { auditCells } from './sink/audit-cells.js';
import { AuditInsertRepository } from './sink/audit-insert.repository.js';

/** Larger pages are written while they are read (security-design §8). */
const STREAM_ABOVE_ROWS = 1_000;

export interface AuditList {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly metadata: {
    readonly pagination: { readonly offset: number; readonly size: number; readonly total: number };
  };
}

@Injectable()
export class AuditService {
  constructor(
    private readonly records: AuditRecordsRepository,
    private readonly inserts: AuditInsertRepository,
    private readonly audit: AuditSink,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly bell: AuditBell,
  ) {}

  async list(ctx: Ctx, page: AuditPage): Promise<AuditList | JsonStream> {
    if (page.size === 0 || page.size > STREAM_ABOVE_ROWS) return this.largeList(ctx, page);
    return this.unitOfWork.run(ctx, async (ctx) => {
      const rows = await this.records.page(ctx, page);
      const total = await this.records.count(ctx, page.selection);
      return { items: rows.map((row) => recordView(row, page.selection.kind)), metadata: metadata(page, total) };
    });
  }

  /**
   * Stores records that were made elsewhere, all or none. Their creator is the one they name; who brought them in stands
   * beside it, and in a record of its own.
   */
  async inject(ctx: Ctx, injected: readonly InjectedRecord[]): Promise<void> {
    const now = this.clock.now();
    await this.unitOfWork.run(ctx, async (ctx) => {
      const cells = injected.map((record) => ({
        ...auditCells(
          ctx,
          { ...INJECTED, operation: record.operation, refTable: record.refTable, refId: record.refId },
          now,
        ),
        created_at: record.createdAt.toISOString(),
        ref_identifier: record.refIdentifier,
        creator_name: record.creatorName,
        execution_id: record.executionId,
        details: { injected_by: ctx.actor.username },
      }));
      if (cells.length > 0) await this.inserts.insert(ctx, cells);
      await this.audit.record(ctx, {
        action: 'audit.inject',
        operation: 'other',
        outcome: 'success',
        refTable: null,
        refId: null,
        details: { records: cells.length },
      });
    });
    this.bell.ring();
  }

  private async largeList(ctx: Ctx, page: AuditPage): Promise<JsonStream> {
    const out = new SlowlyRead();
    const started = Promise.withResolvers<void>();
    this.unitOfWork
      .run(ctx, async (ctx) => {
        const total = await this.records.count(ctx, page.selection);
        started.resolve();
        await out.write(`{"metadata":${JSON.stringify(metadata(page, total))},"items":[`);
        let separator = '';
        for await (const rows of this.records.batches(ctx, page)) {
          await out.write(
            separator + rows.map((row) => JSON.stringify(recordView(row, page.selection.kind))).join(','),
          );
          separator = ',';
        }
        out.end(']}');
      })
      .catch((error: unknown) => {
        started.reject(error); // has no effect once the answer is under way
        out.fail(error);
      });
    await started.promise;
    return new JsonStream(out.stream);
  }
}

const INJECTED = { action: 'audit.injected', outcome: 'success' } as const;

function metadata(page: AuditPage, total: number): AuditList['metadata'] {
  return { pagination: { offset: page.offset, size: page.size === 0 ? total : page.size, total } };
}
