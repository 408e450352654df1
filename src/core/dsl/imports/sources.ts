import type { Diagnostics, Fault } from '../diagnostics.js';
import { DslError, diagnostic } from '../diagnostics.js';
import type { DslVersion } from '../versions.js';
import { versionSuffix } from '../versions.js';
import { loadYaml } from '../yaml/load.js';
import type { Node } from '../yaml/tree.js';
import type { Candidate } from './locate.js';
import { locationKey, locationName } from './locate.js';
import type { ImportResolver, Location } from './resolver.js';

/** Trees of the manager's resources, kept by the caller over many parses: path → tree (null: an empty file). */
export interface SourceCache {
  get(path: string): Node | null | undefined;
  set(path: string, tree: Node | null): unknown;
}

export interface Source {
  readonly key: string;
  readonly location: Location;
  readonly root: Node | null;
}

type Reading =
  { readonly kind: 'tree'; readonly root: Node | null } | { readonly kind: 'absent'; readonly reason: string };

/** Opens and reads what imports name; each source once per parse, the manager's resources once per cache. */
export class Sources {
  private readonly readings = new Map<string, Reading | DslError>();

  constructor(
    private readonly resolver: ImportResolver,
    private readonly cache: SourceCache,
    private readonly warnings: Diagnostics,
  ) {}

  /**
   * The first of the candidates that can be had.
   * @returns the reasons, where none can
   * @throws DslError for illegal YAML
   */
  async first(candidates: readonly Candidate[], version: DslVersion): Promise<Source | { readonly attempts: string }> {
    const attempts = new Set<string>();
    for (const candidate of candidates) {
      if ('refused' in candidate) {
        attempts.add(`${candidate.shown}: ${candidate.refused}`);
        continue;
      }
      const { location } = candidate;
      const reading = await this.read(location, version);
      if (reading.kind === 'tree') {
        return { key: locationKey(location), location, root: reading.root };
      }
      attempts.add(`${locationName(location)}: ${reading.reason}`);
    }
    return { attempts: [...attempts].join('; ') };
  }

  private async read(location: Location, version: DslVersion): Promise<Reading> {
    const key = `${locationKey(location)}${location.kind === 'plugin' ? versionSuffix(version) : ''}`;
    const known = this.readings.get(key) ?? (await this.readNew(location, version));
    this.readings.set(key, known);
    if (known instanceof DslError) {
      throw known;
    }
    return known;
  }

  private async readNew(location: Location, version: DslVersion): Promise<Reading | DslError> {
    const path = location.kind === 'resource' ? location.path : null;
    const cached = path === null ? undefined : this.cache.get(path);
    if (cached !== undefined) {
      return { kind: 'tree', root: cached };
    }
    const opened = await this.resolver.open(location, version);
    if (opened.kind === 'absent') {
      return opened;
    }
    try {
      // Other people's files are not the user's to mend.
      const own = location.kind === 'archive' && location.blueprint === null;
      const root = loadYaml(opened.text, locationName(location), own ? { diagnostics: this.warnings } : {});
      if (path !== null) {
        this.cache.set(path, root);
      }
      return { kind: 'tree', root };
    } catch (error) {
      if (error instanceof DslError) {
        return error;
      }
      throw error;
    }
  }
}

/** How much one parse may import: what no sane blueprint comes near, and no loop of imports stays below. */
export interface ImportLimits {
  /** Files, each under each of its namespaces; catalogue blueprints with all that they import. */
  readonly maxFiles: number;
  /** Items in lists of imports. */
  readonly maxItems: number;
  /** Nodes that are written anew to take a namespace. */
  readonly maxRenamed: number;
}

export const DEFAULT_IMPORT_LIMITS: ImportLimits = { maxFiles: 1000, maxItems: 10_000, maxRenamed: 2_000_000 };

/** Counts against the limits, over all files of a parse. */
export class ImportBudget {
  private files = 0;
  private items = 0;
  private renamed = 0;

  constructor(private readonly limits: ImportLimits) {}

  /** @throws DslError */
  spendFiles(count: number, at: Fault['at']): void {
    this.files += count;
    if (this.files > this.limits.maxFiles) {
      throw new ImportLimitError(`more than ${String(this.limits.maxFiles)} files`, at);
    }
  }

  /** @throws DslError */
  spendItem(at: Fault['at']): void {
    this.items++;
    if (this.items > this.limits.maxItems) {
      throw new ImportLimitError(`more than ${String(this.limits.maxItems)} imports`, at);
    }
  }

  /** @throws DslError */
  spend(): void {
    this.renamed++;
    if (this.renamed > this.limits.maxRenamed) {
      throw new ImportLimitError(`more than ${String(this.limits.maxRenamed)} elements under namespaces`, undefined);
    }
  }
}

/** Ends everything at once, unlike a fault of one import. */
export class ImportLimitError extends DslError {
  constructor(what: string, at: Fault['at']) {
    super([diagnostic({ code: null, class: 'import', at, message: `The blueprint imports too much: ${what}` })]);
  }
}
