import { entryFault, type OnFault } from './fault.js';

/** A run of entries in which each builds on the one before it. */
export interface Segment {
  readonly from: number;
  to: number;
  /** What its first entry builds on, in hex. */
  readonly previous: string;
  /** The hash of its last entry, in hex. */
  end: string;
  /** The number of an earlier entry that its first one builds on, though another already follows that one. */
  readonly forkOf: number | null;
  /** A fault right before its first entry already explains why it does not follow. */
  readonly isExcused: boolean;
}

export interface InsertedRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Puts the pieces of a broken chain together again and names what kept them apart. The first segment is the genesis.
 * Returns the entries that were named as insertions.
 */
export function explainBreaks(
  segments: readonly Segment[],
  anchoredUpTo: number,
  onFault: OnFault,
): readonly InsertedRange[] {
  const explanation = new Explanation(segments, anchoredUpTo, onFault);
  return explanation.run();
}

class Explanation {
  private readonly byEnd: ReadonlyMap<string, number>;
  private readonly claimedEnds: ReadonlySet<string>;
  private readonly inserted: InsertedRange[] = [];
  private readonly insertedSegments = new Set<number>();

  constructor(
    private readonly segments: readonly Segment[],
    private readonly anchoredUpTo: number,
    private readonly onFault: OnFault,
  ) {
    this.byEnd = new Map(segments.map((segment, index) => [segment.end, index]));
    this.claimedEnds = new Set(segments.map((segment) => segment.previous));
  }

  run(): readonly InsertedRange[] {
    // Insertions first: a piece that only seems displaced because of them is then recognised.
    for (const [index, segment] of this.segments.entries()) {
      if (index > 0 && !this.byEnd.has(segment.previous)) this.explainOrphan(index, segment);
    }
    for (const [index, segment] of this.segments.entries()) {
      const predecessor = this.byEnd.get(segment.previous);
      if (index > 0 && predecessor !== undefined) this.explainDisplaced(index, segment, predecessor);
    }
    return this.inserted;
  }

  /** Nothing that the segment could be appended to is left open. */
  private explainOrphan(index: number, segment: Segment): void {
    const isDeadEnd = !this.claimedEnds.has(segment.end) && index < this.segments.length - 1;
    const before = this.segments[index - 1];
    if (segment.forkOf !== null) {
      const branch = this.segments.find(({ from, to }) => from <= (segment.forkOf ?? 0) && (segment.forkOf ?? 0) < to);
      if (branch && !this.claimedEnds.has(branch.end)) this.insertion(segment.forkOf + 1, branch.to);
      else this.insertedSegment(index, segment);
      return;
    }
    if (isDeadEnd && before && this.segments[index + 1]?.previous === before.end) {
      this.insertedSegment(index, segment);
      return;
    }
    if (segment.isExcused) return;
    const at = segment.from - 1;
    // A later checkpoint that finds its entry under the old number says that none is missing: one was replaced.
    const isReplaced = this.anchoredUpTo >= segment.from;
    this.onFault(
      isReplaced
        ? entryFault('edit', at, at, `entry ${at} of the chain was replaced by another`)
        : entryFault(
            'gap',
            segment.from,
            segment.from,
            `entries of the chain are missing before entry ${segment.from}`,
          ),
    );
  }

  /** The piece that the segment continues stands elsewhere. */
  private explainDisplaced(index: number, segment: Segment, predecessor: number): void {
    for (let between = predecessor + 1; between < index; between += 1) {
      if (this.insertedSegments.has(between)) continue;
      this.reorder(segment, predecessor);
      return;
    }
    if (predecessor >= index) this.reorder(segment, predecessor);
  }

  private reorder(segment: Segment, predecessor: number): void {
    const before = this.segments[predecessor]?.to ?? 0;
    const what = segment.from === segment.to ? `entry ${segment.from}` : `entries ${segment.from} to ${segment.to}`;
    const where = before === 0 ? 'stood at the beginning' : `followed the entry that is now ${before}`;
    this.onFault(entryFault('reorder', segment.from, segment.to, `${what} of the chain ${where}`));
  }

  private insertedSegment(index: number, segment: Segment): void {
    this.insertedSegments.add(index);
    this.insertion(segment.from, segment.to);
  }

  private insertion(from: number, to: number): void {
    this.inserted.push({ from, to });
    const what = from === to ? `entry ${from} was` : `entries ${from} to ${to} were`;
    this.onFault(entryFault('insertion', from, to, `${what} put into the chain`));
  }
}
