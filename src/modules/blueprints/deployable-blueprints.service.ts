import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../core/access/visibility.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { FileStore, type OpenedFile } from '../../platform/files/file-store.js';
import { folderKey } from './blueprint-files.js';
import type { BlueprintState } from './blueprint-state.js';
import { BlueprintsRepository } from './blueprints.repository.js';
import { BlueprintPlansRepository } from './plans/blueprint-plans.repository.js';
import { unpack } from './plans/stored-plan.js';

/** A blueprint, as whoever makes deployments of it sees it. */
export interface DeployableBlueprint {
  readonly storageId: string;
  readonly id: string;
  readonly tenantId: number;
  readonly visibility: Visibility;
  readonly state: BlueprintState;
  readonly error: string | null;
  readonly filesKey: string;
  /** The execution that processes the upload, while there is one. */
  readonly uploadExecutionId: string | null;
}

/** What deployments need of blueprints. */
@Injectable()
export class DeployableBlueprintsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly blueprints: BlueprintsRepository,
    private readonly plans: BlueprintPlansRepository,
    private readonly store: FileStore,
  ) {}

  /** The visible one: the tenant's own before a global one. In the open transaction. */
  find(ctx: TenantCtx, id: string): Promise<DeployableBlueprint | null> {
    return this.blueprints.find(ctx, id);
  }

  /**
   * The plan of a visible blueprint in the form that `decodePlan` reads, or null where there is none: it is not uploaded,
   * or its plan was restored. Unpacked off the event loop.
   */
  async encodedPlan(ctx: TenantCtx, storageId: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const packed = await this.unitOfWork.run(ctx, (ctx) => this.plans.encoded(ctx, storageId));
    if (packed === null) return null;
    const chunks: Uint8Array[] = [];
    for await (const chunk of unpack(packed)) chunks.push(chunk);
    const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** A file of an uploaded blueprint; null when there is none of that path. The caller closes the stream. */
  openFile(filesKey: string, path: string): Promise<OpenedFile | null> {
    return this.store.openRead(`${folderKey(filesKey)}/${path}`);
  }
}
