import type { Diagnostics } from '../diagnostics.js';
import type { ParseRequest } from '../parse.js';
import type { Node } from '../yaml/tree.js';
import type { MergedDocument } from './merged-document.js';
import type { ImportResolver } from './resolver.js';

/** Trees of the manager's resources, kept by the caller over many parses: path → tree (null: an empty file). */
export interface SourceCache {
  get(path: string): Node | null | undefined;
  set(path: string, tree: Node | null): unknown;
}

/** What of a request decides how its sources are loaded. */
export type LoadRequest = Pick<ParseRequest, 'mainFile' | 'validateVersions' | 'rules' | 'fallback' | 'pins'>;

/**
 * Stages 1 to 3 of dsl.md §1: reads the main file and all that it imports, and makes one document of them.
 * Warnings go to `diagnostics`; so do errors, before they are thrown.
 * @throws DslError with everything that was found
 */
export async function loadDocument(
  request: LoadRequest,
  resolver: ImportResolver,
  diagnostics: Diagnostics,
  cache: SourceCache = new Map(),
): Promise<MergedDocument> {
  throw new Error('not yet');
}
