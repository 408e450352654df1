/** What may stand in associated data. `null` differs from the empty text, and 1 from '1'. */
export type CanonicalField = string | number | null;

const NONE = 0x00;
const INTEGER = 0x01;
const TEXT = 0x02;

function sizeOf(field: CanonicalField): number {
  if (field === null) return 1;
  return typeof field === 'number' ? 9 : 5 + Buffer.byteLength(field, 'utf8');
}

/**
 * One byte string for one list of fields, and no other list has it: each field carries its type and, where it varies,
 * its length in bytes. So `('ab','c')` and `('a','bc')` differ, and nothing can be shifted from one field to the next.
 * @throws RangeError for a number that is not a safe integer, and for text that UTF-8 cannot hold (a lone surrogate
 * would turn into U+FFFD, and two texts into one).
 */
export function canonicalBytes(fields: readonly CanonicalField[]): Buffer {
  const bytes = Buffer.allocUnsafe(fields.reduce<number>((size, field) => size + sizeOf(field), 0));
  let at = 0;
  for (const field of fields) at = writeField(bytes, at, field);
  return bytes;
}

function writeField(bytes: Buffer, at: number, field: CanonicalField): number {
  if (field === null) return bytes.writeUInt8(NONE, at);
  if (typeof field === 'number') {
    if (!Number.isSafeInteger(field)) throw new RangeError('Associated data takes whole numbers only.');
    return bytes.writeBigInt64BE(BigInt(field), bytes.writeUInt8(INTEGER, at));
  }
  if (!field.isWellFormed()) throw new RangeError('Associated data takes well-formed text only.');
  const from = bytes.writeUInt32BE(Buffer.byteLength(field, 'utf8'), bytes.writeUInt8(TEXT, at));
  return from + bytes.write(field, from, 'utf8');
}
