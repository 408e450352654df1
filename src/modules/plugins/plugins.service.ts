import { Injectable } from '@nestjs/common';
import { assertNotNarrower, type Visibility } from '../../core/access/visibility.js';
import { choosePluginYaml } from '../../core/dsl/imports/plugin-yaml.js';
import { NEWEST_VERSION, type DslVersion } from '../../core/dsl/versions.js';
import { BadParametersError, NotFoundError } from '../../core/errors/app-error.js';
import type { Listing } from '../../core/listing/listing.js';
import { readPluginLabels, readResourceTags, type LabelSection } from '../../core/plugins/plugin-labels.js';
import { requirePermission, requireSystemPermission } from '../../platform/access/require-permission.js';
import { zipFiles } from '../../platform/archives/zip-writer.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { accountNamed } from '../../platform/database/account-named.js';
import { assertIdCanBeGlobal } from '../../platform/database/global-ids.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { FileStore, type OpenedFile } from '../../platform/files/file-store.js';
import { StoredFiles } from '../../platform/files/stored-files.js';
import { headerName } from '../../platform/http/header-name.js';
import { FileDownload, type JsonStream } from '../../platform/http/json-stream.js';
import { ListQueries, type Item, type ListPage } from '../../platform/listing/list-queries.js';
import { PluginAudit } from './plugin-audit.js';
import { iconKey, pluginKey, wagonKey, yamlFolderKey } from './plugin-files.js';
import { PLUGIN_LIST } from './plugin-list.js';
import type { UpdatePlugin } from './plugin.dto.js';
import {
  archiveOf,
  PLUGIN_ARCHIVES,
  PluginsRepository,
  pluginInUse,
  type PluginChanges,
  type PluginRow,
} from './plugins.repository.js';

