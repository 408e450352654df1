import type { KeyObject } from 'node:crypto';
import { digestOf, type AuditRow } from './audit-record.js';
import { genesisHash, type ChainEntry } from './chain.js';
import { ChainWalk } from './chain-walk.js';
import { isCheckpointSignedBy, type Checkpoint } from './checkpoint.js';
import { entryFault, recordFault, type Fault, type FaultKind, type OnFault } from './fault.js';
import { RecordCheck } from './record-check.js';
import type { Removal } from './removal.js';
import type { VerifyingKey } from './signing.js';

/**
 * What a verification reads: first every removal, then the entries in ascending order of their numbers, each checkpoint
 * after the entry of its number (or at the end, when there is none), and at last the records without an entry.
 */
export type ChainItem =
  | { readonly type: 'removal'; readonly removal: Removal }
  | {
      readonly type: 'entry';
      readonly entry: ChainEntry;
      readonly row: AuditRow | null;
      readonly removalId: string | null;
    }
  | { readonly type: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly type: 'unsealed'; readonly row: AuditRow; readonly isPending: boolean };

export interface VerifyOptions {
  readonly installationId: string;
  readonly keys: readonly VerifyingKey[];
  /** k_audit; null offline, where what comes after the last checkpoint cannot be told from a forgery. */
  readonly macKey: KeyObject | null;
  /** Checkpoints from outside of the database: only they show that the tail was cut. */
  readonly heldCheckpoints: readonly Checkpoint[];
  /** Called with every fault, as it is found. */
  readonly onFault: OnFault;
}

export interface VerifyReport {
  readonly isIntact: boolean;
  readonly entries: number;
  readonly records: number;
  readonly removed: number;
  /** Committed, but not yet sealed. */
  readonly pending: number;
  readonly checkpoints: number;
  /** The last entry that a valid signature covers. */
  readonly signedUpTo: number;
  readonly head: { readonly seq: number; readonly hash: string };
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
}

/** A checkpoint is due every 1,000 entries; more than this without one means that some were taken out. */
const UNSIGNED_AT_MOST = 2_000;

/** Reads everything once, holds little of it, and names every fault. */
export async function verifyChain(
  items: AsyncIterable<ChainItem> | Iterable<ChainItem>,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const verifier = new ChainVerifier(options);
  for await (const item of items) verifier.read(item);
  return verifier.finish();
}

class ChainVerifier {
  private readonly counts: Partial<Record<FaultKind, number>> = {};
  private readonly keys: ReadonlyMap<string, VerifyingKey>;
  private readonly held: ReadonlyMap<number, readonly Checkpoint[]>;
  private readonly walk: ChainWalk;
  private readonly records: RecordCheck;
  private checkpoints = 0;
  private entries = 0;
  private pending = 0;
  private beyond: Checkpoint | null = null;

  constructor(private readonly options: VerifyOptions) {
    const onFault = (fault: Fault): void => this.fault(fault);
    this.keys = new Map(options.keys.map((key) => [key.keyId, key]));
    this.held = Map.groupBy(options.heldCheckpoints, (checkpoint) => checkpoint.seq);
    this.walk = new ChainWalk(genesisHash(options.installationId), options.macKey, onFault);
    this.records = new RecordCheck(options.installationId, this.keys, onFault);
  }

  read(item: ChainItem): void {
    switch (item.type) {
      case 'removal':
        this.records.removal(item.removal);
        return;
      case 'entry':
        this.entry(item.entry, item.row, item.removalId);
        return;
      case 'checkpoint':
        this.checkpoint(item.checkpoint);
        return;
      case 'unsealed':
        this.unsealed(item.row, item.isPending);
    }
  }

  finish(): VerifyReport {
    for (const [seq, held] of this.held) if (seq > this.walk.head.seq) for (const one of held) this.checkpoint(one);
    if (this.beyond) {
      const { seq } = this.walk.head;
      const message = `a checkpoint vouches for ${this.beyond.seq} entries, the chain ends after ${seq}`;
      this.fault(entryFault('cut_tail', seq + 1, this.beyond.seq, message));
    }
    this.walk.finish();
    this.records.finish();
    this.checkCoverage();
    const { seq, hash } = this.walk.head;
    return {
      isIntact: Object.keys(this.counts).length === 0,
      entries: this.entries,
      records: this.records.present,
      removed: this.records.removed,
      pending: this.pending,
      checkpoints: this.checkpoints,
      signedUpTo: this.walk.anchoredUpTo,
      head: { seq, hash: hash.toString('hex') },
      faults: this.counts,
    };
  }

  private entry(entry: ChainEntry, row: AuditRow | null, removalId: string | null): void {
    this.entries += 1;
    this.walk.entry(entry);
    this.records.entry(entry, row === null ? null : digestOf(row), removalId);
    for (const held of this.held.get(entry.seq) ?? []) this.checkpoint(held);
  }

  private checkpoint(checkpoint: Checkpoint): void {
    this.checkpoints += 1;
    const key = this.keys.get(checkpoint.keyId);
    if (checkpoint.installationId !== this.options.installationId || !key || !isCheckpointSignedBy(key, checkpoint)) {
      const message = `the checkpoint of entry ${checkpoint.seq} was not signed by this installation`;
      this.fault(recordFault('wrong_signature', checkpoint.seq, null, message));
      return;
    }
    const { head } = this.walk;
    if (checkpoint.seq === head.seq) this.compare(checkpoint);
    else if (checkpoint.seq > head.seq && checkpoint.seq > (this.beyond?.seq ?? 0)) this.beyond = checkpoint;
    // One whose entry is missing in between: the gap has been named.
  }

  private compare(checkpoint: Checkpoint): void {
    const from = this.walk.anchoredUpTo + 1;
    if (checkpoint.hash.equals(this.walk.head.hash)) {
      this.walk.anchor();
    } else if (!this.walk.isDisordered) {
      const message = `entries ${from} to ${checkpoint.seq} are not those that the checkpoint vouches for`;
      this.fault(entryFault('cut_tail', from, checkpoint.seq, message));
    }
  }

  /** Offline only signatures tell a chain from one that somebody made up. */
  private checkCoverage(): void {
    const signed = this.walk.anchoredUpTo;
    const { seq } = this.walk.head;
    if (this.options.macKey !== null || seq === 0 || (signed > 0 && seq - signed <= UNSIGNED_AT_MOST)) return;
    const message = `entries ${signed + 1} to ${seq}: no checkpoint vouches for them, though some were due`;
    this.fault(entryFault('wrong_signature', signed + 1, seq, message));
  }

  private unsealed(row: AuditRow, isPending: boolean): void {
    if (isPending) this.pending += 1;
    else this.fault(recordFault('insertion', null, row.id, `record ${row.id} was never sealed`));
  }

  private fault(fault: Fault): void {
    this.counts[fault.kind] = (this.counts[fault.kind] ?? 0) + 1;
    this.options.onFault(fault);
  }
}
