import type { At } from '../diagnostics.js';
import { DslError, Path, dslError } from '../diagnostics.js';
import { kindOf } from '../values.js';
import type { DslVersion } from '../versions.js';
import { NEWEST_VERSION } from '../versions.js';
import type { Entry, MappingNode } from '../yaml/tree.js';
import { valueOf } from '../yaml/tree.js';
import { checkDefinitions, checkImportedVersion, declaredVersion } from './declaration.js';
import type { ImportItem } from './import-item.js';
import { NAMESPACE_SEPARATOR, readImports } from './import-item.js';
import type { CatalogueBlueprint, OpenedImport } from './import-opener.js';
import { BLUEPRINT_SCHEME, ImportOpener } from './import-opener.js';
import type { LoadScope, LoadSession, LoadedDocument } from './load-session.js';
import { documentOf, invalidImport } from './load-session.js';
import { locationName, pathWithin, withoutPassword } from './locate.js';
import { DocumentMerger } from './merge.js';
import { applyNamespace } from './namespace.js';
import { withProperties } from './plugin-document.js';
import type { Location } from './resolver.js';
import { ImportLimitError } from './sources.js';

/** A document that is yet to be merged, and its imports to be followed. */
interface Pending {
  readonly key: string;
  readonly location: Location;
  readonly root: MappingNode;
  /** Composed, `a--b`. */
  readonly namespace: string | null;
  /** Whether it is the built-in types file, or which of its entries come from there. */
  readonly builtIn: true | ReadonlySet<Entry>;
  readonly isMerged: boolean;
  readonly importer: Pending | null;
}

const NOTHING: ReadonlySet<Entry> = new Set();

/** Loads one blueprint: the main file, then breadth-first what it imports (dsl.md §5). */
export class DocumentLoader {
  private readonly seen = new Set<string>();
  private readonly importedBlueprints = new Set<string>();
  private readonly namespaces = new Map<string, string>();
  private readonly opener: ImportOpener;
  private files = 0;

  constructor(
    private readonly session: LoadSession,
    private readonly scope: LoadScope,
  ) {
    this.opener = new ImportOpener(session, scope, (mainFile, inner) =>
      new DocumentLoader(session, inner).load(mainFile),
    );
  }

  /** @throws DslError with everything that was found */
  async load(mainFile: string): Promise<LoadedDocument> {
    const loaded = await this.loadAll(mainFile).catch((error: unknown) => this.failWith(error));
    this.scope.diagnostics.throwIfAny();
    return loaded;
  }

  private async loadAll(mainFile: string): Promise<LoadedDocument> {
    const { diagnostics, gating } = this.scope;
    const main = await this.openMain(mainFile);
    const version = declaredVersion(main.root);
    checkDefinitions(main.root, version, gating, diagnostics);
    const merger = new DocumentMerger(version, diagnostics);
    const queue = [main];
    for (const pending of queue) {
      merger.add({ root: this.namespaced(pending), builtIn: pending.builtIn });
      if (pending.isMerged) {
        continue;
      }
      for (const item of readImports(pending.root, { version, gating, isMain: pending === main, diagnostics })) {
        const next = await this.follow(item, pending, version);
        if (next !== undefined) {
          queue.push(next);
        }
      }
    }
    return {
      ...merger.finish(main.root),
      version,
      importedBlueprints: [...this.importedBlueprints],
      namespaces: this.namespaces,
      files: this.files,
    };
  }

  private async openMain(mainFile: string): Promise<Pending> {
    const path = pathWithin(mainFile);
    const location: Location = { kind: 'archive', blueprint: this.scope.blueprint, path: path ?? mainFile };
    const name = locationName(location);
    const candidate = path === null ? { shown: name, refused: 'it lies outside of the blueprint' } : { location };
    const found = await this.session.sources.first([candidate], NEWEST_VERSION);
    if ('attempts' in found) {
      throw dslError({ code: 30, message: `The main file cannot be read: ${found.attempts}` });
    }
    this.files += 1;
    this.session.budget.spendFiles(1, undefined);
    this.seen.add(identity(found.key, null));
    const root = documentOf(found.root, name);
    if (root.kind !== 'mapping') {
      const message = `Expected 'dict' type but found '${kindOf(valueOf(root))}' type`;
      throw dslError({ code: 1, at: { node: root, path: Path.ROOT }, message });
    }
    return { key: found.key, location, root, namespace: null, builtIn: NOTHING, isMerged: false, importer: null };
  }