@Injectable()
export class PluginsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly plugins: PluginsRepository,
    private readonly lists: ListQueries,
    private readonly files: StoredFiles,
    private readonly store: FileStore,
    private readonly audit: PluginAudit,
  ) {}

  list(ctx: ReachCtx, listing: Listing): Promise<ListPage | JsonStream> {
    return this.lists.page(ctx, PLUGIN_LIST, listing);
  }

  /** @throws NotFoundError */
  get(ctx: TenantCtx, id: string): Promise<Item> {
    return this.unitOfWork.run(ctx, async (ctx) => {
      const item = await this.lists.single(ctx, PLUGIN_LIST, 'r.id', id);
      if (!item) throw notFound(id);
      return item;
    });
  }

  /** The wagon as it was uploaded. @throws NotFoundError */
  async wagon(ctx: TenantCtx, id: string): Promise<FileDownload> {
    const plugin = await this.visible(ctx, id);
    const file = await this.opened(wagonKey(plugin.filesKey), id);
    return new FileDownload({ stream: file.stream, bytes: file.size }, headerName(plugin.archiveName));
  }

  /** A zip of the wagon and its YAMLs, which can be uploaded elsewhere. @throws NotFoundError */
  async fullArchive(ctx: TenantCtx, id: string): Promise<FileDownload> {
    const plugin = await this.visible(ctx, id);
    const folder = yamlFolderKey(plugin.filesKey);
    const parts = [
      { name: wagonName(plugin), key: wagonKey(plugin.filesKey) },
      ...plugin.yamlFiles.map((name) => ({ name, key: `${folder}/${name}` })),
      ...(plugin.hasIcon ? [{ name: 'icon.png', key: iconKey(plugin.filesKey) }] : []),
    ];
    const sized = [];
    for (const { name, key } of parts) {
      const file = await this.opened(key, id);
      file.stream.destroy();
      sized.push({ name, size: file.size, open: async () => (await this.opened(key, id)).stream });
    }
    return new FileDownload(zipFiles(sized), 'plugin_archive.zip');
  }

  /**
   * The YAML that fits a version of the language best; without a version the one that is named for none.
   * @throws NotFoundError
   */
  async yaml(ctx: ReachCtx, id: string, version: DslVersion | null): Promise<FileDownload> {
    const plugin = await this.visible(ctx, id);
    const name = yamlFor(plugin, version);
    if (name === null) throw new NotFoundError('Plugin YAML', id);
    const file = await this.opened(`${yamlFolderKey(plugin.filesKey)}/${name}`, id);
    return new FileDownload({ stream: file.stream, bytes: file.size }, headerName(name));
  }

  /** A file of the plugin as the file server shows it, its icon or one of its YAMLs, or null. */
  async resource(ctx: ReachCtx, id: string, name: string): Promise<FileDownload | null> {
    const plugin = await this.unitOfWork.run(ctx, (ctx) => this.plugins.find(ctx, id));
    if (!plugin) return null;
    const isIcon = name === 'icon.png';
    if (!isIcon && !plugin.yamlFiles.includes(name)) return null;
    const key = isIcon ? iconKey(plugin.filesKey) : `${yamlFolderKey(plugin.filesKey)}/${name}`;
    const file = await this.store.openRead(key);
    if (!file) return null;
    const content = { stream: file.stream, bytes: file.size };
    return isIcon ? new FileDownload(content, name, 'image/png', true) : new FileDownload(content, headerName(name));
  }

  /**
   * @param force also when blueprints use it: they keep what they were parsed to
   * @throws NotFoundError, IllegalActionError, AppError plugin_in_use
   */
  async delete(ctx: TenantCtx, id: string, { force }: { readonly force: boolean }): Promise<void> {
    const key = await this.unitOfWork.run(ctx, async (ctx) => {
      const plugin = await this.plugins.changeable(ctx, id);
      const { storageId } = plugin;
      if (force) await this.plugins.forgetUsers(ctx, storageId);
      else if (await this.plugins.isUsed(ctx, storageId)) {
        throw pluginInUse(id, await this.plugins.users(ctx, storageId));
      }
      await this.plugins.delete(ctx, plugin);
      await this.files.discard(ctx, pluginKey(plugin.filesKey));
      await this.audit.record(ctx, { action: 'plugin.delete', operation: 'delete', ...plugin, details: { force } });
      return pluginKey(plugin.filesKey);
    });
    await this.files.removeNoted(key);
  }

  /** @throws BadParametersError, NotFoundError, IllegalActionError, ForbiddenError, ConflictError */
  async setVisibility(ctx: TenantCtx, id: string, visibility: Visibility): Promise<void> {
    if (visibility === 'private') {
      throw new BadParametersError('Invalid visibility: `private`. Allowed values are: tenant, global');
    }
    await this.unitOfWork.run(ctx, async (ctx) => {
      const plugin = await this.plugins.changeable(ctx, id);
      assertNotNarrower(id, plugin.visibility, visibility);
      if (visibility === 'global' && plugin.visibility !== 'global') {
        requirePermission(ctx, 'create_global_resource');
        await assertIdCanBeGlobal(ctx, PLUGIN_ARCHIVES, archiveOf(plugin));
      }
      await this.plugins.update(ctx, plugin.storageId, { visibility });
      await this.audit.record(ctx, {
        action: 'plugin.set_visibility',
        operation: 'update',
        ...plugin,
        details: { before: plugin.visibility, after: visibility },
      });
    });
  }

  /** @throws BadParametersError, NotFoundError, IllegalActionError, ForbiddenError */
  async update(ctx: TenantCtx, id: string, input: UpdatePlugin): Promise<void> {
    const { creator } = input;
    const stored: PluginChanges = {
      ...labelsIn(input, 'labels'),
      ...labelsIn(input, 'blueprint_labels'),
      ...(input.resource_tags === undefined
        ? {}
        : {
            resource_tags: input.resource_tags === null ? null : JSON.stringify(readResourceTags(input.resource_tags)),
          }),
    };
    await this.unitOfWork.run(ctx, async (ctx) => {
      const plugin = await this.plugins.changeable(ctx, id);
      const owner = creator ?? null;
      if (owner !== null) requireSystemPermission(ctx, 'set_owner');
      const changes = { ...stored, ...(owner === null ? {} : { creator_id: await accountNamed(ctx, owner) }) };
      await this.plugins.update(ctx, plugin.storageId, changes);
      await this.audit.record(ctx, {
        action: 'plugin.update',
        operation: 'update',
        ...plugin,
        details: { fields: Object.keys(changes) },
      });
    });
  }

  private async visible(ctx: ReachCtx, id: string): Promise<PluginRow> {
    const plugin = await this.unitOfWork.run(ctx, (ctx) => this.plugins.find(ctx, id));
    if (!plugin) throw notFound(id);
    return plugin;
  }

  /** Gone in the moment between row and file is gone, too. @throws NotFoundError */
  private async opened(key: string, id: string): Promise<OpenedFile> {
    const file = await this.store.openRead(key);
    if (!file) throw notFound(id);
    return file;
  }
}

/** The file of a plugin that is read for a version of the language. */
export function yamlFor({ yamlFiles }: Pick<PluginRow, 'yamlFiles'>, version: DslVersion | null): string | null {
  if (version !== null) return choosePluginYaml(yamlFiles, version);
  return yamlFiles.find((name) => !/_\d+_\d+\.yaml$/.test(name)) ?? choosePluginYaml(yamlFiles, NEWEST_VERSION);
}

/** So that the zip is one of exactly one wagon again, whatever the wagon calls itself. */
function wagonName({ archiveName }: PluginRow): string {
  return archiveName.endsWith('.wgn') ? archiveName : `${archiveName}.wgn`;
}

function labelsIn(input: UpdatePlugin, section: LabelSection): PluginChanges {
  const given = input[section];
  if (given === undefined) return {};
  return { [section]: given === null ? null : JSON.stringify(readPluginLabels(section, given)) };
}

function notFound(id: string): NotFoundError {
  return new NotFoundError('Plugin', id);
}
