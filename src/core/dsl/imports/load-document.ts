import type { Diagnostics } from '../diagnostics.js';
import type { ParseRequest } from '../parse-request.js';
import { DocumentLoader } from './document-loader.js';
import type { MergedDocument } from './merged-document.js';
import type { ImportResolver } from './resolver.js';
import type { ImportLimits, SourceCache } from './sources.js';
import { DEFAULT_IMPORT_LIMITS, ImportBudget, Sources } from './sources.js';

/** What of a request decides how its sources are loaded. */
export type LoadRequest = Pick<ParseRequest, 'mainFile' | 'validateVersions' | 'rules' | 'fallback' | 'pins'>;

export interface LoadOptions {
  /** Keeps the trees of the manager's resources over many parses. */
  readonly cache?: SourceCache;
  readonly limits?: Partial<ImportLimits>;
}

/**
 * Stages 1 to 3 of dsl.md §1: reads the main file and all that it imports, and makes one document of them.
 * Warnings go to `diagnostics`.
 * @throws DslError with everything that was found
 */
export async function loadDocument(
  request: LoadRequest,
  resolver: ImportResolver,
  diagnostics: Diagnostics,
  options: LoadOptions = {},
): Promise<MergedDocument> {
  const loader = new DocumentLoader(
    {
      resolver,
      sources: new Sources(resolver, options.cache ?? new Map(), diagnostics),
      budget: new ImportBudget({ ...DEFAULT_IMPORT_LIMITS, ...options.limits }),
      rules: { rules: request.rules, fallback: request.fallback ?? true },
      pins: request.pins,
      catalogue: new Map(),
    },
    { blueprint: null, gating: request.validateVersions, ancestors: new Set(), diagnostics },
  );
  const { version, root, importedBlueprints, namespaces } = await loader.load(request.mainFile);
  return { version, root, importedBlueprints, namespaces };
}
