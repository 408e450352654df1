import type { ChainEntry } from './chain.js';
import { recordFault, type OnFault } from './fault.js';
import { isRemovalSignedBy, RemovedEntries, type Removal } from './removal.js';
import type { VerifyingKey } from './signing.js';

/** More mismatches than this are named one by one, without looking for records that changed places. */
const COMPARED_MISMATCHES = 100_000;

interface Mismatch {
  readonly seq: number;
  readonly auditId: string;
  readonly sealed: string;
  readonly found: string;
}

interface RemovalProgress {
  readonly removal: Removal;
  readonly entries: RemovedEntries;
  readonly from: number;
  to: number;
}

/** Compares the records with the digests that were sealed, and missing ones with the signed removals. */
export class RecordCheck {
  private readonly removals = new Map<string, RemovalProgress>();
  private mismatches: Mismatch[] = [];
  present = 0;
  removed = 0;

  constructor(
    private readonly installationId: string,
    private readonly keys: ReadonlyMap<string, VerifyingKey>,
    private readonly onFault: OnFault,
  ) {}

  /** Removals come before the entries they excuse. */
  removal(removal: Removal): void {
    const key = this.keys.get(removal.keyId);
    if (removal.installationId !== this.installationId || !key || !isRemovalSignedBy(key, removal)) {
      const message = `the removal ${removal.removalId} was not signed by this installation`;
      this.onFault(recordFault('wrong_signature', null, null, message));
      return;
    }
    this.removals.set(removal.removalId, { removal, entries: new RemovedEntries(), from: 0, to: 0 });
  }

  entry(entry: ChainEntry, found: Buffer | null, removalId: string | null): void {
    if (found === null) {
      this.missing(entry, removalId);
      return;
    }
    this.present += 1;
    if (removalId !== null) {
      const message = `record ${entry.auditId} was removed and is there again`;
      this.onFault(recordFault('insertion', entry.seq, entry.auditId, message));
    }
    if (!found.equals(entry.digest)) this.mismatch(entry, found);
  }

  finish(): void {
    const sealed = new Map(this.mismatches.map((mismatch) => [mismatch.sealed, mismatch.seq]));
    for (const mismatch of this.mismatches) this.name(mismatch, sealed.get(mismatch.found));
    for (const [removalId, progress] of this.removals) this.checkRemoval(removalId, progress);
  }

  private missing(entry: ChainEntry, removalId: string | null): void {
    const progress = removalId === null ? undefined : this.removals.get(removalId);
    if (!progress) {
      const message = `record ${entry.auditId} was deleted`;
      this.onFault(recordFault('deletion', entry.seq, entry.auditId, message));
      return;
    }
    this.removed += 1;
    progress.entries.add(entry);
    if (progress.entries.count === 1)
      this.removals.set(progress.removal.removalId, { ...progress, from: entry.seq, to: entry.seq });
    else progress.to = entry.seq;
  }

  private checkRemoval(removalId: string, { removal, entries, from, to }: RemovalProgress): void {
    if (entries.count === removal.count && entries.hash().equals(removal.entriesHash)) return;
    this.onFault({
      kind: 'deletion',
      seq: entries.count === 0 ? null : from,
      toSeq: entries.count === 0 ? null : to,
      auditId: null,
      message: `removal ${removalId} was signed for ${removal.count} records; those missing in its name (${entries.count}) are others`,
    });
  }

  private mismatch(entry: ChainEntry, found: Buffer): void {
    const mismatch = {
      seq: entry.seq,
      auditId: entry.auditId,
      sealed: entry.digest.toString('hex'),
      found: found.toString('hex'),
    };
    if (this.mismatches.length < COMPARED_MISMATCHES) this.mismatches.push(mismatch);
    else this.name(mismatch, undefined);
  }

  private name(mismatch: Mismatch, sealedAs: number | undefined): void {
    const { seq, auditId } = mismatch;
    this.onFault(
      sealedAs === undefined
        ? recordFault('edit', seq, auditId, `record ${auditId} was changed`)
        : recordFault('reorder', seq, auditId, `entry ${seq} holds the record of entry ${sealedAs}`),
    );
  }
}
