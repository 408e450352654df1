import type { KeyObject } from 'node:crypto';
import { chainHash, macOf, type ChainEntry } from './chain.js';
import { explainBreaks, type Segment } from './chain-breaks.js';
import { entryFault, type Fault, type OnFault } from './fault.js';

/** How far back an entry that builds on something older than the one before is recognised. */
const REMEMBERED_HASHES = 4096;

interface SeqRange {
  readonly from: number;
  to: number;
}

/**
 * Walks the entries of a chain in the order of their numbers and looks at nothing else. What an entry tells by itself is
 * named at once; where the chain breaks, its pieces are kept and put together at the end, so memory grows with what is
 * wrong and not with the length of the chain.
 */
export class ChainWalk {
  private readonly segments: Segment[];
  private readonly recent = new Map<string, number>();
  private readonly forged: SeqRange[] = [];
  private anchoredAt = 0;
  private last: { seq: number; hash: Buffer; isSound: boolean };
  private disorder = 0;
  private disorderAtAnchor = 0;

  constructor(
    genesis: Buffer,
    private readonly macKey: KeyObject | null,
    private readonly onFault: OnFault,
  ) {
    this.last = { seq: 0, hash: genesis, isSound: true };
    this.segments = [{ from: 0, to: 0, previous: '', end: genesis.toString('hex'), forkOf: null, isExcused: true }];
    this.remember(this.last.seq, genesis.toString('hex'));
  }

  get head(): { readonly seq: number; readonly hash: Buffer } {
    return this.last;
  }

  /** The last entry whose hash a valid checkpoint vouches for. */
  get anchoredUpTo(): number {
    return this.anchoredAt;
  }

  /** Has anything been found since the last valid checkpoint that would explain why the next does not fit? */
  get isDisordered(): boolean {
    return this.disorder > this.disorderAtAnchor;
  }

  /** Notes that a valid checkpoint names the entry just walked. */
  anchor(): void {
    this.anchoredAt = this.last.seq;
    this.disorderAtAnchor = this.disorder;
  }

  /** Entries come in ascending order of `seq`. */
  entry(entry: ChainEntry): void {
    const followsNumber = this.checkNumber(entry);
    const isConsistent = chainHash(entry.previous, entry.digest).equals(entry.hash);
    if (!isConsistent) {
      this.report(entryFault('edit', entry.seq, entry.seq, `entry ${entry.seq} of the chain was changed`));
    }
    const isForged = isConsistent && this.macKey !== null && !macOf(this.macKey, entry.hash).equals(entry.mac);
    if (isForged) this.noteForged(entry.seq);
    const isSound = isConsistent && !isForged;
    this.place(entry, !followsNumber || !isSound || !this.last.isSound);
    this.last = { seq: entry.seq, hash: entry.hash, isSound };
  }

  /** Names what the breaks of the chain amount to. Call once, after the last entry. */
  finish(): void {
    const insertions = explainBreaks(this.segments, this.anchoredAt, this.onFault);
    for (const range of this.forged) {
      if (insertions.some((inserted) => inserted.from <= range.from && range.to <= inserted.to)) continue;
      const what = range.from === range.to ? `entry ${range.from}` : `entries ${range.from} to ${range.to}`;
      const kind = range.to === this.last.seq ? 'insertion' : 'edit'; // at the end nothing was there to be changed
      this.onFault(entryFault(kind, range.from, range.to, `${what} of the chain: not sealed by this installation`));
    }
  }

  private checkNumber(entry: ChainEntry): boolean {
    const expected = this.last.seq + 1;
    if (entry.seq === expected) return true;
    this.report(
      entry.seq > expected
        ? entryFault('gap', expected, entry.seq - 1, `entries ${expected} to ${entry.seq - 1} of the chain are missing`)
        : entryFault('insertion', entry.seq, entry.seq, `the number ${entry.seq} stands in the chain more than once`),
    );
    return false;
  }

  private place(entry: ChainEntry, isExcused: boolean): void {
    const end = entry.hash.toString('hex');
    const segment = this.segments.at(-1);
    if (segment && entry.previous.equals(this.last.hash)) {
      segment.to = entry.seq;
      segment.end = end;
    } else {
      this.disorder += 1;
      const previous = entry.previous.toString('hex');
      const forkOf = this.recent.get(previous) ?? null;
      this.segments.push({ from: entry.seq, to: entry.seq, previous, end, forkOf, isExcused });
    }
    this.remember(entry.seq, end);
  }

  private remember(seq: number, hash: string): void {
    this.recent.set(hash, seq);
    if (this.recent.size <= REMEMBERED_HASHES) return;
    const oldest = this.recent.keys().next();
    if (!oldest.done) this.recent.delete(oldest.value);
  }

  private noteForged(seq: number): void {
    this.disorder += 1;
    const range = this.forged.at(-1);
    if (range?.to === seq - 1) range.to = seq;
    else this.forged.push({ from: seq, to: seq });
  }

  private report(fault: Fault): void {
    this.disorder += 1;
    this.onFault(fault);
  }
}
