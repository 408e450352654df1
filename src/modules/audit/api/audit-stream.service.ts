import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Readable } from 'node:stream';
import { CodelessError } from '../../../core/errors/app-error.js';
import { Clock } from '../../../platform/clock/clock.js';
import { systemCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { AuditChainRepository } from '../sealing/audit-chain.repository.js';
import { AuditCheckpointRepository } from '../sealing/audit-checkpoint.repository.js';
import type { AuditSelection } from './audit-query.js';
import { AuditRecordsRepository } from './audit-records.repository.js';
import { AuditTail } from './audit-tail.js';
import { recordView } from './audit.dto.js';
import { checkpointText } from '../../../core/audit/checkpoint.js';

/** Streams of one process at a time; each costs a little memory and a look at the database per burst of records. */
const MAX_STREAMS = 50;
/** How often a stream asks whether its reader may still read. */
const RECHECK_EVERY_MS = 30_000;

/** How long streams may take to end when the manager stops. */
const CLOSE_PATIENCE_MS = 1_000;

/** Rejects when the reader's rights have ended. */
export type StillAllowed = () => Promise<void>;

/**
 * `GET /audit/stream`: each record as JSON, followed by an empty line, in the order of the chain, for ever. The stream
 * reads when its client does; nothing is kept for a slow one but the number of the entry it has reached.
 */
@Injectable()
export class AuditStreamService implements BeforeApplicationShutdown {
  private readonly open = new Map<AbortController, Readable | null>();
  private isClosed = false;

  constructor(
    private readonly records: AuditRecordsRepository,
    private readonly checkpoints: AuditCheckpointRepository,
    private readonly chain: AuditChainRepository,
    private readonly tail: AuditTail,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** @throws CodelessError 503 when too many streams are open, or the manager is stopping. */
  async stream(selection: AuditSelection, stillAllowed: StillAllowed): Promise<Readable> {
    if (this.isClosed || this.open.size >= MAX_STREAMS) throw new CodelessError(503, 'Too many audit streams are open');
    const abort = new AbortController();
    this.open.set(abort, null); // takes its place before anything is awaited
    let from: number;
    try {
      from = selection.since === null ? await this.head() : 0;
    } catch (error) {
      this.open.delete(abort);
      throw error;
    }
    const stream = Readable.from(this.pieces(selection, from, abort.signal, stillAllowed), { objectMode: false });
    this.open.set(abort, stream);
    stream.once('close', () => {
      abort.abort(); // wakes the generator, so that it ends with its reader
      this.open.delete(abort);
    });
    return stream;
  }

  /** Ends every stream properly, since the manager is stopping; a reader that does not read is cut off after a second. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const abort of this.open.keys()) abort.abort();
    await this.tail.close();
    const streams = [...this.open.values()].filter((stream) => stream !== null);
    const patience = AbortSignal.timeout(CLOSE_PATIENCE_MS);
    patience.addEventListener('abort', () => streams.forEach((stream) => stream.destroy()), { once: true });
    await Promise.all(streams.map((stream) => new Promise<void>((resolve) => stream.once('close', resolve))));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private async *pieces(
    selection: AuditSelection,
    from: number,
    signal: AbortSignal,
    stillAllowed: StillAllowed,
  ): AsyncGenerator<Buffer> {
    let seq = from;
    let checkpointSeq = from;
    let checkedAt = this.clock.now().getTime();
    while (!signal.aborted && !this.isClosed) {
      const now = this.clock.now().getTime();
      if (now - checkedAt >= RECHECK_EVERY_MS) {
        await stillAllowed();
        checkedAt = now;
      }
      const ctx = systemCtx('audit-stream');
      const piece = await this.unitOfWork.run(ctx, (ctx) => this.records.streamPiece(ctx, selection, seq));
      const texts = piece.rows.map((row) => JSON.stringify(recordView(row, selection.kind)));
      if (selection.kind === 'all') {
        const signed = await this.unitOfWork.run(ctx, (ctx) =>
          this.checkpoints.between(ctx, checkpointSeq, piece.upTo),
        );
        for (const checkpoint of signed) texts.push(JSON.stringify({ checkpoint: checkpointText(checkpoint) }));
        checkpointSeq = signed.at(-1)?.seq ?? checkpointSeq;
      }
      if (texts.length > 0) yield Buffer.from(`${texts.join('\n\n')}\n\n`);
      const isAtEnd = piece.upTo === seq;
      seq = piece.upTo;
      if (isAtEnd) await this.tail.beyond(seq, AbortSignal.any([signal, AbortSignal.timeout(RECHECK_EVERY_MS)]));
    }
  }

  private head(): Promise<number> {
    return this.unitOfWork.run(systemCtx('audit-stream'), (ctx) => this.chain.headSeq(ctx));
  }
}
