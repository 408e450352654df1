/** Largest icon, in bytes. */
export const MAX_ICON_BYTES = 1024 * 1024;
const MAX_SIDE = 4096;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Signature, length and type of the first chunk, width and height. */
const HEAD_BYTES = 24;

/** Whether the bytes begin as a PNG image of a sensible size does: signature, then an IHDR chunk. */
export function isPng(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  if (head.length < HEAD_BYTES || !head.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return false;
  const isHeader = head.readUInt32BE(8) === 13 && head.toString('latin1', 12, 16) === 'IHDR';
  return isHeader && isSide(head.readUInt32BE(16)) && isSide(head.readUInt32BE(20));
}

function isSide(pixels: number): boolean {
  return pixels >= 1 && pixels <= MAX_SIDE;
}
