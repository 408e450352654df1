import { Injectable } from '@nestjs/common';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BadParametersError } from '../../../core/errors/app-error.js';
import { ArchiveRefusedError } from '../../../platform/archives/archive-refused-error.js';
import { ArchiveUnpacker } from '../../../platform/archives/archive-unpacker.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { FileStore } from '../../../platform/files/file-store.js';
import { StoredFiles } from '../../../platform/files/stored-files.js';
import { deploymentFolderKey } from './deployment-files.js';

/** The files of a deployment that is restored, from the zip that its dump holds. */
@Injectable()
export class RestoredFolder {
  constructor(
    private readonly files: StoredFiles,
    private readonly store: FileStore,
    private readonly unpacker: ArchiveUnpacker,
  ) {}

  /** @param commit must call `confirm`. @throws BadParametersError when the zip is refused */
  async withStored<T>(filesKey: string, zip: Buffer | null, commit: () => Promise<T>): Promise<T> {
    if (zip === null || zip.length === 0) return commit();
    const staging = await this.store.stage();
    try {
      const [archive, folder] = [join(staging.path, 'archive.zip'), join(staging.path, 'files')];
      await writeFile(archive, zip, { mode: 0o600 });
      await mkdir(folder, { mode: 0o700 });
      await this.unpack(archive, folder);
      const key = deploymentFolderKey(filesKey);
      return await this.files.withStored(key, () => this.store.publishFolder(folder, key), commit);
    } finally {
      await staging.discard();
    }
  }

  async confirm(ctx: TenantCtx, filesKey: string): Promise<void> {
    await this.files.confirm(ctx, deploymentFolderKey(filesKey));
  }

  private async unpack(archive: string, folder: string): Promise<void> {
    try {
      await this.unpacker.unpack(archive, folder);
    } catch (error) {
      if (!(error instanceof ArchiveRefusedError)) throw error;
      throw new BadParametersError('`workdir_zip` is not a zip that can be unpacked', { cause: error });
    }
  }
}
