import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KeyringError, parseKeyring, serialiseKeyring, type RootKeyring } from '../../core/envelope/root-keyring.js';
import { createKeyFile, fileExists, readKeyFile, sweepTemporaryFiles, writeKeyFile } from '../tls/key-file.js';
import { KeyStoreError } from './key-store-error.js';

const OTHERS_WRITE_BITS = 0o022;

/**
 * The file that holds the root keys. Written whole or not at all: a temporary file in the same folder, fsync, rename,
 * fsync of the folder, so that a kill leaves the ring as it was or as it was to be.
 */
export class KeyringFile {
  readonly path: string;

  constructor(dataDir: string) {
    this.path = join(dataDir, 'keys', 'root-keyring.json');
  }

  async exists(): Promise<boolean> {
    return this.naming(() => fileExists(this.path));
  }

  /**
   * Null when there is no file.
   * @throws KeyStoreError naming the file when it cannot be read, is open to others, belongs to somebody else, or is no key ring.
   */
  async read(): Promise<RootKeyring | null> {
    return this.naming(async () => {
      if (!(await fileExists(this.path))) return null;
      await this.assertFolder();
      return parseKeyring(await readKeyFile(this.path));
    });
  }

  /** Writes the first ring. Of two processes that try, one wins; the caller reads what is there then. */
  async create(ring: RootKeyring): Promise<void> {
    await this.naming(async () => {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      await this.assertFolder();
      await createKeyFile(this.path, serialiseKeyring(ring));
    });
  }

  async replace(ring: RootKeyring): Promise<void> {
    await this.naming(async () => {
      await sweepTemporaryFiles(dirname(this.path));
      await writeKeyFile(this.path, serialiseKeyring(ring));
    });
  }

  /** Whoever may write in the folder may put another file in the place of the ring. */
  private async assertFolder(): Promise<void> {
    const folder = dirname(this.path);
    const { mode } = await stat(folder);
    if ((mode & OTHERS_WRITE_BITS) !== 0) {
      throw new KeyStoreError(`${folder}: others may write in the folder of the root keys: chmod 700`);
    }
  }

  private async naming<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof KeyStoreError) throw error;
      const reason = error instanceof Error ? error.message : 'cannot be used';
      const text = error instanceof KeyringError || !reason.includes(this.path) ? `${this.path}: ${reason}` : reason;
      throw new KeyStoreError(text, { cause: error });
    }
  }
}
