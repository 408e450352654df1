/**
 * An immutable array of plain JSON whose parts are shared between versions: a write copies a path of short arrays, so
 * it costs the same however long the vector is, and an earlier version stays as it was. Places that were never
 * written take no room.
 */
export interface Vector<T> {
  readonly depth: number;
  readonly root: Slots<T> | null;
}
type Slots<T> = readonly Slot<T>[];
type Slot<T> = T | Slots<T> | null;

const BITS = 4;
const WIDTH = 1 << BITS;

export function emptyVector<T>(): Vector<T> {
  return { depth: 0, root: null };
}

/** What was written there last; null for a place that was never written. */
export function elementAt<T extends object>(vector: Vector<T>, index: number): T | null {
  if (index >= capacity(vector.depth)) {
    return null;
  }
  let slots = vector.root;
  for (let level = vector.depth; level > 0 && slots !== null; level -= 1) {
    slots = (slots[(index >> (level * BITS)) & (WIDTH - 1)] ?? null) as Slots<T> | null;
  }
  return slots === null ? null : ((slots[index & (WIDTH - 1)] ?? null) as T | null);
}

/** A vector that has that value there. */
export function withElement<T extends object>(vector: Vector<T>, index: number, value: T): Vector<T> {
  let { depth, root } = vector;
  while (index >= capacity(depth)) {
    root = root === null ? null : [root];
    depth += 1;
  }
  return { depth, root: written(root, depth, index, value) };
}

function capacity(depth: number): number {
  return WIDTH ** (depth + 1);
}

function written<T extends object>(slots: Slots<T> | null, level: number, index: number, value: T): Slots<T> {
  const place = (index >> (level * BITS)) & (WIDTH - 1);
  const copy: Slot<T>[] = slots === null ? [] : slots.slice();
  while (copy.length <= place) {
    copy.push(null);
  }
  copy[place] = level === 0 ? value : written((copy[place] ?? null) as Slots<T> | null, level - 1, index, value);
  return copy;
}

/** Sixteen neighbouring places: what was written there, null for a place that was not. */
export interface Chunk<T> {
  readonly place: number;
  readonly content: readonly (T | null)[];
}

/**
 * The chunks in which a version differs from an earlier one of the same vector, found by what they share: it costs as
 * much as changed. From `emptyVector()` on it is all there is.
 */
export function changedChunks<T extends object>(before: Vector<T>, after: Vector<T>): readonly Chunk<T>[] {
  let old = before.root;
  for (let { depth } = before; depth < after.depth; depth += 1) {
    old = old === null ? null : [old];
  }
  const found: Chunk<T>[] = [];
  collect(old, after.root, after.depth, 0, found);
  return found;
}

function collect<T extends object>(
  before: Slots<T> | null,
  after: Slots<T> | null,
  level: number,
  first: number,
  found: Chunk<T>[],
): void {
  if (before === after || after === null) {
    return;
  }
  if (level === 0) {
    found.push({ place: first, content: after as readonly (T | null)[] });
    return;
  }
  after.forEach((slots, index) => {
    const old = (before?.[index] ?? null) as Slots<T> | null;
    collect(old, slots as Slots<T> | null, level - 1, first * WIDTH + index, found);
  });
}

/** The vector that these chunks were taken from. */
export function vectorOf<T extends object>(chunks: Iterable<Chunk<T>>): Vector<T> {
  let vector = emptyVector<T>();
  for (const { place, content } of chunks) {
    content.forEach((value, index) => {
      if (value !== null) {
        vector = withElement(vector, place * WIDTH + index, value);
      }
    });
  }
  return vector;
}
