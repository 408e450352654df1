import { Injectable } from '@nestjs/common';
import { holds } from '../../core/access/actor.js';
import { CodelessError, ForbiddenError } from '../../core/errors/app-error.js';
import { ActorFactory } from '../../platform/access/actor-factory.js';
import { Directory } from '../../platform/access/directory.js';
import type { RequestAccess } from '../../platform/access/request-access.js';
import { packFiles, type PackedFile } from '../../platform/archives/pack-files.js';
import { NO_REACH, ownReach, type TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { FileStore, type FileEntry } from '../../platform/files/file-store.js';
import { headerName } from '../../platform/http/header-name.js';
import { FileDownload } from '../../platform/http/json-stream.js';
import { folderKey, iconFileKey } from './blueprint-files.js';
import { BlueprintsRepository, type BlueprintRow } from './blueprints.repository.js';
import { BlueprintsService } from './blueprints.service.js';
import type { ResourcePath } from './resource-path.js';

const ICON = 'icon.png';

/** A folder as the file server lists it: relative path → time of change (rest-api §3.20). */
export type FolderListing = Readonly<Record<string, string>>;

/**
 * The files of blueprints, behind the same checks as the blueprint: its row decides who reads them, never the name of a
 * folder (security-design §1, 13).
 */
@Injectable()
export class ResourcesService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly directory: Directory,
    private readonly actors: ActorFactory,
    private readonly blueprints: BlueprintsRepository,
    private readonly service: BlueprintsService,
    private readonly store: FileStore,
  ) {}

  /**
   * @throws ForbiddenError without `file_server_auth` in the tenant of the path, unless the blueprint is global; an
   *   unknown tenant is refused in the same words. CodelessError 404 for what is absent or hidden, alike
   */
  async open(access: RequestAccess, wanted: ResourcePath, asArchive: boolean): Promise<FileDownload | FolderListing> {
    const blueprint = await this.readable(access, wanted);
    if (wanted.area === 'uploaded-blueprints') return this.archive(blueprint, wanted);
    if (wanted.isFolder) return this.folder(blueprint, wanted, asArchive);
    if (wanted.path === ICON) return this.icon(blueprint);
    return this.file(blueprint, wanted);
  }

  private async readable(access: RequestAccess, wanted: ResourcePath): Promise<BlueprintRow> {
    const ctx = await this.ctxIn(access, wanted.tenantName);
    const isMember = ctx !== null && holds(ctx.actor, 'file_server_auth');
    const blueprint = ctx && (await this.find(isMember ? ctx : { ...ctx, reach: NO_REACH }, wanted.blueprintId));
    if (blueprint) return blueprint;
    if (isMember) throw absent();
    throw new ForbiddenError(
      `User \`${access.ctx.actor.username}\` is not permitted to perform the action file_server_auth in the tenant of this path`,
    );
  }

  /** The caller in the tenant of the path, whatever the header says; null when there is no such tenant. */
  private async ctxIn({ glimpse, identity, principal, ctx }: RequestAccess, name: string): Promise<TenantCtx | null> {
    const { accessVersion } = glimpse.state;
    const tenant = await this.directory.tenantByName(accessVersion, name);
    if (!tenant) return null;
    const isElsewhere = identity.execution !== undefined && identity.execution.tenantId !== tenant.id;
    const actor = await this.actors.actor(accessVersion, identity, principal, tenant);
    const inside = { ...ctx, actor, tenantId: tenant.id, tenantName: tenant.name };
    return isElsewhere ? null : { ...inside, reach: ownReach(inside) };
  }

  private find(ctx: TenantCtx, id: string): Promise<BlueprintRow | null> {
    return this.unitOfWork.run(ctx, (ctx) => this.blueprints.findOwn(ctx, id));
  }

  private async archive(blueprint: BlueprintRow, { path }: ResourcePath): Promise<FileDownload> {
    if (path !== `${blueprint.id}.${blueprint.archiveKind}`) throw absent();
    return this.service.archiveOf(blueprint);
  }

  private async icon({ filesKey, iconKey }: BlueprintRow): Promise<FileDownload> {
    const file = iconKey === null ? null : await this.store.openRead(iconFileKey(filesKey, iconKey));
    if (!file) throw absent();
    return new FileDownload({ stream: file.stream, bytes: file.size }, ICON, 'image/png', true);
  }

  /** Whatever it holds it goes out as bytes to save: an uploaded page must not run as one of ours. */
  private async file({ filesKey }: BlueprintRow, { path }: ResourcePath): Promise<FileDownload> {
    const file = await this.store.openRead(`${folderKey(filesKey)}/${path}`);
    if (!file) throw absent();
    return new FileDownload({ stream: file.stream, bytes: file.size }, headerName(path));
  }

  private async folder(
    blueprint: BlueprintRow,
    { path }: ResourcePath,
    asArchive: boolean,
  ): Promise<FileDownload | FolderListing> {
    const key = [folderKey(blueprint.filesKey), path].filter((part) => part !== '').join('/');
    const entries = await this.store.list(key);
    if (entries.length === 0) throw absent();
    if (!asArchive) {
      return Object.fromEntries(
        entries.map((entry) => [entry.path, entry.modifiedAt.toISOString().replace('Z', '+00:00')]),
      );
    }
    const stream = packFiles(entries.map((entry) => this.packed(key, entry)));
    return new FileDownload({ stream, bytes: null }, `${headerName(path === '' ? blueprint.id : path)}.tar.gz`);
  }

  private packed(folder: string, entry: FileEntry): PackedFile {
    return {
      ...entry,
      open: async () => {
        const file = await this.store.openRead(`${folder}/${entry.path}`);
        if (!file) throw new Error(`A file was removed while it was packed: ${entry.path}`);
        return file.stream;
      },
    };
  }
}

export function absent(): CodelessError {
  return new CodelessError(404, 'The requested file was not found');
}
