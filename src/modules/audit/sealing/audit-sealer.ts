import { Injectable } from '@nestjs/common';
import { digestOf, type AuditRow } from '../../../core/audit/audit-record.js';
import { chainStep, genesisHash, type ChainEntry } from '../../../core/audit/chain.js';
import { signCheckpoint, type Checkpoint } from '../../../core/audit/checkpoint.js';
import { Clock } from '../../../platform/clock/clock.js';
import { systemCtx, type Ctx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { AuditHealth } from '../audit-health.js';
import { AuditChainRepository, type SealState } from './audit-chain.repository.js';
import { AuditKeys, type AuditKeyMaterial } from './audit-keys.js';

/** Small enough that sealing never holds up the requests of this process for long: a few milliseconds. */
const BATCH_ROWS = 250;
const CHECKPOINT_EVERY_ROWS = 1000;
const CHECKPOINT_EVERY_MS = 60_000;

interface Batch {
  readonly sealed: number;
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

  /** Seals everything that was committed before the call. Resolves to the number of entries it appended. */
  async sealAll(onBatch?: () => Promise<void>): Promise<number> {
    const keys = await this.keys.load();
    let sealed = 0;
    for (;;) {
      const batch = await this.unitOfWork.run(systemCtx('audit-sealer'), (ctx) => this.sealBatch(ctx, keys));
      sealed += batch.sealed;
      this.health.entriesSealed += batch.sealed;
      if (batch.sealed > 0) await onBatch?.();
      if (batch.isDone) return sealed;
    }
  }

  /** Signs the head when it is due: 1,000 entries or 60 s after the last checkpoint, and only if there is something new. */
  async checkpointIfDue(options: { readonly isForced: boolean } = { isForced: false }): Promise<Checkpoint | null> {
    const keys = await this.keys.load();
    return this.unitOfWork.run(systemCtx('audit-sealer'), async (ctx) => {
      const state = await this.chain.lockState(ctx);
      const last = await this.chain.lastCheckpoint(ctx);
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
    const now = await this.chain.snapshotNow(ctx, state.sealedSnapshot);
    const target = state.targetSnapshot ?? now.snapshot;
    const rows = now.isBehind
      ? await this.chain.unchainedRows(ctx, BATCH_ROWS)
      : await this.chain.unsealedRows(ctx, state, target, BATCH_ROWS);
    const isLast = rows.length < BATCH_ROWS;
    if (rows.length === 0 && state.targetSnapshot === null && !now.isBehind) return { sealed: 0, isDone: true };

    const entries = entriesFor(rows, state, keys);
    const last = entries.at(-1) ?? { seq: state.seq, hash: state.hash };
    const progress = isLast
      ? sealedUpTo(now.isBehind ? now.snapshot : target)
      : resumedAfter(state, now.isBehind ? null : target, rows);
    await this.chain.append(ctx, entries, this.clock.now());
    await this.chain.saveState(ctx, { seq: last.seq, hash: last.hash, ...progress });
    // A backlog was worked off towards a snapshot of then; what came meanwhile needs another look.
    return { sealed: rows.length, isDone: isLast && state.targetSnapshot === null };
  }
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

type Progress = Omit<SealState, 'seq' | 'hash'>;

function sealedUpTo(snapshot: string): Progress {
  return { sealedSnapshot: snapshot, targetSnapshot: null, afterWrittenIn: '0', afterId: '0' };
}

function resumedAfter({ sealedSnapshot }: SealState, target: string | null, rows: readonly AuditRow[]): Progress {
  const last = target === null ? undefined : rows.at(-1);
  return { sealedSnapshot, targetSnapshot: target, afterWrittenIn: last?.written_in ?? '0', afterId: last?.id ?? '0' };
}
