import { open } from 'node:fs/promises';
import { hasTarChecksum, TAR_BLOCK } from './tar-header.js';

export type ArchiveFormat = 'zip' | 'tar' | 'tar.gz' | 'tar.bz2';

/**
 * Tells the kind of an archive from its first 512 bytes; names and content types carry no meaning (rest-api §5.4). Whether
 * there is a tar inside the compression shows when it is unpacked.
 */
export function archiveFormatOf(head: Uint8Array): ArchiveFormat | null {
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04]) || startsWith(head, [0x50, 0x4b, 0x05, 0x06])) return 'zip';
  if (startsWith(head, [0x1f, 0x8b, 0x08])) return 'tar.gz';
  if (startsWith(head, [0x42, 0x5a, 0x68]) && isBzip2Block(head)) return 'tar.bz2';
  return head.length >= TAR_BLOCK && hasTarChecksum(head) ? 'tar' : null;
}

/** The same for a file. Null when it is none of the four. */
export async function detectArchive(path: string): Promise<ArchiveFormat | null> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(TAR_BLOCK);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return archiveFormatOf(head.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** After `BZh` come the block size and the magic of a block (π) or of the end (√π). */
function isBzip2Block(head: Uint8Array): boolean {
  const size = head[3] ?? 0;
  const magic = Buffer.from(head.subarray(4, 10)).toString('hex');
  return size >= 0x31 && size <= 0x39 && (magic === '314159265359' || magic === '177245385090');
}

function startsWith(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => head[index] === byte);
}
