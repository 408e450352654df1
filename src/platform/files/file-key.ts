const MAX_KEY_BYTES = 2048;
const MAX_PART_BYTES = 255;

/**
 * Whether a text can be the key of a stored file or folder: parts between single slashes, none of them `.` or `..`, and
 * nothing in them that a file system, a log or a terminal could take for something else. Keys are made by code from ids;
 * only below a published folder do names of uploaded files follow.
 */
export function isFileKey(key: string): boolean {
  if (key === '' || Buffer.byteLength(key) > MAX_KEY_BYTES || !key.isWellFormed()) return false;
  if (/[\p{Cc}\\]/u.test(key)) return false;
  return key
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= MAX_PART_BYTES);
}

/** @throws Error for a key that is none: a mistake of ours, since callers make them from ids. */
export function assertFileKey(key: string): void {
  if (!isFileKey(key)) throw new Error('A file key is malformed.');
}
