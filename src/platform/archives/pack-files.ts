import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { TAR_END, tarFileHeader, tarPadding, type TarFile } from './tar-writer.js';

/** A file to pack; its path is relative, with `/`. */
export interface PackedFile extends TarFile {
  /** Opens the content: exactly `size` bytes. */
  open(): Promise<Readable>;
}

/**
 * A tar.gz of these files, in their order, as a stream that fills while it is read. It holds no owner, and of the modes
 * only whether a file is executable, so that the same files give the same bytes. A file that fails, or that has become
 * shorter or longer than it said, destroys the stream with the error.
 */
export function packFiles(files: AsyncIterable<PackedFile> | Iterable<PackedFile>): Readable {
  const gzip = createGzip();
  // pipeline passes errors on, and ends the generator, and with it the open file, when nobody wants the rest.
  pipeline(Readable.from(tarOf(files), { objectMode: false }), gzip, () => undefined);
  return gzip;
}

/**
 * What is below a folder, paths relative to it and in the order of their bytes. Links and special files are left out: only
 * what we would unpack is packed.
 * @param within a folder in the archive that everything is put into
 */
export async function* filesBelow(folder: string, within = ''): AsyncGenerator<PackedFile> {
  for await (const file of filesOf(folder, '')) {
    yield within === '' ? file : { ...file, path: `${within}/${file.path}` };
  }
}

async function* tarOf(files: AsyncIterable<PackedFile> | Iterable<PackedFile>): AsyncGenerator<Buffer> {
  for await (const file of files) {
    yield tarFileHeader(file);
    let left = file.size;
    const content: AsyncIterable<Buffer> = await file.open();
    for await (const chunk of content) {
      left -= chunk.length;
      if (left < 0) break;
      yield chunk;
    }
    if (left !== 0) throw new Error(`A file changed while it was packed: ${file.path}`);
    yield tarPadding(file.size);
  }
  yield TAR_END;
}

async function* filesOf(root: string, folder: string): AsyncGenerator<PackedFile> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  // Folders as if their name ended in a slash: then the paths as a whole are in order.
  const keyed = entries.map((entry) => ({ entry, key: Buffer.from(entry.name + (entry.isDirectory() ? '/' : '')) }));
  for (const { entry } of keyed.toSorted((left, right) => Buffer.compare(left.key, right.key))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesOf(root, path);
    if (entry.isFile()) yield await describe(root, path);
  }
}

async function describe(root: string, path: string): Promise<PackedFile> {
  const found = await lstat(join(root, path));
  return {
    path,
    size: found.size,
    modifiedAt: found.mtime,
    isExecutable: (found.mode & 0o100) !== 0,
    open: async () => (await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW)).createReadStream(),
  };
}
