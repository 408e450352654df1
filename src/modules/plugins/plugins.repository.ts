import { Injectable } from '@nestjs/common';
import type { Visibility } from '../../core/access/visibility.js';
import { AppError, ConflictError, IllegalActionError, NotFoundError } from '../../core/errors/app-error.js';
import type { PluginYamlFacts } from '../../core/plugins/plugin-yaml-facts.js';
import type { WagonMetadata } from '../../core/plugins/wagon-metadata.js';
import type { ReachCtx, TenantCtx } from '../../platform/context/ctx.js';
import { idExists, type IdTable } from '../../platform/database/global-ids.js';
import { isStillReferenced } from '../../platform/database/still-referenced.js';
import { execute, queryRows } from '../../platform/database/tx.js';
import { violatedConstraint } from '../../platform/database/unit-of-work.js';
import { Parameters, visibleSql } from '../../platform/listing/list-query.js';
import type { CataloguePlugin } from '../../platform/plugins/plugin-catalogue.js';

/** What the rules of plugins look at. */
export interface PluginRow {
  readonly storageId: string;
  readonly id: string;
  readonly tenantId: number;
  readonly visibility: Visibility;
  readonly packageName: string;
  readonly packageVersion: string;
  readonly archiveName: string;
  readonly yamlFiles: readonly string[];
  readonly hasIcon: boolean;
  readonly filesKey: string;
}

export interface NewPlugin {
  readonly id: string;
  readonly creatorId: number;
  readonly visibility: Visibility;
  readonly title: string | null;
  readonly metadata: WagonMetadata;
  readonly yaml: PluginYamlFacts;
  readonly yamlFiles: readonly string[];
  readonly hasIcon: boolean;
  readonly filesKey: string;
  readonly uploadedAt: Date;
}

/** Columns that change, each optional; labels and tags are the text of their JSON. */
export interface PluginChanges {
  readonly visibility?: Visibility;
  readonly creator_id?: number;
  readonly labels?: string | null;
  readonly blueprint_labels?: string | null;
  readonly resource_tags?: string | null;
}

/** The archive of a package exists once in a tenant, and once everywhere where it is global. */
export const PLUGIN_ARCHIVES: IdTable = { table: 'plugin', idColumn: 'package_archive', kind: 'Plugin' };

export const archiveOf = (of: { readonly packageName: string; readonly archiveName: string }): string =>
  `${of.packageName}/${of.archiveName}`;

const COLUMNS = `r.storage_id::text AS "storageId", r.id, r.tenant_id AS "tenantId", r.visibility,
  r.package_name AS "packageName", r.package_version AS "packageVersion", r.archive_name AS "archiveName",
  r.yaml_files AS "yamlFiles", r.has_icon AS "hasIcon", r.files_key AS "filesKey"`;

@Injectable()
export class PluginsRepository {
  /** The visible one with this id. */
  async find(ctx: ReachCtx, id: string): Promise<PluginRow | null> {
    return this.visible(ctx, 'r.id', id);
  }

  /** The visible one with this internal number. */
  async findStored(ctx: ReachCtx, storageId: string): Promise<PluginRow | null> {
    return this.visible(ctx, 'r.storage_id::text', storageId);
  }