  /** What an item adds to the queue: nothing if it was imported before (a cycle is legal), or if it is at fault. */
  private async follow(item: ImportItem, importer: Pending, version: DslVersion): Promise<Pending | undefined> {
    this.session.budget.spendItem(item.at);
    if (item.namespace === null && item.resource.startsWith(BLUEPRINT_SCHEME)) {
      const message = `'${withoutPassword(item.text)}': a blueprint can be imported under a namespace only`;
      this.scope.diagnostics.error({ code: 213, at: item.at, message });
      return undefined;
    }
    try {
      const opened = await this.opener.open(item, importer.location, version);
      return opened && this.admit(opened, item, importer, version);
    } catch (error) {
      if (!(error instanceof DslError) || error instanceof ImportLimitError) {
        throw error;
      }
      // What is wrong with a source is told once, however often it is imported.
      const { errors } = this.scope.diagnostics;
      errors.push(...error.diagnostics.filter((fault) => !errors.includes(fault)));
      return undefined;
    }
  }

  private admit(opened: OpenedImport, item: ImportItem, importer: Pending, version: DslVersion): Pending | undefined {
    const { catalogue, root } = opened;
    const spared = catalogue?.document.builtIn ?? NOTHING;
    const isTypes = declaresRootType(root, spared);
    if (isTypes && catalogue === null && item.namespace !== null) {
      const message = `'${withoutPassword(item.text)}': the built-in types cannot be imported under a namespace`;
      throw dslError({ code: 214, at: item.at, message });
    }
    const namespace = isTypes && catalogue === null ? null : composed(importer.namespace, item.namespace);
    const id = identity(opened.key, namespace);
    if (this.seen.has(id)) {
      return undefined;
    }
    for (let before: Pending | null = importer; before !== null; before = before.importer) {
      if (before.key === opened.key) {
        const fault = invalidImport(
          item.at,
          `'${withoutPassword(item.text)}' leads back to itself under ever longer namespaces`,
        );
        throw dslError(fault);
      }
    }
    this.seen.add(id);
    this.files += catalogue?.document.files ?? 1;
    if (catalogue === null) {
      this.session.budget.spendFiles(1, item.at);
    }
    if (this.scope.gating) {
      checkImportedVersion(root, version);
    }
    if (catalogue !== null && namespace !== null) {
      this.recordBlueprint(catalogue, namespace, item.at);
    }
    return {
      key: opened.key,
      location: opened.location,
      root: withProperties(root, item, this.scope.diagnostics),
      namespace,
      builtIn: isTypes || spared,
      isMerged: catalogue !== null,
      importer,
    };
  }

  /** @throws DslError 214 */
  private recordBlueprint({ id, document }: CatalogueBlueprint, namespace: string, at: At): void {
    if (this.namespaces.has(namespace)) {
      const message = `namespace '${namespace}' is that of another blueprint import already`;
      throw dslError({ code: 214, at, message });
    }
    this.importedBlueprints.add(id);
    this.namespaces.set(namespace, id);
    for (const inner of document.importedBlueprints) {
      this.importedBlueprints.add(inner);
    }
    for (const [inner, innerId] of document.namespaces) {
      this.namespaces.set(composed(namespace, inner) ?? inner, innerId);
    }
  }

  private namespaced({ root, namespace, builtIn }: Pending): MappingNode {
    const untouched = namespace === null || builtIn === true;
    return untouched ? root : applyNamespace(root, namespace, builtIn, this.session.budget);
  }

  /** A fault that ends everything at once is told after those that were found before it. */
  private failWith(error: unknown): never {
    const { diagnostics } = this.scope;
    if (error instanceof DslError && !(error instanceof ImportLimitError)) {
      diagnostics.errors.push(...error.diagnostics);
      diagnostics.throwIfAny();
    }
    throw error;
  }
}

/** A document is the built-in types file if it declares this type itself (dsl.md §5.4). */
function declaresRootType(root: MappingNode, imported: ReadonlySet<Entry>): boolean {
  const types = root.entries.get('node_types')?.value;
  const entry = types?.kind === 'mapping' ? types.entries.get('cloudify.nodes.Root') : undefined;
  return entry !== undefined && !imported.has(entry);
}

function composed(outer: string | null, inner: string | null): string | null {
  return outer === null || inner === null ? (outer ?? inner) : `${outer}${NAMESPACE_SEPARATOR}${inner}`;
}

function identity(key: string, namespace: string | null): string {
  return JSON.stringify([key, namespace]);
}
