import { Injectable } from '@nestjs/common';
import { isName } from '../../../core/text/names.js';
import type { TenantCtx } from '../../../platform/context/ctx.js';
import { UnitOfWork } from '../../../platform/database/unit-of-work.js';
import { FileStore } from '../../../platform/files/file-store.js';
import { StoredSource } from '../../../platform/files/stored-source.js';
import { Outbound } from '../../../platform/outbound/outbound.js';
import { PluginCatalogue, type CataloguePlugin } from '../../../platform/plugins/plugin-catalogue.js';
import { folderKey } from '../blueprint-files.js';
import { BlueprintsRepository, type BlueprintRow } from '../blueprints.repository.js';
import type { Answer, PluginFacts, Question } from './parse-messages.js';
import { MAX_SOURCE_BYTES } from './source-text.js';
import { UrlImports } from './url-imports.js';

/** A text that names nothing: so long that no id is. */
const MAX_NAME_LENGTH = 256;

/** Answers what a parsing thread asks, with the rights of whoever uploads. */
@Injectable()
export class ImportBroker {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly blueprints: BlueprintsRepository,
    private readonly plugins: PluginCatalogue,
    private readonly store: FileStore,
    private readonly outbound: Outbound,
  ) {}

  /** For one parse. */
  open(ctx: TenantCtx): ImportSession {
    return new ImportSession(ctx, {
      urls: new UrlImports(this.outbound, this.store),
      plugins: this.plugins,
      blueprint: (id) => this.unitOfWork.run(ctx, (ctx) => this.blueprints.find(ctx, id)),
      source: ({ filesKey }) => new StoredSource(this.store, folderKey(filesKey)),
    });
  }
}

export interface SessionParts {
  readonly urls: Pick<UrlImports, 'fetch'>;
  readonly plugins: PluginCatalogue;
  /** The visible one with this id: the same predicate as `GET /blueprints/{id}`. */
  readonly blueprint: (id: string) => Promise<BlueprintRow | null>;
  readonly source: (blueprint: BlueprintRow) => Pick<StoredSource, 'read'>;
}

/** The imports of one parse. A thread reads only what it was told of before, by the id that it was told. */
export class ImportSession {
  /** What the thread was told of, by id. */
  private readonly knownBlueprints = new Map<string, BlueprintRow>();
  private readonly knownPlugins = new Set<string>();
  private readonly usedPlugins = new Set<string>();

  constructor(
    private readonly ctx: TenantCtx,
    private readonly parts: SessionParts,
  ) {}

  /** The internal numbers of these imported blueprints; those that the thread never asked for are left out. */
  storageIds(ids: readonly string[]): readonly string[] {
    return ids.flatMap((id) => this.knownBlueprints.get(id)?.storageId ?? []);
  }

  /** The internal numbers of the plugins whose YAML the thread was given. */
  pluginIds(): readonly string[] {
    return [...this.usedPlugins];
  }

  async answer(question: Question, signal: AbortSignal): Promise<Answer> {
    switch (question.kind) {
      case 'url':
        return this.parts.urls.fetch(question.url, signal);
      case 'plugins':
        return this.pluginsNamed(question.name);
      case 'plugin-yaml':
        return this.pluginYaml(question.id, question.version);
      case 'blueprint':
        return this.blueprint(question.id);
      case 'blueprint-file':
        return this.blueprintFile(question.id, question.path);
    }
  }

  private async pluginsNamed(name: string): Promise<Answer> {
    const found = name.length > MAX_NAME_LENGTH ? [] : await this.parts.plugins.named(this.ctx, name);
    for (const { id } of found) this.knownPlugins.add(id);
    return { kind: 'plugins', plugins: found.map(toFacts) };
  }

  private async pluginYaml(id: string, version: string): Promise<Answer> {
    const bytes = this.knownPlugins.has(id) ? await this.parts.plugins.yaml(this.ctx, id, version) : null;
    if (bytes === null) return absent('the plugin has no YAML for this version');
    if (bytes.byteLength > MAX_SOURCE_BYTES) return absent('the plugin’s YAML is too large');
    this.usedPlugins.add(id);
    return { kind: 'bytes', bytes };
  }

  private async blueprint(id: string): Promise<Answer> {
    const found = isName(id) ? (this.knownBlueprints.get(id) ?? (await this.parts.blueprint(id))) : null;
    // One that is not uploaded has nothing to import, and hidden and absent are the same.
    if (found?.state !== 'uploaded' || found.mainFileName === null) return absent('it does not exist');
    this.knownBlueprints.set(id, found);
    return { kind: 'blueprint', mainFile: found.mainFileName };
  }

  private async blueprintFile(id: string, path: string): Promise<Answer> {
    const known = this.knownBlueprints.get(id);
    if (known === undefined) return absent('it does not exist');
    const bytes = await this.parts.source(known).read(path, MAX_SOURCE_BYTES);
    if (bytes === 'absent') return absent(`the blueprint ${id} has no file ${path}`);
    if (bytes === 'too-large') return absent(`${path} of the blueprint ${id} is larger than ${MAX_SOURCE_BYTES} bytes`);
    return { kind: 'bytes', bytes };
  }
}

function toFacts(plugin: CataloguePlugin): PluginFacts {
  return {
    id: plugin.id,
    name: plugin.packageName,
    version: plugin.packageVersion,
    distribution: plugin.distribution,
    labels: jsonOrNull(plugin.labels),
    blueprintLabels: jsonOrNull(plugin.blueprintLabels),
    resourceTags: jsonOrNull(plugin.resourceTags),
  };
}

function jsonOrNull(value: Readonly<Record<string, unknown>> | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function absent(reason: string): Answer {
  return { kind: 'absent', reason };
}