  private async visible(ctx: ReachCtx, column: string, value: string): Promise<PluginRow | null> {
    const parameters = new Parameters();
    const where = `${column} = ${parameters.add(value)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<PluginRow>(ctx, `SELECT ${COLUMNS} FROM plugin r WHERE ${where}`, parameters.values);
    return row ?? null;
  }

  /**
   * The tenant's own visible one, never a global one of another tenant; held until the end of the transaction, for
   * `KEY SHARE` only against its deletion.
   */
  private async lockOwn(ctx: TenantCtx, id: string, lock: 'UPDATE' | 'KEY SHARE'): Promise<PluginRow | null> {
    const parameters = new Parameters();
    const where = `r.id = ${parameters.add(id)} AND r.tenant_id = ${parameters.add(ctx.tenantId)} AND ${visibleSql(ctx, parameters)}`;
    const [row] = await queryRows<PluginRow>(
      ctx,
      `SELECT ${COLUMNS} FROM plugin r WHERE ${where} FOR ${lock}`,
      parameters.values,
    );
    return row ?? null;
  }

  /** The visible ones of this package that blueprints can import. */
  async importable(ctx: TenantCtx, packageName: string): Promise<readonly CataloguePlugin[]> {
    const parameters = new Parameters();
    const where = `r.package_name = ${parameters.add(packageName)} AND ${visibleSql(ctx, parameters)}`;
    return queryRows<CataloguePlugin>(
      ctx,
      `SELECT r.storage_id::text AS id, r.package_name AS "packageName", r.package_version AS "packageVersion",
              r.distribution, r.labels, r.blueprint_labels AS "blueprintLabels", r.resource_tags AS "resourceTags"
         FROM plugin r WHERE ${where} AND cardinality(r.yaml_files) > 0
        ORDER BY (r.tenant_id = ${parameters.add(ctx.tenantId)}::int) DESC, r.storage_id`,
      parameters.values,
    );
  }

  /** Answers the internal number. @throws ConflictError when the tenant has the archive, or the id is taken */
  async insert(ctx: TenantCtx, plugin: NewPlugin): Promise<string> {
    const { metadata, yaml } = plugin;
    const columns: Readonly<Record<string, unknown>> = {
      id: plugin.id,
      tenant_id: ctx.tenantId,
      creator_id: plugin.creatorId,
      visibility: plugin.visibility,
      package_name: metadata.packageName,
      package_version: metadata.packageVersion,
      archive_name: metadata.archiveName,
      package_source: metadata.packageSource,
      distribution: metadata.distribution,
      distribution_release: metadata.distributionRelease,
      distribution_version: metadata.distributionVersion,
      title: plugin.title ?? metadata.packageName,
      supported_platform: jsonOrNull(metadata.supportedPlatform),
      supported_py_versions: jsonOrNull(metadata.supportedPyVersions),
      wheels: jsonOrNull(metadata.wheels),
      excluded_wheels: jsonOrNull(metadata.excludedWheels),
      labels: jsonOrNull(yaml.labels),
      blueprint_labels: jsonOrNull(yaml.blueprintLabels),
      resource_tags: jsonOrNull(yaml.resourceTags),
      yaml_files: plugin.yamlFiles,
      has_icon: plugin.hasIcon,
      files_key: plugin.filesKey,
      uploaded_at: plugin.uploadedAt,
    };
    const parameters = new Parameters();
    const places = Object.values(columns).map((value) => parameters.add(value));
    try {
      const [row] = await queryRows<{ storage_id: string }>(
        ctx,
        `INSERT INTO plugin (${Object.keys(columns).join(', ')}) VALUES (${places.join(', ')}) RETURNING storage_id`,
        parameters.values,
      );
      if (!row) throw new Error('An insert answered no row.');
      return row.storage_id;
    } catch (error) {
      const constraint = violatedConstraint(error);
      if (constraint === 'plugin_tenant_archive_uq') throw idExists(ctx, PLUGIN_ARCHIVES, archiveOf(metadata), error);
      if (constraint === 'plugin_id_uq') {
        throw new ConflictError(`A plugin with the id ${plugin.id} already exists`, { cause: error });
      }
      throw error;
    }
  }

  /** As `lockOwn`, or why the caller may not change it. @throws NotFoundError, IllegalActionError */
  async changeable(ctx: TenantCtx, id: string, lock: 'UPDATE' | 'KEY SHARE' = 'UPDATE'): Promise<PluginRow> {
    const own = await this.lockOwn(ctx, id, lock);
    if (own) return own;
    if (!(await this.find(ctx, id))) throw new NotFoundError('Plugin', id);
    throw new IllegalActionError(
      `Can't modify the global plugin \`${id}\` from tenant \`${ctx.tenantName}\`: it belongs to another one`,
    );
  }

  async update(ctx: TenantCtx, storageId: string, changes: PluginChanges): Promise<void> {
    const parameters = new Parameters();
    const sets = Object.entries(changes).map(([column, value]) => `${column} = ${parameters.add(value)}`);
    if (sets.length === 0) return;
    const where = `tenant_id = ${parameters.add(ctx.tenantId)} AND storage_id = ${parameters.add(storageId)}`;
    await execute(ctx, `UPDATE plugin SET ${sets.join(', ')} WHERE ${where}`, parameters.values);
  }

  /** @throws AppError plugin_in_use when a blueprint uses it */
  async delete(ctx: TenantCtx, { storageId, id }: Pick<PluginRow, 'storageId' | 'id'>): Promise<void> {
    try {
      await execute(ctx, 'DELETE FROM plugin WHERE tenant_id = $1 AND storage_id = $2', [ctx.tenantId, storageId]);
    } catch (error) {
      if (isStillReferenced(error)) throw pluginInUse(id, [], error);
      throw error;
    }
  }

  /** Ends the use of this plugin by blueprints, of whatever tenant: they keep what they were parsed to. */
  async forgetUsers(ctx: TenantCtx, storageId: string): Promise<void> {
    await execute(ctx, 'DELETE FROM blueprint_plugin WHERE plugin_id = $1', [storageId]);
  }

  async isUsed(ctx: TenantCtx, storageId: string): Promise<boolean> {
    const rows = await queryRows(ctx, 'SELECT 1 FROM blueprint_plugin WHERE plugin_id = $1 LIMIT 1', [storageId]);
    return rows.length > 0;
  }

  /** The ids of blueprints that use it and that the caller may see, some at least. */
  async users(ctx: TenantCtx, storageId: string): Promise<readonly string[]> {
    const parameters = new Parameters();
    const id = parameters.add(storageId);
    const rows = await queryRows<{ id: string }>(
      ctx,
      `SELECT r.id FROM blueprint_plugin u JOIN blueprint r ON r.storage_id = u.blueprint_id
        WHERE u.plugin_id = ${id} AND ${visibleSql(ctx, parameters)} ORDER BY r.id LIMIT 20`,
      parameters.values,
    );
    return rows.map((row) => row.id);
  }
}

/** 405 `plugin_in_use`. @param users blueprints that the caller may see */
export function pluginInUse(id: string, users: readonly string[], cause?: unknown): AppError {
  const by = users.length === 0 ? 'blueprints' : `the blueprints ${users.join(', ')}`;
  return new AppError(
    'plugin_in_use',
    `Plugin ${id} is in use: it is used by ${by}`,
    cause === undefined ? {} : { cause },
  );
}

function jsonOrNull(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
