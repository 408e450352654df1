import { Injectable } from '@nestjs/common';
import { CodelessError } from '../../../core/errors/app-error.js';
import { AuditSink, type AuditEvent } from '../../../platform/audit/audit-sink.js';
import { Clock } from '../../../platform/clock/clock.js';
import type { Ctx } from '../../../platform/context/ctx.js';
import { sqlStateOf } from '../../../platform/database/unit-of-work.js';
import { Log } from '../../../platform/logging/log.js';
import { AuditBell } from '../audit-bell.js';
import { AuditHealth } from '../audit-health.js';
import { AuditSettings } from '../audit-settings.js';
import { auditCells, type AuditCells } from './audit-cells.js';
import { AuditInsertRepository } from './audit-insert.repository.js';
import { GroupCommit } from './group-commit.js';

const LIMITS = { maxQueued: 10_000, maxBatch: 256 };
/** The alarm is repeated this often while it lasts, ms; not for every request. */
const ALARM_EVERY_MS = 10_000;
/** data_exception and integrity_constraint_violation: the fault of one record, not of the database. */
const CONTENT_ERROR = /^2[23]/;

const REFUSAL = 'The audit log cannot be written; the request was refused';

@Injectable()
export class AuditSinkService extends AuditSink {
  private readonly commits: GroupCommit<AuditCells>;
  private alarmedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly records: AuditInsertRepository,
    private readonly clock: Clock,
    private readonly bell: AuditBell,
    private readonly health: AuditHealth,
    private readonly settings: AuditSettings,
    private readonly log: Log,
  ) {
    super();
    this.commits = new GroupCommit(
      (items) => this.records.insertCommitted(items),
      (error) => CONTENT_ERROR.test(sqlStateOf(error) ?? ''),
      LIMITS,
    );
  }

  /**
   * @throws CodelessError 503 when the record could not be committed, or the audit file is strict and down. In a
   * transaction the error of the database passes as it is: the unit of work decides whether to try again.
   */
  override async record(ctx: Ctx, event: AuditEvent): Promise<void> {
    await this.recordAll(ctx, [event]);
  }

  /** @throws CodelessError 503, as `record`; some of the records may be committed then. */
  override async recordAll(ctx: Ctx, events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return;
    if (this.settings.isStrict && this.health.fileFailedSince !== null) throw this.refusal();
    const now = this.clock.now();
    const cells = events.map((event) => auditCells(ctx, event, now));
    if (ctx.tx) await this.records.insert(ctx, cells);
    else await this.commit(cells);
    this.health.recordsWritten += cells.length;
    this.bell.ring();
  }

  private async commit(cells: readonly AuditCells[]): Promise<void> {
    try {
      await Promise.all(cells.map((one) => this.commits.submit(one)));
    } catch (error) {
      throw this.refusal(error);
    }
  }

  private refusal(cause?: unknown): CodelessError {
    this.health.recordsFailed += 1;
    const now = this.clock.now().getTime();
    if (now - this.alarmedAt >= ALARM_EVERY_MS) {
      this.alarmedAt = now;
      this.log.error('audit records cannot be written; what needs them is refused', {
        failed: this.health.recordsFailed,
        ...(cause === undefined ? { file: this.settings.file } : { error: cause }),
      });
    }
    const refusal = new CodelessError(503, REFUSAL);
    refusal.cause = cause;
    return refusal;
  }
}
