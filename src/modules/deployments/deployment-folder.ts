import { Injectable } from '@nestjs/common';
import { BadParametersError, NotFoundError } from '../../core/errors/app-error.js';
import { printable } from '../../core/listing/query-values.js';
import { zipFiles } from '../../platform/archives/zip-writer.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { FileStore } from '../../platform/files/file-store.js';
import { deploymentFolderKey } from './creation/deployment-files.js';
import { DeploymentsRepository } from './deployments.repository.js';

/** It is answered within a JSON text, so it is held; a folder that is larger is read file by file. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The files that operations of a deployment share. */
@Injectable()
export class DeploymentFolder {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly deployments: DeploymentsRepository,
    private readonly store: FileStore,
  ) {}

  /** As a zip in base64; without files the text is empty. @throws NotFoundError, BadParametersError when it is too large */
  async zipped(ctx: TenantCtx, id: string): Promise<string> {
    const found = await this.unitOfWork.run(ctx, (ctx) => this.deployments.find(ctx, id));
    if (!found) throw new NotFoundError('Deployment', printable(id));
    const folder = deploymentFolderKey(found.filesKey);
    const entries = await this.store.list(folder);
    if (entries.length === 0) return '';
    if (entries.reduce((bytes, { size }) => bytes + size, 0) > MAX_BYTES) {
      throw new BadParametersError(`The files of deployment ${id} are too large to be included`);
    }
    const { stream } = zipFiles(
      entries.map(({ path, size }) => ({
        name: path,
        size,
        open: async () => {
          const file = await this.store.openRead(`${folder}/${path}`);
          if (!file) throw new Error(`A file was removed while it was packed: ${path}`);
          return file.stream;
        },
      })),
    );
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('base64');
  }
}
