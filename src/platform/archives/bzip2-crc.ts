/** CRC-32 as bzip2 has it: the usual polynomial, but with the most significant bit first, so zlib's does not serve. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

export const BZIP2_CRC_START = -1;

export function bzip2Crc(crc: number, bytes: Uint8Array, length: number): number {
  let value = crc;
  for (let index = 0; index < length; index += 1) {
    value = (value << 8) ^ (TABLE[((value >>> 24) ^ (bytes[index] ?? 0)) & 0xff] ?? 0);
  }
  return value;
}
