import { Injectable } from '@nestjs/common';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BadParametersError } from '../../core/errors/app-error.js';
import { ArchiveUnpacker } from '../../platform/archives/archive-unpacker.js';
import { AppConfig } from '../../platform/config/config.js';
import { FileStore, type Staging } from '../../platform/files/file-store.js';
import { isPng, MAX_ICON_BYTES } from '../../platform/files/png.js';
import { StoredSource } from '../../platform/files/stored-source.js';
import { plainFilesIn } from '../../platform/files/plain-files.js';
import { writeNewFile } from '../../platform/files/write-new-file.js';
import { bodyTooLarge } from '../../platform/files/upload-body.js';
import { archiveKey, folderKey, iconFileKey } from './blueprint-files.js';

/** An unpacked blueprint, not yet where readers find it. */
export interface Extracted {
  /** The one folder that the archive holds. */
  readonly folder: string;
  /** Its files, relative to it. */
  readonly paths: readonly string[];
  discard(): Promise<void>;
}

/** Turns a stored archive into the folder that the file server serves. Repeatable: what lies there is replaced. */
@Injectable()
export class BlueprintExtractor {
  constructor(
    private readonly store: FileStore,
    private readonly unpacker: ArchiveUnpacker,
    private readonly config: AppConfig,
  ) {}

  /**
   * Unpacks the archive into staging.
   * @throws ArchiveRefusedError, BadParametersError unless there is exactly one top-level folder, StorageFullError
   */
  async extract(filesKey: string, signal?: AbortSignal): Promise<Extracted> {
    const staging = await this.store.stage();
    try {
      const archive = await this.localCopy(filesKey, staging);
      const target = join(staging.path, 'unpacked');
      await mkdir(target, { mode: 0o700 });
      const { soleFolder } = await this.unpacker.unpack(archive, target, signal === undefined ? {} : { signal });
      if (soleFolder === null) {
        throw new BadParametersError('The archive must contain exactly 1 directory at its top level, and nothing else');
      }
      const folder = join(target, soleFolder);
      return { folder, paths: await plainFilesIn(folder), discard: () => staging.discard() };
    } catch (error) {
      await staging.discard();
      throw error;
    }
  }

  /** Puts the folder where readers find it. */
  async publish(filesKey: string, { folder }: Extracted): Promise<void> {
    const key = folderKey(filesKey);
    await this.store.remove(key);
    await this.store.publishFolder(folder, key);
  }

  /** Takes `icon.png` of the published folder for the blueprint's icon. Answers its key, or null when there is none. */
  async adoptIcon(filesKey: string): Promise<string | null> {
    const icon = await new StoredSource(this.store, folderKey(filesKey)).read('icon.png', MAX_ICON_BYTES);
    if (typeof icon === 'string' || !isPng(icon)) return null;
    await this.storeIcon(filesKey, filesKey, icon); // the same key each time, so that a second run leaves nothing behind
    return filesKey;
  }

  async storeIcon(filesKey: string, iconKey: string, icon: Buffer): Promise<void> {
    await this.store.putStream(iconFileKey(filesKey, iconKey), once(icon), { maxBytes: MAX_ICON_BYTES });
  }

  /** The store may lie elsewhere; threads unpack files of the local disk. */
  private async localCopy(filesKey: string, staging: Staging): Promise<string> {
    const stored = await this.store.openRead(archiveKey(filesKey));
    if (!stored) throw new BadParametersError('The archive of the blueprint is missing');
    const path = join(staging.path, 'archive');
    const maxBytes = this.config.maxUploadMib * 1024 * 1024;
    await writeNewFile(path, stored.stream, { maxBytes, tooLarge: () => bodyTooLarge(maxBytes) });
    return path;
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
