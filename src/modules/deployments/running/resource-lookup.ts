import { Injectable } from '@nestjs/common';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { isFileKey } from '../../../platform/files/file-key.js';
import { FileStore, type OpenedFile } from '../../../platform/files/file-store.js';
import { DeployableBlueprintsService } from '../../blueprints/deployable-blueprints.service.js';
import { deploymentFolderKey } from '../creation/deployment-files.js';
import { RunningRepository } from './running.repository.js';

/**
 * Files for operations (agent-protocol §10): of the deployment, else of its blueprint, in the midst of an update else of
 * the blueprint before, else by a path of the file server,
 * as far as that leads to a blueprint or to this deployment. Paths are keys of the file store: nothing leads out of a folder,
 * and no link is followed.
 */
@Injectable()
export class ResourceLookup {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly repository: RunningRepository,
    private readonly blueprints: DeployableBlueprintsService,
    private readonly store: FileStore,
  ) {}

  /** Null when it is nowhere. The caller closes the stream. */
  async open(ctx: TenantCtx, storageId: string, path: string): Promise<OpenedFile | null> {
    const deployment = await this.unitOfWork.run(ctx, (ctx) => this.repository.find(ctx, storageId));
    const wanted = path.replace(/^(?:\.?\/)+/, '');
    if (deployment === null || !isFileKey(wanted)) return null;
    const own = await this.store.openRead(`${deploymentFolderKey(deployment.filesKey)}/${wanted}`);
    if (own) return own;
    const { blueprintFilesKey: filesKey } = deployment;
    const ofBlueprint = filesKey === null ? null : await this.blueprints.openFile(filesKey, wanted);
    if (ofBlueprint) return ofBlueprint;
    const former = await this.unitOfWork.run(ctx, (ctx) => this.repository.formerBlueprintFiles(ctx, storageId));
    const ofFormer = former === null ? null : await this.blueprints.openFile(former, wanted);
    if (ofFormer) return ofFormer;
    const [area, tenant, id = '', ...rest] = wanted.split('/');
    if (tenant !== ctx.tenantName || rest.length === 0) return null;
    if (area === 'deployments' && id === deployment.id) {
      return this.store.openRead(`${deploymentFolderKey(deployment.filesKey)}/${rest.join('/')}`);
    }
    if (area !== 'blueprints') return null;
    const other = await this.unitOfWork.run(ctx, (ctx) => this.blueprints.find(ctx, id));
    return other === null ? null : this.blueprints.openFile(other.filesKey, rest.join('/'));
  }
}
