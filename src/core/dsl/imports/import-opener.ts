import { Diagnostics, DslError } from '../diagnostics.js';
import type { Fault } from '../diagnostics.js';
import { kindOf } from '../values.js';
import type { DslVersion } from '../versions.js';
import type { MappingNode } from '../yaml/tree.js';
import { valueOf } from '../yaml/tree.js';
import type { ImportItem } from './import-item.js';
import type { LoadScope, LoadSession, LoadedDocument } from './load-session.js';
import { documentOf, invalidImport } from './load-session.js';
import { candidatesFor, locationName, withoutPassword } from './locate.js';
import { PLUGIN_SCHEME, choosePlugin, readPluginWish } from './plugin-choice.js';
import { withStoredLabels } from './plugin-document.js';
import type { Location } from './resolver.js';
import type { Source } from './sources.js';

export const BLUEPRINT_SCHEME = 'blueprint:';

export interface CatalogueBlueprint {
  readonly id: string;
  readonly document: LoadedDocument;
}

export interface OpenedImport {
  /** The same for the same source. */
  readonly key: string;
  /** What the source's own relative imports are relative to. */
  readonly location: Location;
  readonly root: MappingNode;
  /** Set for a blueprint of the catalogue: its own imports are in `root` already. */
  readonly catalogue: CatalogueBlueprint | null;
}

/** Loads a blueprint of the catalogue; given by the loader, which this piece works for. */
export type LoadBlueprint = (mainFile: string, scope: LoadScope) => Promise<LoadedDocument>;

/** Opens what one item of a list of imports names. */
export class ImportOpener {
  constructor(
    private readonly session: LoadSession,
    private readonly scope: LoadScope,
    private readonly loadBlueprint: LoadBlueprint,
  ) {}

  /**
   * Undefined when it cannot be had: the fault is reported then.
   * @throws DslError for illegal YAML, and whatever is wrong in a blueprint of the catalogue
   */
  async open(item: ImportItem, importer: Location, version: DslVersion): Promise<OpenedImport | undefined> {
    if (item.resource.startsWith(PLUGIN_SCHEME)) {
      return this.openPlugin(item, version);
    }
    if (item.resource.startsWith(BLUEPRINT_SCHEME)) {
      return this.openBlueprint(item);
    }
    const candidates = candidatesFor(item.resource, importer, version, this.session.rules);
    const found = await this.session.sources.first(candidates, version);
    if ('attempts' in found) {
      const message = `Import failed: '${withoutPassword(item.resource)}' cannot be fetched: ${found.attempts}`;
      return this.refuse({ code: 13, at: item.at, message });
    }
    return this.asMapping(found, item);
  }

  private async openPlugin(item: ImportItem, version: DslVersion): Promise<OpenedImport | undefined> {
    const wish = readPluginWish(item.resource, this.session.pins);
    if (typeof wish === 'string') {
      return this.refuse(invalidImport(item.at, `'${item.resource}': ${wish}`));
    }
    const plugin = choosePlugin(await this.session.resolver.plugins(wish.name), wish);
    if (plugin === null) {
      return this.refuse(invalidImport(item.at, `no installed plugin fits '${item.resource}'`));
    }
    const found = await this.session.sources.first([{ location: { kind: 'plugin', plugin } }], version);
    if ('attempts' in found) {
      return this.refuse(invalidImport(item.at, found.attempts));
    }
    const opened = this.asMapping(found, item);
    return opened && { ...opened, root: withStoredLabels(opened.root, plugin) };
  }

  private async openBlueprint(item: ImportItem): Promise<OpenedImport | undefined> {
    const id = item.resource.slice(BLUEPRINT_SCHEME.length);
    if (this.scope.ancestors.has(id)) {
      return this.refuse(invalidImport(item.at, `blueprint '${id}' imports itself`));
    }
    const known = this.session.catalogue.get(id);
    const document = known ?? (await this.loadFromCatalogue(id));
    if (document === null) {
      return this.refuse(invalidImport(item.at, `blueprint '${id}' was not found`));
    }
    this.session.catalogue.set(id, document);
    if (document instanceof DslError) {
      throw document;
    }
    if (known !== undefined) {
      this.session.budget.spendFiles(document.files, item.at); // the first time, each file was counted when it was read
    }
    const location: Location = { kind: 'archive', blueprint: id, path: '' };
    return { key: item.resource, location, root: document.root, catalogue: { id, document } };
  }

  /** Leniently: no gating, and what is no longer valid comes out when the whole is checked (dsl.md §1). */
  private async loadFromCatalogue(id: string): Promise<LoadedDocument | DslError | null> {
    const blueprint = await this.session.resolver.blueprint(id);
    if (blueprint === null) {
      return null;
    }
    const ancestors = new Set([...this.scope.ancestors, id]);
    try {
      return await this.loadBlueprint(blueprint.mainFile, {
        blueprint: id,
        gating: false,
        ancestors,
        diagnostics: new Diagnostics(),
      });
    } catch (error) {
      if (error instanceof DslError) {
        return error;
      }
      throw error;
    }
  }

  private asMapping(source: Source, item: ImportItem): OpenedImport | undefined {
    const root = documentOf(source.root, locationName(source.location));
    if (root.kind !== 'mapping') {
      const found = kindOf(valueOf(root));
      const message = `'${withoutPassword(item.resource)}' is no blueprint: expected 'dict' type but found '${found}' type`;
      return this.refuse({ code: 1, at: { node: root, path: item.at.path }, message });
    }
    return { key: source.key, location: source.location, root, catalogue: null };
  }

  private refuse(fault: Fault): undefined {
    this.scope.diagnostics.error(fault);
    return undefined;
  }
}
