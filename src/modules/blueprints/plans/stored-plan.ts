import { Readable } from 'node:stream';
import { createInflateRaw, deflateRawSync } from 'node:zlib';
import type { Label } from '../../../core/labels/labels.js';

/** A plan in the form in which it is stored. */
export interface StoredPlan {
  /** As it goes out (folded-plan.ts), packed. */
  readonly folded: Uint8Array;
  /** Size of that as JSON, unfolded. */
  readonly wireBytes: number;
  /** As the language reads it back (plan-codec.ts), packed; null for a plan that was restored. */
  readonly encoded: Uint8Array | null;
  /** The labels that the blueprint gives itself (`blueprint_labels`). */
  readonly labels: readonly Label[];
}

/** Packed bytes begin with one of these, and the length of what was packed in four bytes. */
const PLAIN = 0;
const DEFLATED = 1;
export const HEADER_BYTES = 5;

/** Pure CPU: large ones belong off the event loop. */
export function pack(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return headed(DEFLATED, bytes.length, deflateRawSync(bytes));
}

export function packPlain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return headed(PLAIN, bytes.length, bytes);
}

function headed(mark: number, length: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(HEADER_BYTES + body.length);
  packed[0] = mark;
  new DataView(packed.buffer).setUint32(1, length);
  packed.set(body, HEADER_BYTES);
  return packed;
}

/** How much there was to pack, from the header. */
export function unpackedLength(header: Buffer): number {
  return header.readUInt32BE(1);
}

/** What was packed, as it is decompressed; off the event loop. @throws Error when it was not packed by `pack` */
export function unpack(packed: Uint8Array): AsyncIterable<Uint8Array> {
  const body = packed.subarray(HEADER_BYTES);
  switch (packed[0]) {
    case PLAIN:
      return Readable.from([body]);
    case DEFLATED: {
      const inflate = createInflateRaw();
      inflate.end(body);
      return inflate;
    }
    default:
      throw new Error('A stored plan is packed in an unknown way.');
  }
}
