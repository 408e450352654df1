import type { Plan } from './plan.js';
import { isComposite, numberText, partsOf, usesOf, type Uses } from './plan-sharing.js';
import { Bytes, DateValue, Float, type Value } from './values.js';

/*
 * A plan as it goes out, folded: JSON in which what the plan uses in several places stands once. Unfolding is nothing but
 * putting pieces of text one after the other, so whoever sends a large plan neither reads nor prints it.
 *
 * JSON text holds no control characters, so they are free to mark things. `REF digits REF` stands for the part of that
 * number; each part ends with `END`; after the last one comes `PLAN`, then the plan. A part refers to earlier ones only.
 */
const REF = 1;
const END = 2;
const PLAN = 3;

/** Below this many characters a repetition costs hardly more than a reference. */
const WORTH_SHARING = 64;
const CHUNK_BYTES = 64 * 1024;

export interface FoldedPlan {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What it is when unfolded, in bytes. */
  readonly wireBytes: number;
}

export function foldPlan(plan: Plan): FoldedPlan {
  return new Folder(usesOf(plan)).fold(plan);
}

/** JSON text that shares nothing. */
export function foldedText(json: string): FoldedPlan {
  const text = Buffer.from(json);
  const bytes = new Uint8Array(text.length + 1);
  bytes[0] = PLAN;
  bytes.set(text, 1);
  return { bytes, wireBytes: text.length };
}

/** One part while it is written: bytes of text and marks. */
class Part {
  private readonly pieces: Buffer[] = [];
  private pending = '';
  wireBytes = 0;

  text(text: string): void {
    this.pending += text;
    if (this.pending.length >= CHUNK_BYTES) this.flush();
  }

  reference(index: number, wireBytes: number): void {
    this.flush();
    this.pieces.push(Buffer.from(`\u{1}${index}\u{1}`));
    this.wireBytes += wireBytes;
  }

  end(): readonly Buffer[] {
    this.flush();
    return this.pieces;
  }

  private flush(): void {
    if (this.pending === '') return;
    const bytes = Buffer.from(this.pending);
    this.pieces.push(bytes);
    this.wireBytes += bytes.length;
    this.pending = '';
  }
}

class Folder {
  private readonly parts: Buffer[] = [];
  private readonly sizes: number[] = [];
  private readonly numbers = new Map<object, number>();

  constructor(private readonly uses: Uses) {}

  fold(plan: Plan): FoldedPlan {
    const main = new Part();
    this.whole(plan, main);
    const pieces = main.end();
    const bytes = Buffer.concat([...this.parts, Buffer.of(PLAN), ...pieces]);
    return { bytes: new Uint8Array(bytes), wireBytes: main.wireBytes };
  }

  private write(value: unknown, into: Part): void {
    if (!isComposite(value)) {
      into.text(scalar(value as Value));
      return;
    }
    const use = this.uses.get(value);
    if (use === undefined || use.count === 1 || use.size < WORTH_SHARING) {
      this.whole(value, into);
      return;
    }
    const number = this.numbers.get(value) ?? this.share(value);
    into.reference(number, this.sizes[number] ?? 0);
  }

  private share(value: object): number {
    const part = new Part();
    this.whole(value, part);
    this.parts.push(...part.end(), Buffer.of(END));
    const number = this.sizes.push(part.wireBytes) - 1;
    this.numbers.set(value, number);
    return number;
  }

  private whole(value: object, into: Part): void {
    const isList = Array.isArray(value);
    let separator = isList ? '[' : '{';
    for (const [key, item] of partsOf(value)) {
      into.text(key === null ? separator : `${separator}${JSON.stringify(key)}:`);
      this.write(item, into);
      separator = ',';
    }
    const isEmpty = separator !== ',';
    into.text(`${isEmpty ? separator : ''}${isList ? ']' : '}'}`);
  }
}

/** As plan-codec.ts writes it for the wire. */
function scalar(value: Value): string {
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Float) return numberText(value);
  if (value instanceof DateValue) return JSON.stringify(value.iso);
  if (value instanceof Bytes) return `"${Buffer.from(value.hex, 'hex').toString('base64')}"`;
  return JSON.stringify(value);
}

/** A text and the parts in it, in their order. */
type Pieces = (Uint8Array | readonly Pieces[number][])[];

/**
 * The JSON of a folded plan, as its bytes come, in chunks of 64 KiB: what it holds in memory are the shared parts.
 * @throws Error when the bytes are no folded plan
 */
export async function* unfoldPlan(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const reader = new Reader();
  const out = new Gatherer();
  for await (const chunk of source) {
    for (const piece of reader.read(chunk)) yield* out.add(piece);
  }
  reader.end();
  yield* out.end();
}

/** Splits bytes into shared parts, which it keeps, and pieces of the plan, which it gives. */
class Reader {
  private readonly parts: Pieces[] = [];
  private part: Pieces = [];
  private inPlan = false;
  /** The number that is being read, or null. */
  private number: number | null = null;

  *read(chunk: Uint8Array): Generator<Pieces[number]> {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] as number; // within the chunk
      if (byte > PLAN) {
        if (this.number !== null) this.number = this.number * 10 + (byte - 48);
        continue;
      }
      if (this.number === null && at > from) yield* this.piece(chunk.subarray(from, at));
      from = at + 1;
      yield* this.mark(byte);
    }
    if (this.number === null && chunk.length > from) yield* this.piece(chunk.subarray(from));
  }

  end(): void {
    if (!this.inPlan || this.number !== null) throw new Error('A folded plan is cut off.');
  }

  private *mark(byte: number): Generator<Pieces[number]> {
    if (byte === REF && this.number === null) {
      this.number = 0;
      return;
    }
    if (byte === REF && this.number !== null) {
      const part = this.parts[this.number];
      this.number = null;
      if (part === undefined) throw new Error('A folded plan refers to a part that it does not have.');
      yield* this.piece(part);
      return;
    }
    if (this.inPlan || this.number !== null || (byte === PLAN && this.part.length > 0)) {
      throw new Error('A folded plan has a mark out of its place.');
    }
    if (byte === PLAN) {
      this.inPlan = true;
    } else {
      this.parts.push(this.part);
      this.part = [];
    }
  }

  private *piece(piece: Pieces[number]): Generator<Pieces[number]> {
    if (this.inPlan) yield piece;
    else this.part.push(piece);
  }
}

/** Puts small pieces together. */
class Gatherer {
  private buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  private used = 0;

  *add(piece: Pieces[number]): Generator<Buffer> {
    if (!(piece instanceof Uint8Array)) {
      for (const inner of piece) yield* this.add(inner);
      return;
    }
    let from = 0;
    while (from < piece.length) {
      const taken = Math.min(piece.length - from, CHUNK_BYTES - this.used);
      this.buffer.set(piece.subarray(from, from + taken), this.used);
      from += taken;
      this.used += taken;
      if (this.used === CHUNK_BYTES) yield* this.end();
    }
  }

  *end(): Generator<Buffer> {
    if (this.used === 0) return;
    yield this.buffer.subarray(0, this.used);
    this.buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    this.used = 0;
  }
}
