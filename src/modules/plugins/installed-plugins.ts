import { Injectable } from '@nestjs/common';
import { dslVersion } from '../../core/dsl/versions.js';
import { MAX_YAML_BYTES } from '../../core/plugins/plugin-yaml-facts.js';
import type { TenantCtx } from '../../platform/context/ctx.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { FileStore } from '../../platform/files/file-store.js';
import { StoredSource } from '../../platform/files/stored-source.js';
import { PluginCatalogue, type CataloguePlugin } from '../../platform/plugins/plugin-catalogue.js';
import { yamlFolderKey } from './plugin-files.js';
import { PluginsRepository } from './plugins.repository.js';
import { yamlFor } from './plugins.service.js';

/** What blueprints import (dsl.md §5.3), behind the same predicate as `GET /plugins`. */
@Injectable()
export class InstalledPlugins extends PluginCatalogue {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly plugins: PluginsRepository,
    private readonly store: FileStore,
  ) {
    super();
  }

  override named(ctx: TenantCtx, packageName: string): Promise<readonly CataloguePlugin[]> {
    return this.unitOfWork.run(ctx, (ctx) => this.plugins.importable(ctx, packageName));
  }

  override async yaml(ctx: TenantCtx, id: string, version: string): Promise<Uint8Array | null> {
    const wanted = dslVersion(`cloudify_dsl_${version}`);
    const plugin = await this.unitOfWork.run(ctx, (ctx) => this.plugins.findStored(ctx, id));
    const name = plugin === null || wanted === undefined ? null : yamlFor(plugin, wanted);
    if (plugin === null || name === null) return null;
    const content = await new StoredSource(this.store, yamlFolderKey(plugin.filesKey)).read(name, MAX_YAML_BYTES);
    return typeof content === 'string' ? null : content;
  }
}
