import type { Readable } from 'node:stream';
import type { FileStore } from './file-store.js';

/** The files of a stored folder. */
export class StoredSource {
  constructor(
    private readonly store: FileStore,
    private readonly folder: string,
  ) {}

  /** The file, or why there is none. */
  async read(path: string, maxBytes: number): Promise<Buffer | 'absent' | 'too-large'> {
    const file = await this.store.openRead(`${this.folder}/${path}`);
    if (!file) return 'absent';
    if (file.size > maxBytes) {
      file.stream.destroy();
      return 'too-large';
    }
    return whole(file.stream);
  }
}

async function whole(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer); // byte streams of the store yield buffers
  return Buffer.concat(chunks);
}
