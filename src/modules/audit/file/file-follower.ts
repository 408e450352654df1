import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import { systemCtx, type Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { Log } from '../../../platform/logging/log.js';
import { AuditHealth } from '../audit-health.js';
import { AuditSettings } from '../audit-settings.js';
import { AuditCheckpointRepository } from '../sealing/audit-checkpoint.repository.js';
import { isLetIn } from './audit-level.js';
import { AuditFileRepository, type ChainStretch, type FileState } from './audit-file.repository.js';
import { checkpointLine, levelOfRow, markOf, recordLine, type LineMark, type SealedRow } from './audit-line.js';
import { AuditFileError, RotatingFile } from './rotating-file.js';

const STRETCH = 500;
/** Rows kept from the sealer for the next call; what is beyond is read from the database. */
const OFFERED_AT_MOST = 4 * STRETCH;

/**
 * Writes the audit file from the chain, in its order. The database is the spool: what the file has not got stays there,
 * however long the disk is full, and one number says where to go on. Only the elected process follows; where it stopped
 * in the middle (a crash between the line and the number), the file's own last lines say what it holds.
 */
@Injectable()
export class FileFollower {
  private readonly file: RotatingFile;
  private state: FileState | null = null;
  private offered: SealedRow[] = [];

  constructor(
    private readonly settings: AuditSettings,
    private readonly records: AuditFileRepository,
    private readonly checkpoints: AuditCheckpointRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly health: AuditHealth,
    private readonly log: Log,
  ) {
    this.file = new RotatingFile({ path: settings.file, maxBytes: settings.maxBytes, backups: settings.backups });
  }

  /** @throws Error that names the path: the manager does not start without a place for its audit file. */
  assertWritable(): Promise<void> {
    return this.file.assertWritable();
  }

  /** Takes rows that were sealed just now, in their order: they need not be read again to be written. */
  offer(sealed: readonly SealedRow[]): void {
    const expected = this.offered.at(-1);
    const follows = expected === undefined || sealed[0]?.seq === expected.seq + 1;
    if (follows && this.offered.length + sealed.length <= OFFERED_AT_MOST) this.offered.push(...sealed);
  }

  /** Writes everything that is sealed. A file that cannot be written is an alarm, and tried again with the next call. */
  async catchUp(): Promise<void> {
    try {
      this.state ??= await this.resume();
      // Strict is felt by the first who comes after the file broke, not by the second.
      if (this.settings.isStrict) await this.file.assertWritable();
      while (await this.writeStretch(this.state)) {
        // Until nothing is left; each turn moves `state` on.
      }
      await this.recovered();
    } catch (error) {
      this.state = null;
      if (!(error instanceof AuditFileError)) throw error;
      await this.failed(error);
    }
  }

  /** What other processes report about the file, for those that do not write it. */
  async observe(): Promise<void> {
    const { failedSince } = await this.unitOfWork.run(systemCtx('audit-file'), (ctx) => this.records.state(ctx));
    this.health.fileFailedSince = failedSince;
  }

  /** How far the file has got. */
  async writtenUpTo(): Promise<number> {
    const { recordSeq } = await this.unitOfWork.run(systemCtx('audit-file'), (ctx) => this.records.state(ctx));
    return recordSeq;
  }

  /** Lets go of the file: another process may be elected. */
  async release(): Promise<void> {
    this.state = null;
    this.offered = [];
    await this.file.close();
  }

  private async resume(): Promise<FileState> {
    const marks = (await this.file.lastLines()).map(markOf).filter((mark) => mark !== null);
    return this.unitOfWork.run(systemCtx('audit-file'), async (ctx) => {
      const state = await this.records.state(ctx);
      const record = await this.lastWritten(ctx, marks, 'record', state.recordSeq);
      const checkpoint = await this.lastWritten(ctx, marks, 'checkpoint', state.checkpointSeq);
      return { recordSeq: record, checkpointSeq: checkpoint, failedSince: state.failedSince };
    });
  }

  private async lastWritten(
    ctx: Ctx,
    marks: readonly LineMark[],
    kind: LineMark['kind'],
    known: number,
  ): Promise<number> {
    for (const mark of marks.toReversed()) {
      if (mark.kind !== kind) continue;
      if (mark.seq <= known) break;
      if (await this.records.isEntry(ctx, mark.seq, mark.hash)) return mark.seq;
    }
    return known;
  }

  private async writeStretch(state: FileState): Promise<boolean> {
    const { rows, upTo, checkpoints } = await this.unitOfWork.run(systemCtx('audit-file'), async (ctx) => {
      const stretch = this.takeOffered(state.recordSeq) ?? (await this.records.after(ctx, state.recordSeq, STRETCH));
      return { ...stretch, checkpoints: await this.checkpoints.between(ctx, state.checkpointSeq, stretch.upTo) };
    });
    if (upTo === state.recordSeq && checkpoints.length === 0) return false;

    const lines: { readonly seq: number; readonly text: string }[] = rows
      .filter(({ row }) => isLetIn(levelOfRow(row), this.settings.level))
      .map((sealed) => ({ seq: sealed.seq, text: recordLine(sealed) }));
    for (const checkpoint of checkpoints) lines.push({ seq: checkpoint.seq, text: checkpointLine(checkpoint) });
    lines.sort((left, right) => left.seq - right.seq); // stable: a checkpoint comes after the record it covers
    await this.file.append(lines.map(({ text }) => text));

    const next = { ...state, recordSeq: upTo, checkpointSeq: checkpoints.at(-1)?.seq ?? state.checkpointSeq };
    await this.save(next);
    return true;
  }

  private takeOffered(after: number): ChainStretch | null {
    const rows = this.offered.splice(0, STRETCH);
    const last = rows.at(-1);
    if (last && rows[0]?.seq === after + 1) return { rows, upTo: last.seq };
    this.offered = [];
    return null;
  }

  private async save(state: FileState): Promise<void> {
    await this.unitOfWork.run(systemCtx('audit-file'), (ctx) => this.records.saveState(ctx, state));
    this.state = state;
  }

  private async recovered(): Promise<void> {
    if (!this.state || (this.state.failedSince === null && this.health.fileFailedSince === null)) return;
    // Nothing may have been waiting: the disk itself says whether it takes lines again.
    await this.file.assertWritable();
    await this.save({ ...this.state, failedSince: null });
    this.health.fileFailedSince = null;
    this.log.info('the audit file is written again', { file: this.settings.file });
  }

  private async failed(error: Error): Promise<void> {
    this.health.fileFailures += 1;
    if (this.health.fileFailedSince !== null) return;
    this.health.fileFailedSince = this.clock.now();
    this.log.error('the audit file cannot be written; records wait in the database', {
      file: this.settings.file,
      reason: error.message,
      isStrict: this.settings.isStrict,
    });
    const { fileFailedSince } = this.health;
    await this.unitOfWork.run(systemCtx('audit-file'), async (ctx) => {
      await this.records.saveState(ctx, { ...(await this.records.state(ctx)), failedSince: fileFailedSince });
    });
  }
}
