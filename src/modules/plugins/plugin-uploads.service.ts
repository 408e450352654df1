import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { BadParametersError } from '../../core/errors/app-error.js';
import type { QueryValues } from '../../core/listing/query-values.js';
import { requirePermission, requireSystemPermission } from '../../platform/access/require-permission.js';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { accountNamed } from '../../platform/database/account-named.js';
import { assertIdIsFree, lockIds } from '../../platform/database/global-ids.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { FileStore } from '../../platform/files/file-store.js';
import { StoredFiles } from '../../platform/files/stored-files.js';
import { dropBody } from '../../platform/files/upload-body.js';
import { streamOf } from '../../platform/http/body-reader.js';
import { ListQueries, type Item, type ListPage } from '../../platform/listing/list-queries.js';
import { PluginAudit } from './plugin-audit.js';
import { pluginKey } from './plugin-files.js';
import { PLUGIN_LIST } from './plugin-list.js';
import { archiveOf, PLUGIN_ARCHIVES, PluginsRepository } from './plugins.repository.js';
import { PluginReader, type ReadPlugin } from './reading/plugin-reader.js';
import { readUploadParameters, type PluginUploadParameters } from './upload-parameters.js';
import { PluginReceiver } from './plugin-receiver.js';

/** A plugin that is about to be stored. */
interface Accepted {
  readonly read: ReadPlugin;
  readonly id: string;
  readonly filesKey: string;
}

/** Takes plugins: wagons, zips of one with its YAMLs, caravans of several, which stand or fall together (rest-api §3.12). */
@Injectable()
export class PluginUploadsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly plugins: PluginsRepository,
    private readonly receiver: PluginReceiver,
    private readonly reader: PluginReader,
    private readonly lists: ListQueries,
    private readonly files: StoredFiles,
    private readonly store: FileStore,
    private readonly audit: PluginAudit,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the plugin; a list where a caravan held several
   * @throws BadParametersError, ForbiddenError, CodelessError 400, 408, 413, AppError invalid_plugin_error, ConflictError when
   *   the archive of the package is there already, StorageFullError. Nothing is changed then
   */
  async upload(ctx: TenantCtx, request: FastifyRequest, include: readonly string[] | null): Promise<Item | ListPage> {
    const staging = await this.store.stage();
    try {
      const parameters = readUploadParameters(request.query as QueryValues);
      const creatorId = await this.judge(ctx, parameters);
      const archive = join(staging.path, 'archive');
      await this.receiver.receive(request, parameters, archive);
      const unpacked = join(staging.path, 'unpacked');
      await mkdir(unpacked, { mode: 0o700 });
      const read = await this.reader.read(archive, unpacked);
      const items = await this.accept(ctx, staging.path, read, { parameters, creatorId, include });
      const [only] = items;
      return items.length === 1 && only !== undefined ? only : page(items);
    } finally {
      dropBody(streamOf(request)); // nothing to drop where it was read to its end
      await staging.discard();
    }
  }

  /** Rights and restore-only fields (rest-api §1.14, §1.19). Answers who will own the plugin. */
  private async judge(ctx: TenantCtx, parameters: PluginUploadParameters): Promise<number> {
    const { id, uploadedAt, createdBy, visibility } = parameters;
    if (id !== null || uploadedAt !== null) requireSystemPermission(ctx, 'set_timestamp');
    if (createdBy !== null) requireSystemPermission(ctx, 'set_owner');
    if (visibility === 'global') requirePermission(ctx, 'create_global_resource');
    if (createdBy === null) return ctx.actor.userId;
    return this.unitOfWork.run(ctx, (ctx) => accountNamed(ctx, createdBy));
  }

  private async accept(
    ctx: TenantCtx,
    folder: string,
    read: readonly ReadPlugin[],
    asked: {
      readonly parameters: PluginUploadParameters;
      readonly creatorId: number;
      readonly include: readonly string[] | null;
    },
  ): Promise<readonly Item[]> {
    const { parameters } = asked;
    if (read.length > 1 && (parameters.id !== null || parameters.title !== null)) {
      throw new BadParametersError('A caravan of several plugins takes neither `id` nor `title`');
    }
    const accepted = read.map((plugin) => ({
      read: plugin,
      id: parameters.id ?? randomUUID(),
      filesKey: this.files.newKey(),
    }));
    // Known before a byte is moved; the commit asks again.
    await this.unitOfWork.run(ctx, (ctx) => this.assertFree(ctx, accepted, parameters));
    return this.files.withAllStored(
      accepted.map(({ filesKey }) => pluginKey(filesKey)),
      async () => {
        for (const plugin of accepted) await this.publish(plugin, folder);
      },
      () =>
        this.unitOfWork.run(ctx, async (ctx) => {
          await this.assertFree(ctx, accepted, parameters);
          const items: Item[] = [];
          for (const plugin of accepted) items.push(await this.insert(ctx, plugin, asked));
          return items;
        }),
    );
  }

  /** Holds the places of all of them. @throws ConflictError */
  private async assertFree(
    ctx: TenantCtx,
    accepted: readonly Accepted[],
    { visibility }: PluginUploadParameters,
  ): Promise<void> {
    const archives = accepted.map(({ read }) => archiveOf(read.metadata));
    await lockIds(ctx, PLUGIN_ARCHIVES, archives); // at once, so that two caravans never wait for each other
    for (const archive of archives) await assertIdIsFree(ctx, PLUGIN_ARCHIVES, archive, visibility);
  }

  /** Puts the files of a plugin into one folder, and the folder where readers find it. */
  private async publish({ read, filesKey }: Accepted, staging: string): Promise<void> {
    const folder = join(staging, filesKey);
    await mkdir(join(folder, 'yaml'), { recursive: true, mode: 0o700 });
    await rename(read.wagon, join(folder, 'wagon'));
    // Wagons of a caravan may share a YAML.
    for (const { name, path } of read.yamls) await copyFile(path, join(folder, 'yaml', name));
    if (read.icon !== null) await copyFile(read.icon, join(folder, 'icon.png'));
    await this.store.publishFolder(folder, pluginKey(filesKey));
  }

  private async insert(
    ctx: TenantCtx,
    { read, id, filesKey }: Accepted,
    asked: {
      readonly parameters: PluginUploadParameters;
      readonly creatorId: number;
      readonly include: readonly string[] | null;
    },
  ): Promise<Item> {
    const { parameters, creatorId, include } = asked;
    const { metadata, yaml } = read;
    const { visibility, title } = parameters;
    const storageId = await this.plugins.insert(ctx, {
      id,
      creatorId,
      visibility,
      title,
      metadata,
      yaml,
      yamlFiles: read.yamls.map(({ name }) => name),
      hasIcon: read.icon !== null,
      filesKey,
      uploadedAt: parameters.uploadedAt ?? this.clock.now(),
    });
    await this.files.confirm(ctx, pluginKey(filesKey));
    await this.audit.record(ctx, {
      action: 'plugin.upload',
      operation: 'create',
      storageId,
      id,
      details: { visibility, package: metadata.packageName, version: metadata.packageVersion },
    });
    const item = await this.lists.single(ctx, PLUGIN_LIST, 'r.storage_id', storageId, include);
    // Also what an administrator makes for somebody else, and privately, is visible to him.
    if (!item) throw new Error('A plugin that was just stored cannot be seen.');
    return item;
  }
}

function page(items: readonly Item[]): ListPage {
  return {
    items,
    metadata: { pagination: { total: items.length, size: items.length, offset: 0 }, filtered: null },
  };
}
