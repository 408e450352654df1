import { Injectable } from '@nestjs/common';
import { digestOf, type AuditRow } from '../../../core/audit/audit-record.js';
import { chainStep, genesisHash, type ChainEntry } from '../../../core/audit/chain.js';
import { signCheckpoint, type Checkpoint } from '../../../core/audit/checkpoint.js';
import { Clock } from '../../../platform/clock/clock.js';
import { systemCtx, type Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { AuditHealth } from '../audit-health.js';
import type { SealedRow } from '../file/audit-line.js';
import { AuditChainRepository, type SealSpan, type SealState } from './audit-chain.repository.js';
import { AuditKeys, type AuditKeyMaterial } from './audit-keys.js';

/** Small enough that sealing never holds up the requests of this process for long: a few milliseconds. */
const BATCH_ROWS = 250;
const CHECKPOINT_EVERY_ROWS = 1000;
const CHECKPOINT_EVERY_MS = 60_000;

interface Batch {
  readonly sealed: readonly SealedRow[];
  readonly isDone: boolean;
}

/**
 * Puts committed records into the chain, in the order in which their transactions began. Any process may: the row
 * `audit_seal_state` is the lock. Usually the elected one does (AuditWorker).
 */
@Injectable()
export class AuditSealer {
  constructor(
    private readonly chain: AuditChainRepository,
    private readonly keys: AuditKeys,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly health: AuditHealth,
  ) {}

  /**
   * Seals everything that was committed before the call, in transactions of its own; hands each batch on when it is
   * committed. Resolves to the number of entries it appended.
   */
  async sealAll(onBatch?: (sealed: readonly SealedRow[]) => Promise<void>): Promise<number> {
    const keys = await this.keys.load();
    if (!(await this.unitOfWork.run(systemCtx('audit-sealer'), (ctx) => this.chain.hasUnsealed(ctx)))) return 0;
    let count = 0;
    for (;;) {
      const batch = await this.unitOfWork.run(systemCtx('audit-sealer'), (ctx) => this.sealBatch(ctx, keys));
      count += batch.sealed.length;
      this.health.entriesSealed += batch.sealed.length;
      if (batch.sealed.length > 0) await onBatch?.(batch.sealed);
      if (batch.isDone) return count;
    }
  }

  /** Signs the head when it is due: 1,000 entries or 60 s after the last checkpoint, and only if there is something new. */
  async checkpointIfDue(options: { readonly isForced: boolean } = { isForced: false }): Promise<Checkpoint | null> {
    const keys = await this.keys.load();
    return this.unitOfWork.run(systemCtx('audit-sealer'), async (ctx) => {
      if ((await this.chain.headSeq(ctx)) === (await this.chain.lastCheckpoint(ctx))?.seq) return null;
      const state = await this.chain.lockState(ctx);
      const last = await this.chain.lastCheckpoint(ctx); // another process may have signed while we waited
      const now = this.clock.now();
      const added = state.seq - (last?.seq ?? 0);
      if (added <= 0 || state.hash === null) return null;
      const isDue =
        added >= CHECKPOINT_EVERY_ROWS ||
        last === null ||
        now.getTime() - last.signedAt.getTime() >= CHECKPOINT_EVERY_MS;
      if (!isDue && !options.isForced) return null;
      const checkpoint = signCheckpoint(keys.signingKey, {
        installationId: keys.installationId,
        seq: state.seq,
        hash: state.hash,
        signedAt: now.toISOString(),
      });
      await this.chain.addCheckpoint(ctx, checkpoint);
      this.health.checkpointsSigned += 1;
      return checkpoint;
    });
  }

  private async sealBatch(ctx: Ctx, keys: AuditKeyMaterial): Promise<Batch> {
    const state = await this.chain.lockState(ctx);
    const now = await this.chain.snapshotNow(ctx, state);
    const isSweep = now.isBehind || now.isSweeping;
    const resumed = isSweep === now.isSweeping ? resumedSpan(state) : null;
    const span = resumed ?? { target: now.snapshot, ...BEGINNING };
    const rows = isSweep
      ? await this.chain.unchainedRows(ctx, span, BATCH_ROWS)
      : await this.chain.unsealedRows(ctx, state.sealedSnapshot, span, BATCH_ROWS);
    if (rows.length === 0 && resumed === null && !isSweep) return { sealed: [], isDone: true };

    const isLast = rows.length < BATCH_ROWS;
    const entries = entriesFor(rows, state, keys);
    const last = entries.at(-1) ?? { seq: state.seq, hash: state.hash };
    const progress = isLast
      ? { sealedSnapshot: span.target, targetSnapshot: null, ...BEGINNING }
      : { sealedSnapshot: state.sealedSnapshot, targetSnapshot: span.target, ...positionOf(rows) };
    await this.chain.append(ctx, entries, this.clock.now());
    await this.chain.saveState(ctx, { seq: last.seq, hash: last.hash, ...progress });
    const sealed = entries.map(({ seq, hash }, index): SealedRow => ({ seq, hash, row: rows[index] as AuditRow }));
    // A backlog was worked off towards a snapshot of then; what came meanwhile needs another look.
    return { sealed, isDone: isLast && resumed === null };
  }
}

const BEGINNING = { afterWrittenIn: '0', afterId: '0' } as const;

/** The work that an earlier batch began and did not finish. */
function resumedSpan({ targetSnapshot, afterWrittenIn, afterId }: SealState): SealSpan | null {
  return targetSnapshot === null ? null : { target: targetSnapshot, afterWrittenIn, afterId };
}

function positionOf(rows: readonly AuditRow[]): Pick<SealState, 'afterWrittenIn' | 'afterId'> {
  const last = rows.at(-1);
  return last ? { afterWrittenIn: last.written_in ?? '0', afterId: last.id ?? '0' } : BEGINNING;
}

function entriesFor(rows: readonly AuditRow[], state: SealState, keys: AuditKeyMaterial): ChainEntry[] {
  const entries: ChainEntry[] = [];
  let after = { seq: state.seq, hash: state.hash ?? genesisHash(keys.installationId) };
  for (const row of rows) {
    const entry = chainStep(keys.macKey, after, { auditId: row.id ?? '', digest: digestOf(row) });
    entries.push(entry);
    after = entry;
  }
  return entries;
}
